/** What came in the last second is counted in tenths, … */
const SLOTS = 10;
const SHORT_SLOT_MS = 100;
/** … and what came in the last ten in seconds, for rates of which a second shows too little. */
const LONG_SLOT_MS = 1000;
/** So many within a second tell a rate. */
const ENOUGH = 5;
/** So many in all, and it is a rate to come back to. */
const SURE = 50;
/** A rate over less than this means nothing, in milliseconds. */
const SHORTEST_MS = 100;

/** How many a second are accepted at the moment: a rolling count. */
export class DeliveredRate {
  readonly #since: number;
  readonly #short = new RollingCount(SHORT_SLOT_MS);
  readonly #long = new RollingCount(LONG_SLOT_MS);
  #counted = 0;

  constructor(now: number) {
    this.#since = now;
  }

  /** Whether there have been enough to tell a rate. */
  get isEnough(): boolean {
    return this.#counted >= ENOUGH;
  }

  /** Whether there have been enough to come back to that rate later. */
  get isSure(): boolean {
    return this.#counted >= SURE;
  }

  count(now: number): void {
    this.#counted += 1;
    this.#short.count(now);
    this.#long.count(now);
  }

  perSecond(now: number): number {
    const ageMs = Math.max(now - this.#since, SHORTEST_MS);
    const ofSecond = this.#short.total(now);
    if (ofSecond >= ENOUGH) return (ofSecond * 1000) / Math.min(ageMs, this.#short.spanMs(now));
    return (this.#long.total(now) * 1000) / Math.min(ageMs, this.#long.spanMs(now));
  }
}

/** A count over the latest {@link SLOTS} slots of time. */
class RollingCount {
  readonly #slotMs: number;
  readonly #counts = new Uint32Array(SLOTS);
  #latest = 0;
  #total = 0;

  constructor(slotMs: number) {
    this.#slotMs = slotMs;
  }

  count(now: number): void {
    const slot = this.#advance(now);
    this.#counts[slot] = (this.#counts[slot] as number) + 1;
    this.#total += 1;
  }

  total(now: number): number {
    this.#advance(now);
    return this.#total;
  }

  /** How long the slots reach back: the latest has only begun. */
  spanMs(now: number): number {
    return (SLOTS - 1) * this.#slotMs + (now % this.#slotMs);
  }

  #advance(now: number): number {
    const latest = Math.floor(now / this.#slotMs);
    for (let passed = Math.min(latest - this.#latest, SLOTS); passed > 0; passed -= 1) {
      const slot = (latest - passed + 1) % SLOTS;
      this.#total -= this.#counts[slot] as number;
      this.#counts[slot] = 0;
    }
    this.#latest = Math.max(this.#latest, latest);
    return latest % SLOTS;
  }
}
