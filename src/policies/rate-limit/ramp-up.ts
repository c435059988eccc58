/** The first attempts after a stop come at least so many a second, … */
const SLOWEST_PER_SECOND = 10;
/** … twice as many after each second, … */
const DOUBLED_EVERY_MS = 1000;
/** … and after so many doublings nothing is held back any more. */
const DOUBLINGS = 6;

/**
 * After a stop traffic comes back at the rate from before, and faster and faster, instead of all at
 * once.
 */
export class RampUp {
  readonly #startedOn: number;
  readonly #perSecond: number;
  #nextAt: number;

  /** @param ratePerSecond - how many were accepted before the stop */
  constructor(now: number, ratePerSecond: number) {
    this.#startedOn = now;
    this.#nextAt = now;
    this.#perSecond = Math.max(ratePerSecond, SLOWEST_PER_SECOND);
  }

  /** The moment at which one with `ahead` others before it may start. */
  freeAt(now: number, ahead: number): number {
    const from = Math.max(this.#nextAt, now);
    if (ahead === 0) return from;
    // The integral of a rate that doubles, solved for the time at which `ahead` have gone.
    const doublings = (from - this.#startedOn) / DOUBLED_EVERY_MS;
    const share = (ahead * Math.LN2 * 1000) / (this.#perSecond * DOUBLED_EVERY_MS);
    const then = Math.min(Math.log2(2 ** Math.min(doublings, DOUBLINGS) + share), DOUBLINGS);
    return Math.max(from, this.#startedOn + then * DOUBLED_EVERY_MS);
  }

  /** One starts now. */
  took(now: number): void {
    const doublings = (now - this.#startedOn) / DOUBLED_EVERY_MS;
    this.#nextAt = now + 1000 / (this.#perSecond * 2 ** doublings);
  }

  isOver(now: number): boolean {
    return now >= this.#startedOn + DOUBLINGS * DOUBLED_EVERY_MS;
  }
}
