import { MAX_TIMER_MS, setAlarm, type Clock, type Timer } from './clock.ts';

/** One deadline that has been set. */
export interface Deadline {
  readonly dueAt: number;
  readonly pass: () => void;
  /** Its own timer, where none can be shared. */
  readonly alarm?: Timer | undefined;
}

/**
 * Deadlines that are all the same distance away, so that the first to come is the first to fall
 * due: however many calls wait, there is one timer, and none when nobody waits. Only where a timer
 * ends with the request that set it has each its own ({@link Clock.callsPerTimer}).
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  // A Set keeps the order of arrival and forgets any member in constant time.
  readonly #deadlines = new Set<Deadline>();
  readonly #ring = (): void => this.#passThoseDue();
  #timer: Timer | undefined;

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** Calls `pass` once `timeoutMs` have gone by since `now`, unless the deadline is removed first. */
  add(now: number, pass: () => void): Deadline {
    const dueAt = now + this.#timeoutMs;
    if (this.#clock.callsPerTimer === 'single') {
      return { dueAt, pass, alarm: setAlarm(this.#clock, pass, dueAt) };
    }
    const deadline: Deadline = { dueAt, pass };
    this.#deadlines.add(deadline);
    if (this.#timer === undefined) this.#arm(this.#timeoutMs);
    return deadline;
  }

  remove(deadline: Deadline): void {
    if (deadline.alarm !== undefined) return deadline.alarm.cancel();
    this.#deadlines.delete(deadline);
    if (this.#deadlines.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  // A platform timer may be early and cannot be far off; it is the clock that says whether it is time.
  #arm(delayMs: number): void {
    this.#timer = this.#clock.setTimer(this.#ring, Math.min(Math.ceil(delayMs), MAX_TIMER_MS));
  }

  #passThoseDue(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    const due: Deadline[] = [];
    for (const deadline of this.#deadlines) {
      if (deadline.dueAt > now) {
        this.#arm(deadline.dueAt - now);
        break;
      }
      this.#deadlines.delete(deadline);
      due.push(deadline);
    }
    // Last, since what passes may lead to a new call, whose deadline then finds the timer in order.
    for (const deadline of due) deadline.pass();
  }
}
