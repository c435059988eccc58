import { refusal, type Classification } from '../../core/classification.ts';
import type { Clock } from '../../core/clock.ts';
import { AttemptWindow } from './attempt-window.ts';
import { hintOf, type CircuitListener, type CircuitSnapshot } from './circuit-state.ts';
import type { FailureWindowSettings } from './failure-window.ts';
import { InFlight, type Admission, type Place } from './in-flight.ts';
import { Outage, patienceInFlightMs } from './outage.ts';
import { ProbeSpacing } from './probe-spacing.ts';

/** What one adaptive circuit is told. */
export interface AdaptiveSettings {
  /** When an attempt is given up, in milliseconds; `Infinity` where it is not known. */
  readonly attemptTimeoutMs: number;
  /** What makes too many failures of all first tries too; `undefined` for no such ratio. */
  readonly ratio?: FailureWindowSettings | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  /** Told of attempts that have become overdue, before their circuit opens for them. */
  readonly foundOverdue?: ((count: number, now: number) => void) | undefined;
}

/** An attempt that hangs keeps its place in the window for so long at most, in milliseconds. */
const KEEPS_PLACE_MS = 30_000;
/** A server may ask to be left alone for so long, in milliseconds. */
const LONGEST_HINT_MS = 60_000;

export const CLOSED = Object.freeze({ kind: 'closed' });
const FORCED_OPEN = Object.freeze({ kind: 'open', nextAt: Infinity });

/** `open` is a spacing of probes, `half-open` a window of attempts in flight. */
type State = typeof CLOSED | typeof FORCED_OPEN | AttemptWindow | ProbeSpacing;

/** The state of an adaptive circuit, what is in flight in it, and what it has been open for. */
export class AdaptiveStates {
  current: State = CLOSED;
  /** The attempts of this generation: what was sent before it opened is a straggler. */
  inFlight = new InFlight();
  /** The last one, also after its end. */
  outage: Outage | undefined = undefined;
  readonly #settings: AdaptiveSettings;
  readonly #changed: CircuitListener;

  constructor(settings: AdaptiveSettings, changed: CircuitListener) {
    this.#settings = settings;
    this.#changed = changed;
  }

  get because(): Classification | undefined {
    const { current } = this;
    return current === CLOSED || current === FORCED_OPEN ? undefined : this.outage?.because;
  }

  /** Until when it says something, on the clock's scale: `-Infinity` while it is closed. */
  get endsAt(): number {
    const { current } = this;
    if (current === CLOSED) return -Infinity;
    return 'nextAt' in current ? current.nextAt : (this.outage?.since ?? 0);
  }

  /** For how long nobody will be let through, in milliseconds; 0 unless it is open. */
  refusesForMs(now: number): number {
    return 'nextAt' in this.current ? Math.max(this.current.nextAt - now, 0) : 0;
  }

  /** The moment from which a probe may go while so many wait; `Infinity` unless it is open. */
  opensAt(waiting: number): number {
    return this.current instanceof ProbeSpacing ? this.current.opensAt(waiting) : Infinity;
  }

  /** How long anybody may wait now, in milliseconds. */
  patienceMs(now: number): number {
    const { current } = this;
    const { attemptTimeoutMs } = this.#settings;
    if (current.kind === 'half-open') return patienceInFlightMs(attemptTimeoutMs);
    if (current === CLOSED) return Infinity;
    return current === FORCED_OPEN ? 0 : (this.outage?.patienceMs(attemptTimeoutMs, now) ?? 0);
  }

  /** Lets an attempt through if there is room for it while so many wait. */
  take(admission: Admission, waiting: number, now: number): Place | undefined {
    const { current, inFlight } = this;
    if (current instanceof AttemptWindow) {
      if (!current.hasRoom(inFlight.count)) inFlight.giveUp(now - KEEPS_PLACE_MS);
      if (!current.hasRoom(inFlight.count)) return undefined;
    } else if (current instanceof ProbeSpacing) {
      if (now < current.opensAt(waiting)) return undefined;
      current.sent(now);
    } else if (current === FORCED_OPEN) {
      return undefined;
    }
    return inFlight.add(admission);
  }

  /** @returns whether it was of this generation, and its place not given back before */
  giveBack(place: Place): boolean {
    const isOurs = place.admission !== undefined && place.inFlight === this.inFlight;
    place.inFlight.remove(place);
    return isOurs;
  }

  /** The server is in trouble, and answers still: what is in flight may stay. */
  hold(now: number): void {
    this.#become(new AttemptWindow(Math.max(this.inFlight.count, 1), now));
  }

  /** Nothing answers: from now on there are probes. */
  open(because: Classification, isRefusing: boolean, now: number): void {
    const { outage } = this;
    if (outage === undefined) return;
    outage.because = because;
    outage.isRefusing = isRefusing;
    this.#probe(outage, Math.min(hintOf(because), LONGEST_HINT_MS), now);
  }

  /** A probe has failed: what it asks for is heeded. */
  heed(spacing: ProbeSpacing, because: Classification, now: number): void {
    spacing.holdUntil(now + Math.min(hintOf(because), LONGEST_HINT_MS));
    if (this.outage) this.outage.because = because;
  }

  /** Something was answered while it was open: traffic begins with one attempt in flight. */
  resume(spacing: ProbeSpacing): void {
    if (this.outage) this.outage.probes = spacing.probes - 1;
    this.#become(new AttemptWindow(1, -Infinity));
  }

  /** There is room for all again. */
  recover(now: number): void {
    if (this.outage) this.outage.closedAt = now;
    // They were sent while somebody had to wait.
    for (const sent of this.inFlight) sent.watch = 'exempt';
    this.#become(CLOSED);
  }

  forceOpen(): void {
    this.inFlight = new InFlight();
    this.#become(FORCED_OPEN);
  }

  close(): void {
    this.outage = undefined;
    this.inFlight = new InFlight();
    this.#become(CLOSED);
  }

  snapshot(now: number): CircuitSnapshot {
    const { kind } = this.current;
    if (kind === 'closed') return { state: 'closed', openForMs: 0, openings: 0 };
    const openForMs = this.refusesForMs(now);
    const { because } = this;
    return {
      state: kind,
      openForMs: openForMs === Infinity ? null : openForMs,
      openings: this.outage?.probes ?? 0,
      ...(because && { because: because.rule }),
    };
  }

  restore({ state, openForMs, openings, because: rule }: CircuitSnapshot, now: number): void {
    if (state === 'closed') return this.close();
    if (openForMs === null) return this.forceOpen();
    // The attempts of another process are not ours to wait for: half-open is a probe that is due.
    const because = rule === undefined ? undefined : refusal('retryable', rule, undefined);
    this.outage = new Outage(now, because);
    this.outage.probes = openings;
    this.#probe(this.outage, openForMs, now);
  }

  #probe(outage: Outage, notForMs: number, now: number): void {
    const spacing = new ProbeSpacing(now, outage, this.#settings.random);
    spacing.holdUntil(now + notForMs);
    this.inFlight = new InFlight();
    this.#become(spacing, spacing.nextAt - now);
  }

  #become(next: State, openMs?: number): void {
    const previous = this.current;
    this.current = next;
    if (previous.kind !== next.kind) this.#changed(previous.kind, next.kind, openMs, this.because);
  }
}
