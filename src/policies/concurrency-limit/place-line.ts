import type { Clock } from '../../core/clock.ts';
import { WaitQueue } from '../../core/wait-queue.ts';
import { WaitingLine, type Standing } from '../../core/waiting-line.ts';

/** Somebody who waits for a place. */
export interface PlaceWaiter {
  readonly priority: number;
  readonly joinedAt: number;
  /** The moment from which a place is of no use to them any more. */
  readonly leavesAt: number;
  /** The place is theirs. */
  readonly go: () => void;
  /** They have waited for as long as they may. */
  readonly sendAway: () => void;
}

/** The places that they wait for. */
export interface FreePlaces {
  /** How many are free. */
  readonly free: number;
  /** Takes one, if any is free. */
  take(): boolean;
}

/** So often, in milliseconds, one who has a timer of its own looks for a place. */
const LOOKS_EVERY_MS = 50;
/**
 * Those who wait for a place: higher priority first, first come first served within a priority. There
 * is one timer, and only while somebody waits. Where a timer ends with the request that set it
 * ({@link Clock.callsPerTimer}), nobody can be woken by another: each looks for a place by itself.
 */
export class PlaceLine {
  readonly #clock: Clock;
  readonly #places: FreePlaces;
  readonly #line: WaitingLine<PlaceWaiter, WaitQueue<Standing<PlaceWaiter>>>;

  constructor(clock: Clock, places: FreePlaces) {
    this.#clock = clock;
    this.#places = places;
    const queue = new WaitQueue<Standing<PlaceWaiter>>();
    this.#line = new WaitingLine(clock, queue, () => this.#dismissLate());
  }

  get #queue(): WaitQueue<Standing<PlaceWaiter>> {
    return this.#line.queue;
  }

  get length(): number {
    this.#line.forgetGone();
    return this.#queue.length;
  }

  /** How many would go before somebody who joined now. */
  ahead(priority: number): number {
    return this.#queue.ahead(priority);
  }

  /** How long the first to come has waited, in milliseconds. */
  longestWaitMs(now: number): number {
    let joinedAt = now;
    for (const first of this.#queue.firsts()) joinedAt = Math.min(joinedAt, first.joinedAt);
    return now - joinedAt;
  }

  join(waiter: PlaceWaiter): void {
    const standing = this.#line.stand(waiter, waiter.joinedAt);
    this.#queue.join(standing, waiter.priority);
    if (this.#line.waitsAlone) this.#waitAlone(standing);
    else this.#arm();
  }

  leave(waiter: PlaceWaiter): void {
    this.#line.leave(waiter);
    this.#arm();
  }

  /** Gives free places to those whose turn it is. */
  serve(): void {
    if (this.#line.waitsAlone || this.#queue.length === 0) return;
    for (const standing of this.#queue) {
      if (!this.#places.take()) break;
      this.#line.remove(standing);
      standing.waiter.go();
    }
    this.#arm();
  }

  #waitAlone(standing: Standing<PlaceWaiter>): void {
    const looksAt = this.#clock.now() + LOOKS_EVERY_MS;
    this.#line.wakeAlone(standing, looksAt, () => this.#look(standing));
  }

  #look(standing: Standing<PlaceWaiter>): void {
    this.#line.forgetGone();
    const mayGo = this.#isTurnOf(standing) && this.#places.take();
    if (!mayGo && this.#clock.now() < standing.leavesAt) return this.#waitAlone(standing);
    this.#line.remove(standing);
    if (mayGo) standing.waiter.go();
    else standing.waiter.sendAway();
  }

  /** Whether there are places for all who stand before. */
  #isTurnOf(standing: Standing<PlaceWaiter>): boolean {
    let { free } = this.#places;
    for (const one of this.#queue) {
      if (free <= 0) return false;
      if (one === standing) return true;
      free -= 1;
    }
    return false;
  }

  #dismissLate(): void {
    this.#line.dismissLate(this.#clock.now(), (late) => {
      this.#line.remove(late);
      late.waiter.sendAway();
    });
    this.#arm();
  }

  /** A place that comes free wakes the line by itself: time only sends away. */
  #arm(): void {
    this.#line.wakeAt(Infinity);
  }
}
