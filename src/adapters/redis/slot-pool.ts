import { leewayMs, type LeaseTerms } from './lease-terms.ts';
import type { Slots } from './slots.ts';

type Held = { -readonly [Field in keyof Slots]: Slots[Field] };

/** The slots that this process holds, the earliest first. It drops those that have expired. */
export class SlotPool {
  readonly #terms: LeaseTerms;
  readonly #held: Held[] = [];
  #left = 0;

  constructor(terms: LeaseTerms) {
    this.#terms = terms;
  }

  /** How many slots are held, some of which may have expired. */
  get left(): number {
    return this.#left;
  }

  /** The moment at which the last slot may still be used; `-Infinity` where none is held. */
  get endsAt(): number {
    let latest = -Infinity;
    for (const { start, count, spacing } of this.#held) {
      latest = Math.max(latest, start + (count - 1) * spacing);
    }
    return latest + this.#terms.validMs;
  }

  add(slots: Slots): void {
    let place = this.#held.length;
    while (place > 0 && (this.#held[place - 1] as Held).start > slots.start) place -= 1;
    this.#held.splice(place, 0, { ...slots });
    this.#left += slots.count;
  }

  /** Takes slots for `weight` tokens, if so many may be used now. */
  take(now: number, weight: number): Slots | undefined {
    this.#dropExpired(now);
    const head = this.#held[0];
    const dueBy = now + leewayMs(this.#terms, weight);
    if (head === undefined || head.start > dueBy) return undefined;
    const { start, spacing } = head;
    if (weight === 1 || (head.count >= weight && start + (weight - 1) * spacing <= dueBy)) {
      this.#takeFrom(head, weight);
      return { start, count: weight, spacing };
    }
    return this.#takeFromSeveral(dueBy, weight);
  }

  /**
   * The moment at which slots for `weight` tokens may be used together; `undefined` where too few are
   * held, or the first of them expire before the last is due.
   */
  nextAt(now: number, weight: number): number | undefined {
    this.#dropExpired(now);
    if (weight === 1) return this.#held[0]?.start;
    const leeway = leewayMs(this.#terms, weight);
    for (let [first, skipped] = [0, 0]; first < this.#held.length;) {
      const { start, count, spacing } = this.#held[first] as Held;
      const latest = this.#lastOf(weight + skipped, first);
      if (latest === undefined) return undefined;
      const late = latest - leeway - this.#terms.validMs - (start + skipped * spacing);
      if (late <= ROUNDING_MS) return latest - leeway;
      skipped += Math.ceil(late / spacing);
      if (skipped >= count) [first, skipped] = [first + 1, 0];
    }
    return undefined;
  }

  /** Gives up what may not be used at this moment yet, all but `kept` slots. */
  giveUp(now: number, kept: number): Slots[] {
    this.#dropExpired(now);
    const givenUp: Slots[] = [];
    for (let place = this.#held.length - 1; place >= 0 && this.#left > kept; place -= 1) {
      const held = this.#held[place] as Held;
      const { start, spacing } = held;
      const due = start > now ? 0 : Math.floor((now - start) / spacing) + 1;
      const count = Math.min(held.count - due, this.#left - kept);
      if (count <= 0) continue;
      held.count -= count;
      this.#left -= count;
      givenUp.push({ start: start + held.count * spacing, count, spacing });
      if (held.count === 0) this.#held.splice(place, 1);
    }
    return givenUp;
  }

  #takeFrom(held: Held, count: number): void {
    held.start += count * held.spacing;
    held.count -= count;
    this.#left -= count;
    if (held.count === 0) this.#held.splice(this.#held.indexOf(held), 1);
  }

  /** The moment of the last of `count` slots, counted from those of one place on. */
  #lastOf(count: number, place: number): number | undefined {
    let missing = count;
    for (const held of this.#held.slice(place)) {
      if (held.count >= missing) return held.start + (missing - 1) * held.spacing;
      missing -= held.count;
    }
    return undefined;
  }

  #takeFromSeveral(dueBy: number, weight: number): Slots | undefined {
    const due = this.#held.map(({ start, count, spacing }) =>
      start > dueBy ? 0 : Math.min(count, Math.floor((dueBy - start) / spacing) + 1),
    );
    if (due.reduce((sum, count) => sum + count, 0) < weight) return undefined;
    let missing = weight;
    for (const [place, held] of [...this.#held].entries()) {
      const used = Math.min(due[place] ?? 0, missing);
      if (used > 0) this.#takeFrom(held, used);
      missing -= used;
    }
    // Slots of several leases are not worth putting together again: nobody can give them back.
    return NOTHING;
  }

  // Leases are parts of one schedule and do not overlap: the earliest slots are those of the head.
  #dropExpired(now: number): void {
    for (let head = this.#held[0]; head !== undefined; head = this.#held[0]) {
      const late = now - this.#terms.validMs - head.start;
      if (late <= ROUNDING_MS) return;
      this.#takeFrom(head, Math.min(head.count, Math.ceil(late / head.spacing)));
    }
  }
}

/** The store rounds its moments to so much, in milliseconds. */
const ROUNDING_MS = 0.001;

/** No slot at all. */
export const NOTHING: Slots = Object.freeze({ start: 0, count: 0, spacing: 1 });
