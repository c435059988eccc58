import { A_HAIR, type Charge, type Quota } from './quota.ts';

/** A charge that is not settled yet. */
export interface OpenCharge extends Charge {
  readonly number: number;
  /** The least that was missing of a full bucket since it was taken: no more than this can come back. */
  headroom: number;
}

/** Where a server throttles all the same it gives less than is configured: so much is tried next, … */
const SLOWER = 0.9;
/** … and so much more after each call that it accepts: some 30 throttles in 1,000 calls. */
const FASTER = 0.002;
const LEAST_SHARE = 0.05;
/** More charges than this are never open at once, unless nobody reads the answers. */
const MAX_OPEN = 10_000;

/**
 * A token bucket in units: it refills evenly, and holds `burst` at most. In any window of t at most
 * `burst` + `amount` ÷ `perMs` × t settled units are taken, but for what calls use beyond their
 * charge, and for a single call that costs more than `burst`.
 *
 * A settled charge counts as if its call had taken from the beginning what it used. So what the
 * bucket would have lost meanwhile, since it was full, does not come back.
 */
export class RefillingQuota implements Quota {
  readonly amount: number;
  readonly #fullRate: number;
  readonly #burst: number;
  #level: number;
  #filledAt = -Infinity;
  /** The share of the rate at which it refills, since the server gives less. */
  #share = 1;
  #latest = 0;
  /** In the order in which they were taken. */
  readonly #open = new Set<OpenCharge>();

  constructor(amount: number, perMs: number, burst: number) {
    this.amount = amount;
    this.#fullRate = amount / perMs;
    this.#burst = burst;
    this.#level = burst;
  }

  get unitsPerMs(): number {
    return this.#share * this.#fullRate;
  }

  level(now: number): number {
    this.#fill(now);
    return this.#level;
  }

  freeAt(now: number, units: number, ahead = 0): number {
    const missing = ahead + Math.min(units, this.#burst) - this.level(now);
    return missing <= A_HAIR ? now : now + missing / this.unitsPerMs;
  }

  take(now: number, units: number): OpenCharge {
    this.#fill(now);
    this.#level -= units;
    this.#latest += 1;
    const charge = { units, number: this.#latest, headroom: this.#burst - this.#level };
    this.#open.add(charge);
    if (this.#open.size > MAX_OPEN) this.#forgetOldest();
    return charge;
  }

  settle(charge: OpenCharge, now: number, used: number): void {
    this.#fill(now);
    const isOpen = this.#open.delete(charge);
    const rest = charge.units - used;
    if (rest <= 0) {
      // A debt is paid within one window, whatever an answer says.
      this.#level = Math.max(this.#level + rest, -this.amount);
      return;
    }
    if (!isOpen) return;
    const back = Math.min(rest, charge.headroom);
    this.#level += back;
    // Since it was taken the bucket has been so much fuller than was known.
    for (const other of this.#open) {
      const headroom =
        other.number > charge.number
          ? other.headroom - back
          : Math.min(other.headroom, charge.headroom - back);
      this.#limit(other, headroom);
    }
  }

  lower(now: number, level: number): void {
    this.#fill(now);
    this.#level = Math.min(this.#level, level);
  }

  slowDown(now: number): void {
    this.#fill(now);
    this.#share = Math.max(SLOWER * this.#share, LEAST_SHARE);
  }

  speedUp(now: number): void {
    if (this.#share === 1) return;
    this.#fill(now);
    this.#share = Math.min(this.#share + FASTER, 1);
  }

  isFull(now: number): boolean {
    return this.level(now) >= this.#burst - A_HAIR;
  }

  #forgetOldest(): void {
    for (const oldest of this.#open) {
      this.#open.delete(oldest);
      return;
    }
  }

  #fill(now: number): void {
    if (now <= this.#filledAt) return;
    const come = this.#filledAt === -Infinity ? 0 : (now - this.#filledAt) * this.unitsPerMs;
    this.#level = Math.min(this.#level + come, this.#burst);
    this.#filledAt = now;
    const missing = this.#burst - this.#level;
    for (const charge of this.#open) {
      if (missing < charge.headroom) this.#limit(charge, missing);
    }
  }

  #limit(charge: OpenCharge, headroom: number): void {
    charge.headroom = headroom;
    if (headroom <= A_HAIR) this.#open.delete(charge);
  }
}
