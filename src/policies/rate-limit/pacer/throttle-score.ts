/** So many first tries throttled in a row, or more than 4 % of them for a while, are too many. */
const TOO_MANY = 5;
/** One that is accepted makes up for so much of one that is throttled: 5 : 100 is more than 4 %. */
const RELIEF = 0.04;
/** Where throttles have turned out not to be about the rate, so many more are put up with, … */
const TOO_MANY_IF_TOLERATED = 25;
/** … and this many times the share that was seen, … */
const MARGIN = 1.5;
/** … for so long; then half of it. */
const TOLERANCE_HALVED_AFTER_MS = 60_000;

/** Whether more first tries are throttled than chance explains. */
export class ThrottleScore {
  #score = 0;
  #relief = RELIEF;
  #relievedOn = -Infinity;

  /** Whether nothing counts against the server. */
  get isZero(): boolean {
    return this.#score === 0;
  }

  /** Whether throttles are put up with, since they are not about the rate. */
  get isTolerant(): boolean {
    return this.#relief > RELIEF;
  }

  /** @returns whether these are too many now */
  throttled(): boolean {
    this.#score += 1;
    return this.#score >= (this.isTolerant ? TOO_MANY_IF_TOLERATED : TOO_MANY);
  }

  /** The next throttle will be one too many. */
  fill(): void {
    this.#score = Math.max(this.#score, TOO_MANY - 1);
  }

  accepted(now: number): void {
    if (this.isTolerant && now - this.#relievedOn > TOLERANCE_HALVED_AFTER_MS) {
      this.#relief = Math.max(RELIEF, this.#relief / 2);
      this.#relievedOn = now;
    }
    this.#score = Math.max(0, this.#score - this.#relief);
  }

  /** Begins anew. */
  clear(): void {
    this.#score = 0;
  }

  /**
   * Begins anew, and puts up with as many throttles as a slower pace did not prevent.
   *
   * @param perAccepted - throttles for each that was accepted
   */
  tolerate(now: number, perAccepted: number): void {
    this.#score = 0;
    this.#relief = Math.max(RELIEF, MARGIN * perAccepted);
    this.#relievedOn = now;
  }
}
