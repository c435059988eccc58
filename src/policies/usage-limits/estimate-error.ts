/** Each settled call moves what is known of the estimates by so much. */
const SMOOTHING = 1 / 16;
/** So many mean deviations above the mean nearly nobody is, as with the time-outs of TCP (RFC 6298). */
const DEVIATIONS = 3;
/** One call that used a hundred times its estimate is odd; ten of them are not. */
const MAX_RATIO = 4;
/** Before anything is known, twice the estimate is taken. */
const FIRST_DEVIATION = 1 / 3;

/**
 * How wrong the estimates of a limit are: what calls used, for each unit of their estimate. A call
 * takes so much more than its estimate that few calls use more than they took. What is too much comes
 * back when the call is settled.
 */
export class EstimateError {
  #mean = 1;
  #deviation = FIRST_DEVIATION;
  #meanUsed: number | undefined;

  /** How many units are taken for each unit of an estimate, at least 1. */
  get factor(): number {
    return Math.max(1, this.#mean + DEVIATIONS * this.#deviation);
  }

  /** What a call uses for which there is no estimate; 1 before any was settled. */
  get usual(): number {
    return this.#meanUsed ?? 1;
  }

  /** A call has used so much. */
  note(estimate: number, used: number): void {
    this.#meanUsed = (this.#meanUsed ?? used) + SMOOTHING * (used - (this.#meanUsed ?? used));
    if (!(estimate > 0)) return;
    const ratio = Math.min(used / estimate, MAX_RATIO);
    this.#deviation += SMOOTHING * (Math.abs(ratio - this.#mean) - this.#deviation);
    this.#mean += SMOOTHING * (ratio - this.#mean);
  }
}
