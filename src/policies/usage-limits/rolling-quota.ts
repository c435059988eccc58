import { A_HAIR, type Charge, type Quota } from './quota.ts';

/** What was taken in one slice of time. */
interface SlicedCharge extends Charge {
  readonly slice: number;
}

/** A window is remembered in so many slices. */
const SLICES = 100;
/** What was taken in a slice counts until the window after the slice that follows it is over. */
const KEPT = SLICES + 2;

/**
 * A window that rolls: in any `perMs` at most `amount` settled units are taken, but for what calls
 * use beyond their charge. What was taken comes back all at once when its time is over, which is 1 to
 * 2 % later than it could be: an answer's way takes time, and there is one number for each slice.
 */
export class RollingQuota implements Quota {
  readonly amount: number;
  readonly unitsPerMs: number;
  readonly #perMs: number;
  readonly #sliceMs: number;
  readonly #slices = new Float64Array(KEPT);
  #newest = -Infinity;
  #used = 0;

  constructor(amount: number, perMs: number) {
    this.amount = amount;
    this.unitsPerMs = amount / perMs;
    this.#perMs = perMs;
    this.#sliceMs = perMs / SLICES;
  }

  level(now: number): number {
    this.#forget(now);
    return this.amount - this.#used;
  }

  freeAt(now: number, units: number, ahead = 0): number {
    const level = this.level(now);
    const needed = ahead + units;
    if (needed <= level + A_HAIR) return now;
    // Beyond a whole window everything comes back again and again.
    const windows = Math.max(0, Math.ceil(needed / this.amount - A_HAIR) - 1);
    let missing = needed - windows * this.amount - level;
    let slice = this.#newest - KEPT;
    while (missing > A_HAIR && slice < this.#newest) {
      slice += 1;
      missing -= this.#slices[slotOf(slice)] ?? 0;
    }
    return Math.max(now, (slice + KEPT) * this.#sliceMs) + windows * this.#perMs;
  }

  take(now: number, units: number): SlicedCharge {
    this.#forget(now);
    this.#add(this.#newest, units);
    return { units, slice: this.#newest };
  }

  settle({ slice, units }: SlicedCharge, now: number, used: number): void {
    this.#forget(now);
    if (slice <= this.#newest - KEPT) return;
    // A debt is paid within one window, whatever an answer says.
    this.#add(slice, Math.min(used - units, 2 * this.amount - this.#used));
  }

  lower(now: number, level: number, until = now + this.#perMs): void {
    const missing = this.level(now) - level;
    if (missing <= 0) return;
    const slice = Math.ceil(until / this.#sliceMs) - KEPT;
    this.#add(Math.min(Math.max(slice, this.#newest - KEPT + 1), this.#newest), missing);
  }

  isFull(now: number): boolean {
    return this.level(now) >= this.amount - A_HAIR;
  }

  #add(slice: number, units: number): void {
    const slot = slotOf(slice);
    this.#slices[slot] = (this.#slices[slot] ?? 0) + units;
    this.#used += units;
  }

  #forget(now: number): void {
    const slice = Math.floor(now / this.#sliceMs);
    if (slice >= this.#newest + KEPT) {
      this.#slices.fill(0);
      this.#used = 0;
      this.#newest = slice;
    }
    while (this.#newest < slice) {
      this.#newest += 1;
      const slot = slotOf(this.#newest);
      this.#used -= this.#slices[slot] ?? 0;
      this.#slices[slot] = 0;
    }
  }
}

/** Moments may be below 0 on some clocks. */
const slotOf = (slice: number): number => ((slice % KEPT) + KEPT) % KEPT;
