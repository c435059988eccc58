import { MAX_TIMER_MS, type Clock, type Timer } from '../../src/core/clock.ts';

/**
 * A clock without promises, for thousands of runs: `advance` fires what falls due, synchronously.
 * Timers may ring early or late by as much as a test says, as those of a platform do.
 */
export class ManualClock implements Clock {
  #now: number;
  #timers: { dueAt: number; wake: () => void }[] = [];
  readonly #offBy: () => number;

  /** @param offBy - by how many milliseconds the next timer rings late (or early, if negative) */
  constructor(offBy: () => number = () => 0, startAt = 0) {
    this.#offBy = offBy;
    this.#now = startAt;
  }

  now(): number {
    return this.#now;
  }

  epochNow(): number {
    return this.#now;
  }

  get pendingTimers(): number {
    return this.#timers.length;
  }

  setTimer(wake: () => void, delayMs: number): Timer {
    if (!(delayMs >= 0 && delayMs <= MAX_TIMER_MS))
      throw new RangeError(`a timer of ${delayMs} ms`);
    const timer = { dueAt: this.#now + Math.max(delayMs + this.#offBy(), 0), wake };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((one) => one !== timer);
      },
    };
  }

  advance(milliseconds: number): void {
    const target = this.#now + milliseconds;
    for (let next = this.#next(); next && next.dueAt <= target; next = this.#next())
      this.#fire(next);
    this.#now = target;
  }

  runAll(): void {
    for (let next = this.#next(); next; next = this.#next()) this.#fire(next);
  }

  #next() {
    return this.#timers.reduce<{ dueAt: number; wake: () => void } | undefined>(
      (first, timer) => (first === undefined || timer.dueAt < first.dueAt ? timer : first),
      undefined,
    );
  }

  #fire(timer: { dueAt: number; wake: () => void }): void {
    this.#timers = this.#timers.filter((one) => one !== timer);
    this.#now = Math.max(this.#now, timer.dueAt);
    timer.wake();
  }
}
