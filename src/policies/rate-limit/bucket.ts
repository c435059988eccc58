import { setAlarm, type Clock, type Timer } from '../../core/clock.ts';
import { WaitQueue } from '../../core/wait-queue.ts';
import type { Pace, Token } from './pace.ts';

/** Somebody who waits for a token. */
export interface Waiter {
  /** The last moment at which a token is of use to them. */
  readonly leavesAt: number;
  readonly grant: (token: Token) => void;
  /** Tells them that no token will come in time, and when one comes. */
  readonly sendAway: (waitMs: number) => void;
}

/** Where a timer serves one call alone: that of a waiter, and when it rings. */
interface OwnAlarm {
  readonly timer: Timer;
  readonly dueAt: number;
}

/** A waiter whose own timer is so late, in milliseconds, ended with the request that it was set in. */
const GONE_AFTER_MS = 1000;

/**
 * One key's tokens and the line of those who wait for them. Time is asked for and never kept: an
 * idle bucket has no timer, and one with waiters has one.
 *
 * Where a timer ends with the request that set it ({@link Clock.callsPerTimer}), a promise should
 * be settled by its own request too. There every waiter has a timer, and takes its token by itself
 * at the moment that its place in line was worth.
 */
export class Bucket {
  readonly pace: Pace;
  readonly #clock: Clock;
  readonly #line = new WaitQueue<Waiter>();
  readonly #ownAlarms = new Map<Waiter, OwnAlarm>();
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
    this.#forgetGone(now);
    return this.pace.freeAt(now, this.#line.ahead(priority)) - now;
  }

  join(waiter: Waiter, priority: number): void {
    const alone = this.#clock.callsPerTimer === 'single';
    if (alone) this.#waitAlone(waiter, this.#clock.now() + this.estimateMs(priority));
    this.#line.join(waiter, priority);
    if (!alone) this.#arm();
  }

  leave(waiter: Waiter): void {
    this.#ownAlarms.get(waiter)?.timer.cancel();
    this.#ownAlarms.delete(waiter);
    if (this.#line.leave(waiter) && this.#line.length === 0) this.#disarm();
  }

  /** Puts back the token of a call that was never sent. */
  giveBack(token: Token): void {
    this.pace.giveBack(token, this.#clock.now());
    this.#rearm();
  }

  /**
   * Lets nothing through for `pauseMs`, and then one after the other. A waiter who would now
   * wait too long is sent away at once.
   */
  pause(pauseMs: number): void {
    const now = this.#clock.now();
    const wasFreeAt = this.pace.freeAt(now, 0);
    this.pace.pause(now, pauseMs);
    const freeAt = this.pace.freeAt(now, 0);
    // Who waits alone finds out when its own timer rings.
    if (freeAt === wasFreeAt || this.#ownAlarms.size > 0) return;
    let ahead = 0;
    for (const waiter of this.#line) {
      const servedAt = this.pace.freeAt(now, ahead);
      if (waiter.leavesAt >= servedAt) {
        ahead += 1;
      } else {
        this.#line.leave(waiter);
        waiter.sendAway(servedAt - now);
      }
    }
    this.#rearm();
  }

  #waitAlone(waiter: Waiter, dueAt: number): void {
    const ring = () => {
      const now = this.#clock.now();
      const token = this.pace.tryTake(now);
      const freeAt = this.pace.freeAt(now, 0);
      if (token === undefined && freeAt <= waiter.leavesAt) return this.#waitAlone(waiter, freeAt);
      this.leave(waiter);
      if (token === undefined) waiter.sendAway(freeAt - now);
      else waiter.grant(token);
    };
    this.#ownAlarms.set(waiter, { timer: setAlarm(this.#clock, ring, dueAt), dueAt });
  }

  #forgetGone(now: number): void {
    for (const [waiter, { dueAt }] of this.#ownAlarms) {
      if (dueAt + GONE_AFTER_MS > now) continue;
      this.#ownAlarms.delete(waiter);
      this.#line.leave(waiter);
    }
  }

  #rearm(): void {
    if (this.#ownAlarms.size > 0) return;
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
    for (const waiter of this.#line) {
      // Its deadline has come too: the timer of this bucket was merely the first to fire.
      const isLate = waiter.leavesAt < now;
      const token = isLate ? undefined : this.pace.tryTake(now);
      if (token === undefined && !isLate) break;
      this.#line.leave(waiter);
      if (token === undefined) waiter.sendAway(0);
      else waiter.grant(token);
    }
    this.#arm();
  }
}
