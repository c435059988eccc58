import { timedOut, type Classification } from '../../core/classification.ts';
import { AdaptiveStates, CLOSED, type AdaptiveSettings } from './adaptive-states.ts';
import { AttemptWindow } from './attempt-window.ts';
import { CircuitLine, type Gatekeeper, type Waiter } from './circuit-line.ts';
import type {
  Circuit,
  CircuitListener,
  CircuitSnapshot,
  CircuitState,
  Failing,
  Spare,
} from './circuit-state.ts';
import { Evidence } from './evidence.ts';
import { FailureWindow } from './failure-window.ts';
import type { Admission, Judge, Place } from './in-flight.ts';
import { Outage } from './outage.ts';
import { OverdueWatch } from './overdue-watch.ts';
import { ProbeSpacing } from './probe-spacing.ts';
import { RoundTrip } from './round-trip.ts';

/** How many may wait. */
const MOST_WAITING = 1000;
/** Where there may be room at any moment, it is worth coming back after so many milliseconds. */
const COME_BACK_MS = 250;

/**
 * One key's or one route's circuit. `closed` lets all through and weighs the evidence; `open` lets
 * spaced probes out; `half-open` bounds the attempts in flight. Whoever finds it not closed may wait
 * a moment in line. Time is handed in; there is a timer only while somebody waits.
 */
export class AdaptiveCircuit implements Circuit, Gatekeeper, Judge {
  readonly #settings: AdaptiveSettings;
  readonly #states: AdaptiveStates;
  readonly #roundTrip: RoundTrip;
  readonly #evidence: Evidence;
  readonly #watch = new OverdueWatch();
  /** What the ratio is of, where one is wanted. */
  #outcomes: FailureWindow | undefined;
  #line: CircuitLine | undefined;

  constructor(settings: AdaptiveSettings, changed: CircuitListener) {
    this.#settings = settings;
    this.#states = new AdaptiveStates(settings, changed);
    this.#roundTrip = new RoundTrip(settings.attemptTimeoutMs);
    this.#evidence = new Evidence(settings.attemptTimeoutMs);
    this.#startAnew();
  }

  get because(): Classification | undefined {
    return this.#states.because;
  }

  stateAt(): CircuitState {
    return this.#states.current.kind;
  }

  /** Until when it says something, on the clock's scale; `Infinity` while somebody waits. */
  get endsAt(): number {
    return this.waiting > 0 ? Infinity : this.#states.endsAt;
  }

  get waiting(): number {
    return this.#line?.length ?? 0;
  }

  longestWaitMs(now: number): number {
    return this.#line?.longestWaitMs(now) ?? 0;
  }

  refusesForMs(now: number): number {
    return this.#states.refusesForMs(now);
  }

  /** When to come back, in milliseconds from now. */
  retryAfterMs(now: number): number {
    return this.refusesForMs(now) || COME_BACK_MS;
  }

  /** For how long it is of no use even to wait in line, in milliseconds. */
  hopelessForMs(now: number): number {
    // Somebody who is under way may be answered at any moment.
    if (this.#states.inFlight.count > 0) return 0;
    return Math.max(this.refusesForMs(now) - this.patienceMs(now), 0);
  }

  /** Whether anybody may join the line now. */
  isWorthWaiting(now: number): boolean {
    return this.patienceMs(now) > 0 && this.hopelessForMs(now) === 0 && this.waiting < MOST_WAITING;
  }

  get opensAt(): number {
    return this.#states.opensAt(this.waiting);
  }

  patienceMs(now: number): number {
    return this.#states.patienceMs(now);
  }

  /** Lets an attempt through a closed circuit where nobody need look at a clock. */
  takeFree(admission: Admission, hasLeft = false): Place | undefined {
    const { current, inFlight } = this.#states;
    if (current !== CLOSED) return undefined;
    const isDue = !hasLeft && this.#watch.isDue(inFlight, this.#roundTrip.overdueAfterMs);
    return isDue ? undefined : inFlight.add(admission);
  }

  /** Another call has come; it is let through if it need not wait. */
  enter(admission: Admission, now: number): Place | undefined {
    if (this.#states.current === CLOSED) this.#countOverdue(now);
    const { current } = this.#states;
    if (current instanceof ProbeSpacing && admission.record.kind === 'first-try') current.called();
    this.#line?.serve(now);
    return this.waiting > 0 ? undefined : this.take(admission, now);
  }

  take(admission: Admission, now: number): Place | undefined {
    return this.#states.take(admission, this.waiting, now);
  }

  /**
   * Joins the line.
   *
   * @returns whether there is any point in it: nobody waits for what comes after they have left
   */
  join(waiter: Waiter, now: number): boolean {
    if (!this.isWorthWaiting(now)) return false;
    const { current } = this.#states;
    if (now + this.refusesForMs(now) >= waiter.leavesAt) return false;
    if (current instanceof AttemptWindow) current.held();
    this.#line ??= new CircuitLine(this.#settings.clock, this);
    this.#line.join(waiter, now);
    return true;
  }

  leave(waiter: Waiter): void {
    this.#line?.leave(waiter);
  }

  /** An attempt was answered. A sign of life counts whoever gives it, a straggler too. */
  answered(place: Place, ranMs: number, isFirstTry: boolean, now: number): void {
    const states = this.#states;
    states.giveBack(place);
    const roundTrip = this.#roundTrip;
    const isQuick = ranMs <= roundTrip.quickWithinMs;
    const isClosed = states.current === CLOSED;
    this.#evidence.answered(isQuick, isClosed && place.watch === 'overdue', now);
    if (!isClosed) return this.#answeredWhileHeld(isQuick, now - ranMs, now);
    roundTrip.learn(ranMs, now);
    if (isFirstTry) this.#outcomes?.succeeded(now);
  }

  #answeredWhileHeld(isQuick: boolean, sentAt: number, now: number): void {
    const states = this.#states;
    if (states.current instanceof ProbeSpacing) {
      this.#evidence.startAnew();
      states.resume(states.current);
    }
    const { current: window, outage } = states;
    if (!(window instanceof AttemptWindow)) return;
    // Those that were overdue were only slow: a false alarm.
    if (outage && sentAt < outage.noticedAt) window.size = Math.max(window.size, outage.inFlight);
    window.answered(isQuick);
    this.#line?.serve(now);
    if (states.current !== window || this.waiting > 0) return;
    if (!window.isAmple(states.inFlight.count, isQuick)) return;
    this.#startAnew();
    states.recover(now);
  }

  /**
   * An attempt failed.
   *
   * @param spare - asked before a closed circuit opens
   */
  failed(place: Place, failing: Failing, now: number, spare?: Spare): void {
    const { isTimeOut, because } = failing;
    const states = this.#states;
    if (!states.giveBack(place)) return;
    const { current } = states;
    if (current instanceof AttemptWindow) {
      this.#failedInWindow(current, failing, now);
    } else if (current instanceof ProbeSpacing) {
      this.#evidence.failed(isTimeOut, true);
      states.heed(current, because, now);
    } else if (current === CLOSED) {
      this.#evidence.failed(isTimeOut, place.watch === 'overdue');
      this.#failedWhileClosed(failing, now, spare);
    }
    this.#line?.serve(now);
  }

  #failedWhileClosed({ isFirstTry, because }: Failing, now: number, spare?: Spare): void {
    const evidence = this.#evidence;
    const isRatioReached = isFirstTry && this.#outcomes?.failed(now) === true;
    const tooMany = evidence.isTooMuch ? 'run' : isRatioReached ? 'ratio' : undefined;
    if (tooMany === undefined) return;
    if (!spare?.(tooMany)) return this.#trip(now, because);
    evidence.forget();
    this.#startAnew();
  }

  #failedInWindow(window: AttemptWindow, failing: Failing, now: number): void {
    const { isTimeOut, because, ranMs } = failing;
    const evidence = this.#evidence;
    // What was sent before the last cut is of the same event.
    const isOld = now - ranMs <= window.cutAt;
    evidence.failed(isTimeOut, isOld);
    if (isOld) return;
    if (!isTimeOut && evidence.isHopeless) {
      return this.#states.open(because, evidence.isRefusing, now);
    }
    if (!evidence.isTooMuch) return;
    evidence.startAnew();
    if (evidence.isAmidAnswers(now) || window.cut(now)) return;
    this.#states.open(because, evidence.isRefusing, now);
  }

  /** An attempt ended and says nothing; one that was aborted when it was overdue has timed out. */
  ended(place: Place, overdue: Failing | undefined, now: number): void {
    if (overdue && overdue.ranMs > this.#roundTrip.overdueAfterMs) {
      return this.failed(place, overdue, now);
    }
    this.#states.giveBack(place);
    this.#line?.serve(now);
  }

  /**
   * Begins as the circuit of one route of a key: takes over what is known, and the attempts that are
   * under way.
   *
   * @param failures - as for {@link Evidence.inherit}
   */
  inherit(key: AdaptiveCircuit, route: string, failures: number): void {
    this.#roundTrip.copy(key.#roundTrip);
    this.#evidence.inherit(key.#evidence, failures);
    for (const place of key.#states.inFlight) {
      const { admission } = place;
      if (admission?.route !== route) continue;
      place.twin = { judge: this, place: this.#states.inFlight.add(admission) };
    }
  }

  /** Opens it for a failure that others have judged. */
  trip(now: number, because: Classification): void {
    if (this.#states.current === CLOSED) this.#trip(now, because);
  }

  forceOpen(now: number): void {
    this.#states.forceOpen();
    this.#line?.serve(now);
  }

  /** Closes it and forgets what it has counted. */
  close(now: number): void {
    this.#startAnew();
    this.#evidence.forget();
    this.#states.close();
    this.#line?.serve(now);
  }

  snapshot(now: number): CircuitSnapshot {
    return this.#states.snapshot(now);
  }

  restore(snapshot: CircuitSnapshot, now: number): void {
    this.#startAnew();
    this.#states.restore(snapshot, now);
    this.#line?.serve(now);
  }

  #startAnew(): void {
    const { ratio } = this.#settings;
    this.#evidence.startAnew();
    this.#outcomes = ratio && new FailureWindow(ratio);
  }

  #countOverdue(now: number): void {
    const { overdueAfterMs } = this.#roundTrip;
    const { inFlight } = this.#states;
    const overdue = this.#watch.look(inFlight, overdueAfterMs, now);
    if (overdue > 0) this.#settings.foundOverdue?.(overdue, now);
    this.#evidence.overdue(overdue);
    if (!this.#evidence.isTooMuch) return;
    const { count } = inFlight;
    this.#trip(now, timedOut(Math.round(overdueAfterMs)));
    if (this.#states.outage) this.#states.outage.inFlight = count;
  }

  #trip(now: number, because: Classification): void {
    const states = this.#states;
    const { isRefusing, answeredAt } = this.#evidence;
    this.#startAnew();
    states.outage = new Outage(now, because, states.outage);
    // Where something still answers, nothing is stopped: no more comes until it is quick again.
    const isSilent = now - answeredAt > this.#roundTrip.silentAfterMs;
    if (isSilent || isRefusing) states.open(because, isRefusing, now);
    else states.hold(now);
  }
}
