import { setAlarm, type Clock, type Timer } from '../../core/clock.ts';
import { WaitQueue } from '../../core/wait-queue.ts';
import { LeavingOrder } from '../rate-limit/leaving-order.ts';

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

/** A waiter in line. */
interface Standing {
  readonly waiter: PlaceWaiter;
  readonly leavesAt: number;
  hasLeft: boolean;
  /** Where a timer serves one call alone: its own, and when it rings. */
  alarm: Timer | undefined;
  ringsAt: number;
}

/** So often, in milliseconds, one who has a timer of its own looks for a place. */
const LOOKS_EVERY_MS = 50;
/** A waiter whose own timer is so late, in milliseconds, ended with the request that it was set in. */
const GONE_AFTER_MS = 1000;

/**
 * Those who wait for a place: higher priority first, first come first served within a priority. There
 * is one timer, and only while somebody waits. Where a timer ends with the request that set it
 * ({@link Clock.callsPerTimer}), nobody can be woken by another: each looks for a place by itself.
 */
export class PlaceLine {
  readonly #clock: Clock;
  readonly #places: FreePlaces;
  readonly #queue = new WaitQueue<Standing>();
  readonly #standings = new Map<PlaceWaiter, Standing>();
  readonly #leaving = new LeavingOrder<Standing>();
  readonly #waitsAlone: boolean;
  #alarm: Timer | undefined;
  #ringsAt = Infinity;

  constructor(clock: Clock, places: FreePlaces) {
    this.#clock = clock;
    this.#places = places;
    this.#waitsAlone = clock.callsPerTimer === 'single';
  }

  get length(): number {
    if (this.#waitsAlone && this.#queue.length > 0) this.#forgetGone();
    return this.#queue.length;
  }

  /** How many would go before somebody who joined now. */
  ahead(priority: number): number {
    return this.#queue.ahead(priority);
  }

  /** How long the first to come has waited, in milliseconds. */
  longestWaitMs(now: number): number {
    let joinedAt = now;
    for (const { waiter } of this.#queue.firsts()) joinedAt = Math.min(joinedAt, waiter.joinedAt);
    return now - joinedAt;
  }

  join(waiter: PlaceWaiter): void {
    const { priority, leavesAt } = waiter;
    const standing: Standing = {
      waiter,
      leavesAt,
      hasLeft: false,
      alarm: undefined,
      ringsAt: Infinity,
    };
    this.#standings.set(waiter, standing);
    this.#queue.join(standing, priority);
    if (this.#waitsAlone) return this.#waitAlone(standing);
    if (leavesAt === Infinity) return;
    this.#leaving.add(standing);
    this.#arm();
  }

  leave(waiter: PlaceWaiter): void {
    const standing = this.#standings.get(waiter);
    if (standing === undefined) return;
    this.#remove(standing);
    this.#arm();
  }

  /** Gives free places to those whose turn it is. */
  serve(): void {
    if (this.#waitsAlone || this.#queue.length === 0) return;
    for (const standing of this.#queue) {
      if (!this.#places.take()) break;
      this.#remove(standing);
      standing.waiter.go();
    }
    this.#arm();
  }

  #remove(standing: Standing): void {
    standing.hasLeft = true;
    standing.alarm?.cancel();
    this.#standings.delete(standing.waiter);
    this.#queue.leave(standing);
    if (this.#queue.length === 0) this.#leaving.clear();
  }

  #waitAlone(standing: Standing): void {
    const { waiter, leavesAt } = standing;
    standing.ringsAt = Math.min(this.#clock.now() + LOOKS_EVERY_MS, leavesAt);
    standing.alarm = setAlarm(this.#clock, () => this.#look(standing, waiter), standing.ringsAt);
  }

  #look(standing: Standing, waiter: PlaceWaiter): void {
    this.#forgetGone();
    const mayGo = this.#isTurnOf(standing) && this.#places.take();
    if (!mayGo && this.#clock.now() < standing.leavesAt) return this.#waitAlone(standing);
    this.#remove(standing);
    if (mayGo) waiter.go();
    else waiter.sendAway();
  }

  /** Whether there are places for all who stand before. */
  #isTurnOf(standing: Standing): boolean {
    let { free } = this.#places;
    for (const one of this.#queue) {
      if (free <= 0) return false;
      if (one === standing) return true;
      free -= 1;
    }
    return false;
  }

  #forgetGone(): void {
    const now = this.#clock.now();
    for (const standing of this.#standings.values()) {
      if (standing.ringsAt + GONE_AFTER_MS <= now) this.#remove(standing);
    }
  }

  #arm(): void {
    while (this.#leaving.first?.hasLeft) this.#leaving.removeFirst();
    const ringsAt = this.#leaving.first?.leavesAt ?? Infinity;
    if (ringsAt === this.#ringsAt) return;
    this.#alarm?.cancel();
    this.#ringsAt = ringsAt;
    this.#alarm =
      ringsAt < Infinity ? setAlarm(this.#clock, () => this.#ring(), ringsAt) : undefined;
  }

  #ring(): void {
    this.#alarm = undefined;
    this.#ringsAt = Infinity;
    const now = this.#clock.now();
    for (let next = this.#leaving.first; next !== undefined; next = this.#leaving.first) {
      if (!next.hasLeft && next.leavesAt > now) break;
      this.#leaving.removeFirst();
      if (next.hasLeft) continue;
      this.#remove(next);
      next.waiter.sendAway();
    }
    this.#arm();
  }
}
