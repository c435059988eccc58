import { refusal, timedOut, type Classification } from '../../core/classification.ts';
import type { Clock } from '../../core/clock.ts';
import { AttemptWindow } from './attempt-window.ts';
import { CircuitLine, type Gatekeeper, type Waiter } from './circuit-line.ts';
import {
  hintOf,
  type Circuit,
  type CircuitListener,
  type CircuitSnapshot,
  type CircuitState,
  type Failing,
  type Spare,
} from './circuit-state.ts';
import { FailureWindow, type FailureWindowSettings } from './failure-window.ts';
import { InFlight, type Admission, type Judge, type Place } from './in-flight.ts';
import { ProbeSpacing } from './probe-spacing.ts';
import { RoundTrip } from './round-trip.ts';

/** What one adaptive circuit is told. */
export interface AdaptiveSettings {
  /** What makes too many failures of all first tries too; `undefined` for no such ratio. */
  readonly ratio?: FailureWindowSettings | undefined;
  /** When an attempt is given up, in milliseconds; `Infinity` where it is not known. */
  readonly attemptTimeoutMs: number;
  readonly clock: Clock;
  readonly random: () => number;
}

// Evidence in points: eight errors in a row are too many, or three time-outs, which cost the server
// the work as well. Where fewer than 73 % fail by chance (33 to 50 % by time-outs) it does not grow.
const ERROR = 3;
const TIME_OUT = 8;
const QUICK_ANSWER = 8;
const SLOW_ANSWER = 4;
const TOO_MUCH = 24;

/** So often overdue attempts are looked for while as many calls come as are in flight: a clock costs 40 ns. */
const LOOKS_PER_FLIGHT = 8;

/** So many errors in a row end a half-open time: each that is refused at once would burn a call. */
const ERRORS_IN_A_ROW = 12;
/** Losses so close to a quick answer, in milliseconds, are no queue: the window is not cut for them, … */
const AMID_ANSWERS_MS = 1000;
/** … or so much of the attempt time-out, where that is shorter. */
const AMID_ANSWERS_SHARE = 1 / 4;
/** So long a call waits at most, in milliseconds, … */
const PATIENCE_MS = 3000;
/** … and so much of the attempt time-out while nothing answers: whoever waits longer makes the next queue. */
const PATIENCE_SHARE = 1 / 2;
/** Nobody waits for a server that has been away for so long, in milliseconds. */
const PATIENT_FOR_MS = 30_000;
/** How many may wait. */
const MOST_WAITING = 1000;
/** An attempt that hangs keeps its place in the window for so long at most, in milliseconds. */
const KEEPS_PLACE_MS = 30_000;
/** A server may ask to be left alone for so long, in milliseconds. */
const LONGEST_HINT_MS = 60_000;
/** A close that lasted shorter, in milliseconds, was none: the outage goes on, and so do its gaps. */
const LASTING_MS = 5000;
/** Where there may be room at any moment, it is worth coming back after so many milliseconds. */
const COME_BACK_MS = 250;

/** A time in which the circuit is not closed. */
interface Outage {
  /** When it began; a close that did not last does not end it. */
  readonly since: number;
  /** When it was noticed, the last time. */
  readonly noticedAt: number;
  /** How many attempts were in flight then, if they were overdue: a false alarm gives them back. */
  inFlight: number;
  because: Classification | undefined;
  probes: number;
  /** Whether attempts are refused, and do not time out: nothing queues at the server then. */
  isRefusing: boolean;
  closedAt: number;
}

const CLOSED = Object.freeze({ kind: 'closed' });
const FORCED_OPEN = Object.freeze({ kind: 'open', nextAt: Infinity });

type State = typeof CLOSED | typeof FORCED_OPEN | AttemptWindow | ProbeSpacing;

/**
 * One key's or one route's circuit. `closed` lets all through and weighs the evidence; `open` lets
 * spaced probes out; `half-open` bounds the attempts in flight. Whoever finds it not closed may wait
 * a moment in line. Time is handed in; there is a timer only while somebody waits.
 */
export class AdaptiveCircuit implements Circuit, Gatekeeper, Judge {
  readonly #settings: AdaptiveSettings;
  readonly #changed: CircuitListener;
  readonly #roundTrip: RoundTrip;
  #state: State = CLOSED;
  /** The attempts of this generation: what was sent before it opened is a straggler. */
  #inFlight = new InFlight();
  /** What the ratio is of, where one is wanted. */
  #outcomes: FailureWindow | undefined;
  #score = 0;
  #errorsInARow = 0;
  /** Calls since overdue attempts were looked for, times {@link LOOKS_PER_FLIGHT}. */
  #unlooked = 0;
  /** None of those that are watched was sent before, on the clock's scale. */
  #watchedSince = -Infinity;
  #answeredAt = -Infinity;
  #quicklyAt = -Infinity;
  #outage: Outage | undefined;
  #line: CircuitLine | undefined;

  constructor(settings: AdaptiveSettings, changed: CircuitListener) {
    this.#settings = settings;
    this.#changed = changed;
    this.#roundTrip = new RoundTrip(settings.attemptTimeoutMs);
    this.#outcomes = windowOf(settings);
  }

  /** The failure that opened it; `undefined` by hand, or if closed. */
  get because(): Classification | undefined {
    const state = this.#state;
    return state === CLOSED || state === FORCED_OPEN ? undefined : this.#outage?.because;
  }

  stateAt(): CircuitState {
    return this.#state.kind;
  }

  /** Until when it says something, on the clock's scale: `-Infinity` while it is closed. */
  get endsAt(): number {
    if (this.waiting > 0) return Infinity;
    const state = this.#state;
    if (state === CLOSED) return -Infinity;
    return 'nextAt' in state ? state.nextAt : (this.#outage?.since ?? 0);
  }

  get waiting(): number {
    return this.#line?.length ?? 0;
  }

  longestWaitMs(now: number): number {
    return this.#line?.longestWaitMs(now) ?? 0;
  }

  /** For how long nobody will be let through, in milliseconds; 0 unless it is open. */
  refusesForMs(now: number): number {
    return 'nextAt' in this.#state ? Math.max(this.#state.nextAt - now, 0) : 0;
  }

  /** When to come back, in milliseconds from now. */
  retryAfterMs(now: number): number {
    return this.refusesForMs(now) || COME_BACK_MS;
  }

  /** For how long it is of no use even to wait in line, in milliseconds. */
  hopelessForMs(now: number): number {
    // Somebody who is under way may be answered at any moment.
    if (this.#inFlight.count > 0) return 0;
    return Math.max(this.refusesForMs(now) - this.patienceMs(now), 0);
  }

  get opensAt(): number {
    const state = this.#state;
    return state instanceof ProbeSpacing ? state.opensAt(this.waiting) : Infinity;
  }

  patienceMs(now: number): number {
    const state = this.#state;
    const { attemptTimeoutMs } = this.#settings;
    if (state.kind === 'closed') return Infinity;
    if (state.kind === 'half-open') return Math.min(PATIENCE_MS, attemptTimeoutMs);
    const outage = this.#outage;
    if (state === FORCED_OPEN || outage === undefined || now - outage.noticedAt > PATIENT_FOR_MS) {
      return 0;
    }
    return outage.isRefusing
      ? PATIENCE_MS
      : Math.min(PATIENCE_MS, PATIENCE_SHARE * attemptTimeoutMs);
  }

  /** Lets an attempt through a closed circuit where nobody need look at a clock. */
  takeFree(admission: Admission): Place | undefined {
    if (this.#state !== CLOSED) return undefined;
    const inFlight = this.#inFlight;
    if (inFlight.count > 0 && this.#roundTrip.overdueAfterMs < Infinity) {
      this.#unlooked += LOOKS_PER_FLIGHT;
      if (this.#unlooked > inFlight.count) return undefined;
    }
    return inFlight.add(admission);
  }

  /** Another call has come; it is let through if it need not wait. */
  enter(admission: Admission, now: number): Place | undefined {
    if (this.#state === CLOSED) this.#countOverdue(now);
    if (this.#state instanceof ProbeSpacing && admission.record.kind === 'first-try') {
      this.#state.called();
    }
    this.#line?.serve(now);
    return this.waiting > 0 ? undefined : this.take(admission, now);
  }

  take(admission: Admission, now: number): Place | undefined {
    const state = this.#state;
    if (state instanceof AttemptWindow) {
      if (!state.hasRoom(this.#inFlight.count)) this.#inFlight.giveUp(now - KEEPS_PLACE_MS);
      if (!state.hasRoom(this.#inFlight.count)) return undefined;
    } else if (state instanceof ProbeSpacing) {
      if (now < this.opensAt) return undefined;
      state.sent(now);
    } else if (state === FORCED_OPEN) {
      return undefined;
    }
    return this.#inFlight.add(admission);
  }

  /**
   * Joins the line.
   *
   * @returns whether there is any point in it: nobody waits for what comes after they have left
   */
  join(waiter: Waiter, now: number): boolean {
    if (this.patienceMs(now) <= 0 || this.hopelessForMs(now) > 0) return false;
    if (this.waiting >= MOST_WAITING) return false;
    const state = this.#state;
    if ('nextAt' in state && Math.max(state.nextAt, now) >= waiter.leavesAt) return false;
    if (state instanceof AttemptWindow) state.held();
    this.#line ??= new CircuitLine(this.#settings.clock, this);
    this.#line.join(waiter, now);
    return true;
  }

  leave(waiter: Waiter): void {
    this.#line?.leave(waiter);
  }

  /** An attempt was answered. A sign of life counts whoever gives it, a straggler too. */
  answered(place: Place, ranMs: number, isFirstTry: boolean, now: number): void {
    this.#giveBack(place);
    const roundTrip = this.#roundTrip;
    const isQuick = ranMs <= roundTrip.quickWithinMs;
    this.#errorsInARow = 0;
    this.#answeredAt = now;
    if (isQuick) this.#quicklyAt = now;
    if (this.#score > 0) {
      const undone = place.watch === 'overdue' && this.#state === CLOSED ? TIME_OUT : 0;
      this.#score = Math.max(this.#score - (isQuick ? QUICK_ANSWER : SLOW_ANSWER) - undone, 0);
    }
    if (this.#state === CLOSED) {
      roundTrip.learn(ranMs, now);
      if (isFirstTry) this.#outcomes?.succeeded(now);
      return;
    }
    this.#answeredWhileLimited(isQuick, now - ranMs, now);
  }

  #answeredWhileLimited(isQuick: boolean, sentAt: number, now: number): void {
    if (this.#state === FORCED_OPEN) return;
    if (this.#state instanceof ProbeSpacing) {
      this.#score = 0;
      if (this.#outage) this.#outage.probes = this.#state.probes - 1;
      this.#become(new AttemptWindow(1, -Infinity));
    }
    const window = this.#state;
    if (!(window instanceof AttemptWindow)) return;
    const outage = this.#outage;
    // Those that were overdue were only slow: a false alarm.
    if (outage && sentAt < outage.noticedAt) window.size = Math.max(window.size, outage.inFlight);
    window.answered(isQuick);
    this.#line?.serve(now);
    if (this.#state !== window || this.waiting > 0) return;
    if (!window.isAmple(this.#inFlight.count, isQuick)) return;
    this.#startAnew();
    if (outage) outage.closedAt = now;
    // They were sent while somebody had to wait.
    for (const place of this.#inFlight) place.watch = 'exempt';
    this.#become(CLOSED);
  }

  /**
   * An attempt failed.
   *
   * @param spare - asked before a closed circuit opens
   */
  failed(place: Place, failing: Failing, now: number, spare?: Spare): void {
    const { isTimeOut, isFirstTry, because } = failing;
    if (!this.#giveBack(place)) return;
    const state = this.#state;
    if (isTimeOut) this.#errorsInARow = 0;
    else this.#errorsInARow += 1;
    const points = isTimeOut ? TIME_OUT : ERROR;
    if (state === CLOSED) {
      const isRatioReached = isFirstTry && this.#outcomes?.failed(now) === true;
      if (place.watch !== 'overdue') this.#score += points;
      const tooMany = this.#score >= TOO_MUCH ? 'run' : isRatioReached ? 'ratio' : undefined;
      if (tooMany === undefined) return;
      if (!spare?.(tooMany)) return this.#trip(now, because);
      this.#startAnew();
      this.#errorsInARow = 0;
    } else if (state instanceof AttemptWindow) {
      this.#failedInWindow(state, failing, points, now);
    } else if (state instanceof ProbeSpacing) {
      this.#obey(state, because, now);
    }
    this.#line?.serve(now);
  }

  #failedInWindow(window: AttemptWindow, failing: Failing, points: number, now: number): void {
    const { isTimeOut, ranMs, because } = failing;
    if (now - ranMs <= window.cutAt) return;
    if (!isTimeOut && this.#errorsInARow >= ERRORS_IN_A_ROW) return this.#open(now, because);
    this.#score += points;
    if (this.#score < TOO_MUCH) return;
    this.#score = 0;
    const { attemptTimeoutMs } = this.#settings;
    const amidMs = Math.min(AMID_ANSWERS_MS, AMID_ANSWERS_SHARE * attemptTimeoutMs);
    if (now - this.#quicklyAt >= amidMs && !window.cut(now)) this.#open(now, because);
  }

  /** An attempt ended and says nothing; one that was aborted when it was overdue has timed out. */
  ended(place: Place, overdue: Failing | undefined, now: number): void {
    if (overdue && overdue.ranMs > this.#roundTrip.overdueAfterMs) {
      return this.failed(place, overdue, now);
    }
    this.#giveBack(place);
    this.#line?.serve(now);
  }

  /**
   * Begins as the circuit of one route of a key: takes over what is known, and the attempts that are
   * under way.
   *
   * @param failures - how many of its first tries have failed in a row if nothing of it is known to
   * have passed, else 0
   */
  inherit(key: AdaptiveCircuit, route: string, failures: number): void {
    this.#roundTrip.copy(key.#roundTrip);
    if (failures === 0) {
      this.#answeredAt = key.#answeredAt;
      this.#quicklyAt = key.#quicklyAt;
    }
    this.#score = Math.min(failures * ERROR, TOO_MUCH - 1);
    this.#errorsInARow = failures;
    for (const place of key.#inFlight) {
      const { admission } = place;
      if (admission?.route !== route) continue;
      place.twin = { judge: this, place: this.#inFlight.add(admission) };
    }
  }

  /** Opens it for a failure that others have judged. */
  trip(now: number, because: Classification): void {
    if (this.#state === CLOSED) this.#trip(now, because);
  }

  /** Opens it until it is closed by hand. */
  forceOpen(now: number): void {
    this.#inFlight = new InFlight();
    this.#become(FORCED_OPEN);
    this.#line?.serve(now);
  }

  /** Closes it and forgets what it has counted. */
  close(now: number): void {
    this.#startAnew();
    this.#errorsInARow = 0;
    this.#outage = undefined;
    this.#inFlight = new InFlight();
    this.#become(CLOSED);
    this.#line?.serve(now);
  }

  snapshot(now: number): CircuitSnapshot {
    const { kind } = this.#state;
    if (kind === 'closed') return { state: 'closed', openForMs: 0, openings: 0 };
    const openForMs = this.refusesForMs(now);
    const { because } = this;
    return {
      state: kind,
      openForMs: openForMs === Infinity ? null : openForMs,
      openings: this.#outage?.probes ?? 0,
      ...(because && { because: because.rule }),
    };
  }

  restore(snapshot: CircuitSnapshot, now: number): void {
    const { state, openForMs, openings, because: rule } = snapshot;
    if (state === 'closed') return this.close(now);
    if (openForMs === null) return this.forceOpen(now);
    // The attempts of another process are not ours to wait for: half-open is a probe that is due.
    const because = rule === undefined ? undefined : refusal('retryable', rule, undefined);
    this.#startAnew();
    this.#outage = newOutage(now, now, because, openings);
    this.#probe(now, openForMs);
    this.#line?.serve(now);
  }

  /** Whether errors in a row alone are evidence enough. */
  get #isRefusing(): boolean {
    return this.#errorsInARow * ERROR >= TOO_MUCH;
  }

  #giveBack(place: Place): boolean {
    const isOurs = place.admission !== undefined && place.inFlight === this.#inFlight;
    place.inFlight.remove(place);
    return isOurs;
  }

  #startAnew(): void {
    this.#score = 0;
    this.#outcomes = windowOf(this.#settings);
  }

  #countOverdue(now: number): void {
    const { overdueAfterMs } = this.#roundTrip;
    this.#unlooked = 0;
    if (!(now - this.#watchedSince > overdueAfterMs)) return;
    const inFlight = this.#inFlight;
    this.#score += TIME_OUT * inFlight.markOverdue(now - overdueAfterMs);
    this.#watchedSince = inFlight.watchedSince(now);
    if (this.#score < TOO_MUCH) return;
    const { count } = inFlight;
    this.#trip(now, timedOut(Math.round(overdueAfterMs)));
    if (this.#outage) this.#outage.inFlight = count;
  }

  #trip(now: number, because: Classification): void {
    const last = this.#outage;
    const goesOn = last !== undefined && now - last.closedAt < LASTING_MS;
    this.#startAnew();
    this.#outage = newOutage(goesOn ? last.since : now, now, because, goesOn ? last.probes : 0);
    const isSilent = now - this.#answeredAt > this.#roundTrip.silentAfterMs;
    if (isSilent || this.#isRefusing) return this.#open(now, because);
    // It still answers: what is in flight may stay, and no more comes until it is quick again.
    this.#become(new AttemptWindow(Math.max(this.#inFlight.count, 1), now));
  }

  #open(now: number, because: Classification): void {
    const outage = this.#outage;
    if (outage === undefined) return;
    outage.because = because;
    outage.isRefusing = this.#isRefusing;
    this.#probe(now, Math.min(hintOf(because), LONGEST_HINT_MS));
  }

  #probe(now: number, notForMs: number): void {
    const spacing = new ProbeSpacing(now, this.#outage as Outage, this.#settings.random);
    spacing.holdUntil(now + notForMs);
    this.#inFlight = new InFlight();
    this.#become(spacing, spacing.nextAt - now);
  }

  #obey(spacing: ProbeSpacing, because: Classification, now: number): void {
    spacing.holdUntil(now + Math.min(hintOf(because), LONGEST_HINT_MS));
    const outage = this.#outage;
    if (outage) outage.because = because;
  }

  #become(next: State, openMs?: number): void {
    const previous = this.#state;
    this.#state = next;
    if (previous.kind !== next.kind) this.#changed(previous.kind, next.kind, openMs, this.because);
  }
}

const windowOf = ({ ratio }: AdaptiveSettings): FailureWindow | undefined =>
  ratio && new FailureWindow(ratio);

const newOutage = (
  since: number,
  noticedAt: number,
  because: Classification | undefined,
  probes: number,
): Outage => ({
  since,
  noticedAt,
  inFlight: 1,
  because,
  probes,
  isRefusing: false,
  closedAt: Infinity,
});
