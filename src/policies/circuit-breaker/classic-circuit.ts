import { refusal, type Classification, type Health } from '../../core/classification.ts';
import {
  hintOf,
  type Circuit,
  type CircuitListener,
  type CircuitSnapshot,
  type CircuitState,
  type Refusal,
  type Spare,
} from './circuit-state.ts';
import { FailureWindow, type FailureWindowSettings } from './failure-window.ts';

/** What one classic circuit is told. */
export interface ClassicSettings extends FailureWindowSettings {
  readonly consecutiveFailures: number;
  readonly openMs: number;
  readonly maxOpenMs: number;
  readonly halfOpenProbes: number;
  readonly probeTimeoutMs: number;
}

interface Closed {
  readonly kind: 'closed';
  readonly window: FailureWindow;
  /** How many failures have come since the last success. */
  run: number;
}

interface Open {
  readonly kind: 'open';
  /** On the clock's monotonic scale; `Infinity` when forced. */
  readonly until: number;
  /** How many times in a row the circuit has opened without closing in between. */
  readonly openings: number;
  /** The last failure before it opened; `undefined` if it was opened by hand. */
  readonly because: Classification | undefined;
}

interface HalfOpen {
  readonly kind: 'half-open';
  readonly openings: number;
  readonly because: Classification | undefined;
  /** When each probe under way is given up. */
  readonly probes: Map<Ticket, number>;
  succeeded: number;
}

type State = Closed | Open | HalfOpen;

/** Lets one attempt through; its outcome counts only while the state that let it through lasts. */
export interface Ticket {
  readonly state: Closed | HalfOpen;
}

/** Open times are spread from 90 % to 110 %. */
const JITTER = 0.1;

/** At a hundred calls a second, that often is once in eleven days. */
const TOO_SELDOM = 1e-8;

/**
 * One key's circuit: `closed` counts, `open` refuses, `half-open` lets a few probes through.
 * Each state is an object of its own, so an outcome from before a change finds its state gone and
 * is ignored.
 */
export class ClassicCircuit implements Circuit {
  readonly #settings: ClassicSettings;
  readonly #random: () => number;
  readonly #changed: CircuitListener;
  #state: State;
  #firstTicket: Ticket;

  constructor(settings: ClassicSettings, random: () => number, changed: CircuitListener) {
    this.#settings = settings;
    this.#random = random;
    this.#changed = changed;
    const closed = this.#newlyClosed();
    this.#state = closed;
    this.#firstTicket = { state: closed };
  }

  /** Why it is open or half-open: the last failure before it opened; `undefined` by hand, or if closed. */
  get because(): Classification | undefined {
    return this.#state.kind === 'closed' ? undefined : this.#state.because;
  }

  /** Until when it says something, on the clock's scale: `-Infinity` while it is closed. */
  get endsAt(): number {
    const state = this.#state;
    if (state.kind === 'open') return state.until;
    if (state.kind === 'closed') return -Infinity;
    let latest = 0;
    for (const givenUpAt of state.probes.values()) latest = Math.max(latest, givenUpAt);
    return latest;
  }

  /** Whether it is closed and nothing has failed since something went well. */
  get isWell(): boolean {
    return this.#state.kind === 'closed' && this.#state.run === 0;
  }

  /** Whether it was opened by hand, which nobody but the hand may undo. */
  get forcedOpen(): boolean {
    return this.#state.kind === 'open' && this.#state.until === Infinity;
  }

  /** For how long nobody will be let through, in milliseconds; 0 unless it is open. */
  refusesForMs(now: number): number {
    return this.#state.kind === 'open' ? Math.max(this.#state.until - now, 0) : 0;
  }

  stateAt(now: number): CircuitState {
    return this.#state.kind === 'open' && now >= this.#state.until ? 'half-open' : this.#state.kind;
  }

  /** The ticket of a closed circuit, for which nobody need look at a clock. */
  get freeTicket(): Ticket | undefined {
    return this.#state.kind === 'closed' ? this.#firstTicket : undefined;
  }

  /** Lets an attempt through, or says when to come back. */
  admit(now: number): Ticket | Refusal {
    const state = this.#state;
    if (state.kind === 'closed') return this.#firstTicket;
    if (state.kind === 'half-open') return this.#admitProbe(state, now);
    const retryAfterMs = this.refusesForMs(now);
    if (retryAfterMs > 0) return { retryAfterMs };
    const { openings, because } = state;
    this.#become({ kind: 'half-open', openings, because, probes: new Map(), succeeded: 0 });
    // Asked anew: whoever was told of the change may have closed the circuit or forced it open.
    return this.admit(now);
  }

  #admitProbe(state: HalfOpen, now: number): Ticket | Refusal {
    let firstGivenUpAt = Infinity;
    for (const [probe, givenUpAt] of state.probes) {
      // A probe that hangs must not keep the circuit half-open for ever.
      if (givenUpAt <= now) state.probes.delete(probe);
      else firstGivenUpAt = Math.min(firstGivenUpAt, givenUpAt);
    }
    const wanted = this.#settings.halfOpenProbes - state.succeeded;
    if (state.probes.size >= wanted) {
      // A probe decides long before it is given up: an open time is as long as one need stay away.
      return { retryAfterMs: Math.min(firstGivenUpAt - now, this.#settings.openMs) };
    }
    const ticket: Ticket = { state };
    state.probes.set(ticket, now + this.#settings.probeTimeoutMs);
    return ticket;
  }

  /**
   * Takes an outcome in.
   *
   * @param because - how a failure is classified: it may say how long to stay away
   * @param spare - asked before a closed circuit opens
   */
  settle(
    ticket: Ticket,
    health: Health,
    now: number,
    because?: Classification,
    spare?: Spare,
  ): void {
    const { state } = ticket;
    if (state !== this.#state) return;
    if (state.kind === 'half-open') {
      state.probes.delete(ticket);
      if (health === 'failing') this.#open(now, state.openings, because);
      if (health !== 'healthy') return;
      state.succeeded += 1;
      if (state.succeeded >= this.#settings.halfOpenProbes) this.close();
    } else if (health === 'healthy') {
      state.run = 0;
      state.window.succeeded(now);
    } else if (health === 'failing') {
      const tooMany = this.#tooMany(state, now);
      if (tooMany === undefined) return;
      if (spare?.(tooMany)) this.#startAnew();
      else this.#open(now, 0, because);
    }
  }

  /** So many first tries have failed in a row that were not counted here. */
  hasFailed(times: number): void {
    if (this.#state.kind === 'closed') this.#state.run = times;
  }

  /** Opens it for a failure that others have judged. */
  trip(now: number, because: Classification): void {
    if (this.#state.kind === 'closed') this.#open(now, 0, because);
  }

  /** Opens it until it is closed by hand. */
  forceOpen(): void {
    this.#become({ kind: 'open', until: Infinity, openings: 0, because: undefined });
  }

  /** Closes it and forgets what it has counted. */
  close(): void {
    const closed = this.#newlyClosed();
    this.#firstTicket = { state: closed };
    this.#become(closed);
  }

  snapshot(now: number): CircuitSnapshot {
    const state = this.#state;
    if (state.kind === 'closed') return { state: 'closed', openForMs: 0, openings: 0 };
    const openForMs = state.kind === 'open' ? Math.max(state.until - now, 0) : 0;
    return {
      state: this.stateAt(now),
      openForMs: openForMs === Infinity ? null : openForMs,
      openings: state.openings,
      ...(state.because && { because: state.because.rule }),
    };
  }

  restore(snapshot: CircuitSnapshot, now: number): void {
    if (snapshot.state === 'closed') return this.close();
    // Probes of another process are not ours to wait for: half-open is an open time that is over.
    const { openForMs, openings, because: rule } = snapshot;
    const until = openForMs === null ? Infinity : now + openForMs;
    const because = rule === undefined ? undefined : refusal('retryable', rule, undefined);
    this.#become({ kind: 'open', until, openings, because }, openForMs ?? undefined);
  }

  #newlyClosed(): Closed {
    return { kind: 'closed', window: new FailureWindow(this.#settings), run: 0 };
  }

  /** Forgets what it has counted, and ignores the outcomes of attempts that are under way. */
  #startAnew(): void {
    const closed = this.#newlyClosed();
    this.#firstTicket = { state: closed };
    this.#state = closed;
  }

  /** Counts a failure, and says what there are too many of. */
  #tooMany(state: Closed, now: number): 'run' | 'ratio' | undefined {
    state.run += 1;
    const isRatioReached = state.window.failed(now);
    if (state.run >= this.#settings.consecutiveFailures && isNoChance(state)) return 'run';
    return isRatioReached ? 'ratio' : undefined;
  }

  #open(now: number, openings: number, because: Classification | undefined): void {
    const { openMs, maxOpenMs } = this.#settings;
    // Many processes that lost the same server must not probe it as one, at the longest time too.
    const spread = 1 - JITTER + this.#random() * 2 * JITTER;
    const grown = Math.min(openMs * 2 ** openings, maxOpenMs / (1 + JITTER)) * spread;
    const forMs = Math.ceil(Math.max(grown, Math.min(hintOf(because), maxOpenMs)));
    this.#become({ kind: 'open', until: now + forMs, openings: openings + 1, because }, forMs);
  }

  #become(next: State, openMs?: number): void {
    const previous = this.#state;
    this.#state = next;
    if (previous.kind === next.kind) return;
    const because = next.kind === 'closed' ? undefined : next.because;
    this.#changed(previous.kind, next.kind, openMs, because);
  }
}

/** Whether so long a run has another reason than that so many failed before: chance gives it too seldom. */
const isNoChance = ({ run, window }: Closed): boolean =>
  window.shareBefore(run) ** run <= TOO_SELDOM;
