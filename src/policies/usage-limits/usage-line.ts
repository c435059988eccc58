import { setAlarm, type Clock, type Timer } from '../../core/clock.ts';
import { WaitQueue } from '../../core/wait-queue.ts';
import { LeavingOrder } from '../rate-limit/leaving-order.ts';

/** A call that waits for what it needs. */
export interface UsageWaiter {
  readonly priority: number;
  readonly joinedAt: number;
  /** The last moment at which it is of use to the call. */
  readonly leavesAt: number;
  /** What it needs of each limit. */
  readonly units: readonly number[];
  hasLeft: boolean;
  /** Where a timer serves one call alone: its own, and when it rings. */
  alarm: Timer | undefined;
  ringsAt: number;
  go(): void;
  sendAway(): void;
}

/** What they wait for. */
export interface Supply<Waiter> {
  /** When somebody who needs this can go, after those who need `ahead`. */
  freeAt(now: number, units: readonly number[], ahead?: readonly number[]): number;
  /** The call may go: it takes what it needs. */
  take(now: number, waiter: Waiter): void;
}

/** One who has a timer of its own looks so often at most, in milliseconds. */
const LOOKS_EVERY_MS = 50;
/** A waiter whose own timer is so late, in milliseconds, ended with the request that it was set in. */
const GONE_AFTER_MS = 1000;

/**
 * The line of calls that wait: higher priority first, first come first served within a priority.
 * Nobody overtakes: a large call is not starved by small ones, and a small one waits for those before
 * it and no others. One timer serves all, and there is none while nobody waits. Where a timer ends
 * with the request that set it ({@link Clock.callsPerTimer}), each has its own.
 */
export class UsageLine<Waiter extends UsageWaiter> {
  readonly #clock: Clock;
  readonly #supply: Supply<Waiter>;
  readonly #queue = new WaitQueue<Waiter>();
  readonly #leaving = new LeavingOrder<Waiter>();
  /** What those of each priority need in all. */
  readonly #needed = new Map<number, number[]>();
  readonly #waitsAlone: boolean;
  #alarm: Timer | undefined;
  #ringsAt = Infinity;

  constructor(clock: Clock, supply: Supply<Waiter>) {
    this.#clock = clock;
    this.#supply = supply;
    this.#waitsAlone = clock.callsPerTimer === 'single';
  }

  get length(): number {
    if (this.#waitsAlone) this.#forgetGone();
    return this.#queue.length;
  }

  /** How long the first to come has waited, in milliseconds. */
  get longestWaitMs(): number {
    const now = this.#clock.now();
    let joinedAt = now;
    for (const waiter of this.#queue.firsts()) joinedAt = Math.min(joinedAt, waiter.joinedAt);
    return now - joinedAt;
  }

  /** When somebody who joined now, and needs this, would go, as far as can be told. */
  freeAt(now: number, units: readonly number[], priority: number): number {
    if (this.#queue.length === 0) return this.#supply.freeAt(now, units);
    let ahead = units.map(() => 0);
    for (const [level, needed] of this.#needed) {
      if (level >= priority) ahead = ahead.map((sum, index) => sum + (needed[index] ?? 0));
    }
    return this.#supply.freeAt(now, units, ahead);
  }

  join(waiter: Waiter): void {
    this.#queue.join(waiter, waiter.priority);
    this.#count(waiter, 1);
    if (this.#waitsAlone) return this.#waitAlone(waiter);
    if (waiter.leavesAt < Infinity) this.#leaving.add(waiter);
    this.#arm();
  }

  leave(waiter: Waiter): void {
    this.#remove(waiter);
    this.serve();
  }

  /** Lets those go whose turn it is, and sends those away who wait in vain. */
  serve(): void {
    if (this.#waitsAlone) return;
    const now = this.#clock.now();
    for (const waiter of this.#queue) {
      // Its moment has gone by: the timer was late.
      if (waiter.leavesAt < now) continue;
      if (this.#supply.freeAt(now, waiter.units) > now) break;
      this.#go(now, waiter);
    }
    for (let next = this.#leaving.first; next !== undefined; next = this.#leaving.first) {
      if (!next.hasLeft && next.leavesAt > now) break;
      this.#leaving.removeFirst();
      if (next.hasLeft) continue;
      this.#remove(next);
      next.sendAway();
    }
    this.#arm();
  }

  /** Nobody goes before this moment: those who cannot wait so long are told at once. */
  holdUntil(moment: number): void {
    for (const waiter of this.#queue) {
      if (waiter.leavesAt >= moment || this.#waitsAlone) continue;
      this.#remove(waiter);
      waiter.sendAway();
    }
    this.serve();
  }

  #go(now: number, waiter: Waiter): void {
    this.#remove(waiter);
    this.#supply.take(now, waiter);
    waiter.go();
  }

  #remove(waiter: Waiter): void {
    if (waiter.hasLeft) return;
    waiter.hasLeft = true;
    waiter.alarm?.cancel();
    this.#queue.leave(waiter);
    this.#count(waiter, -1);
    if (this.#queue.length === 0) this.#leaving.clear();
  }

  #count({ priority, units }: Waiter, sign: 1 | -1): void {
    if (this.#queue.firstOf(priority) === undefined) {
      this.#needed.delete(priority);
      return;
    }
    const needed = this.#needed.get(priority);
    const sums = units.map((amount, index) => (needed?.[index] ?? 0) + sign * amount);
    this.#needed.set(priority, sums);
  }

  #arm(): void {
    while (this.#leaving.first?.hasLeft) this.#leaving.removeFirst();
    const now = this.#clock.now();
    let ringsAt = this.#leaving.first?.leavesAt ?? Infinity;
    for (const { units } of this.#queue.firsts()) {
      ringsAt = Math.min(ringsAt, this.#supply.freeAt(now, units));
      break;
    }
    if (ringsAt === this.#ringsAt) return;
    this.#alarm?.cancel();
    this.#ringsAt = ringsAt;
    this.#alarm =
      ringsAt < Infinity ? setAlarm(this.#clock, () => this.#ring(), ringsAt) : undefined;
  }

  #ring(): void {
    this.#alarm = undefined;
    this.#ringsAt = Infinity;
    this.serve();
  }

  #waitAlone(waiter: Waiter): void {
    const now = this.#clock.now();
    const freeAt = Math.max(this.#supply.freeAt(now, waiter.units), now + LOOKS_EVERY_MS);
    waiter.ringsAt = Math.min(freeAt, waiter.leavesAt);
    waiter.alarm = setAlarm(this.#clock, () => this.#look(waiter), waiter.ringsAt);
  }

  #look(waiter: Waiter): void {
    this.#forgetGone();
    const now = this.#clock.now();
    const [first] = this.#queue.firsts();
    if (first === waiter && this.#supply.freeAt(now, waiter.units) <= now) {
      return this.#go(now, waiter);
    }
    if (now < waiter.leavesAt) return this.#waitAlone(waiter);
    this.#remove(waiter);
    waiter.sendAway();
  }

  #forgetGone(): void {
    const now = this.#clock.now();
    for (const waiter of this.#queue) {
      if (waiter.ringsAt + GONE_AFTER_MS <= now) this.#remove(waiter);
    }
  }
}
