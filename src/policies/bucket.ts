import { setAlarm, type Clock, type Timer } from '../core/clock.ts';
import { WaitingLine } from '../core/waiting-line.ts';
import type { Pace, Token } from './pace.ts';

/** Somebody who waits for a token. */
export interface Waiter {
  /** The moment after which a token is of no use to them. */
  readonly leavesAt: number;
  readonly grant: (token: Token) => void;
  /** Tells them that no token will come in time, and when one comes. */
  readonly sendAway: (waitMs: number) => void;
}

/**
 * One key's tokens and the line of those who wait for them. Time is asked for and never kept: an
 * idle bucket has no timer, and one with waiters has one.
 */
export class Bucket {
  readonly pace: Pace;
  readonly #clock: Clock;
  readonly #line = new WaitingLine<Waiter>();
  #alarm: Timer | undefined;

  constructor(clock: Clock, pace: Pace) {
    this.#clock = clock;
    this.pace = pace;
  }

  get waiting(): number {
    return this.#line.length;
  }

  /** Whether forgetting this bucket loses nothing. */
  get idle(): boolean {
    return this.#line.length === 0 && this.pace.isFull(this.#clock.now());
  }

  /** Takes a token if one is free and nobody waits for it. */
  tryTake(): Token | undefined {
    return this.#line.length === 0 ? this.pace.tryTake(this.#clock.now()) : undefined;
  }

  /** How long somebody who joined the line now would wait, in milliseconds. */
  estimateMs(priority: number): number {
    const now = this.#clock.now();
    return this.pace.freeAt(now, this.#line.ahead(priority)) - now;
  }

  join(waiter: Waiter, priority: number): void {
    this.#line.join(waiter, priority);
    this.#arm();
  }

  leave(waiter: Waiter): void {
    if (this.#line.leave(waiter) && this.#line.length === 0) this.#disarm();
  }

  /** Puts back the token of a call that was never sent. */
  giveBack(token: Token): void {
    this.pace.giveBack(token, this.#clock.now());
    this.#rearm();
  }

  /**
   * Lets nothing through for `pauseMs`, and then one after the other. Whoever waits and would now
   * wait too long is sent away at once.
   */
  pause(pauseMs: number): void {
    const now = this.#clock.now();
    const wasFreeAt = this.pace.freeAt(now, 0);
    this.pace.pause(now, pauseMs);
    const freeAt = this.pace.freeAt(now, 0);
    if (freeAt === wasFreeAt) return;
    for (const waiter of this.#line) {
      if (waiter.leavesAt >= freeAt) continue;
      this.#line.leave(waiter);
      waiter.sendAway(freeAt - now);
    }
    this.#rearm();
  }

  #rearm(): void {
    this.#disarm();
    this.#arm();
  }

  #arm(): void {
    if (this.#alarm !== undefined || this.#line.length === 0) return;
    const freeAt = this.pace.freeAt(this.#clock.now(), 0);
    this.#alarm = setAlarm(this.#clock, () => this.#serve(), freeAt);
  }

  #disarm(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
  }

  #serve(): void {
    this.#alarm = undefined;
    const now = this.#clock.now();
    while (this.#line.length > 0) {
      const token = this.pace.tryTake(now);
      if (token === undefined) break;
      this.#line.shift()?.grant(token);
    }
    this.#arm();
  }
}
