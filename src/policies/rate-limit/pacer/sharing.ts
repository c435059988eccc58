/** Each onset moves the share by so much. */
const SMOOTHING = 0.2;
/** So many of the onsets below a rate that was accepted before show other clients on the same limit. */
const MANY = 0.3;
/** At this rate, per second, the steps come as often as for one client alone. */
const UNCHANGED_AT = 25;
/** A slower rate is left alone: it shows too little. */
const SLOWEST = 16;

/**
 * Whether other clients use the same limit: throttles then come at rates that were accepted before.
 *
 * A larger share of the limit meets more of its throttles, and so is cut more often. If it did not
 * grow more often, too, shares would become equal. So there the steps of a rate come not after so
 * many accepted ones, but after a number that grows with the root of the rate.
 */
export class Sharing {
  #below = 0;

  /** @param isBelow - whether the rate was below the one that failed last */
  onset(isBelow: boolean): void {
    this.#below += SMOOTHING * (Number(isBelow) - this.#below);
  }

  /** After how many accepted ones the rate is back at `ceiling`, where `period` would do for one client alone. */
  periodAt(ceiling: number, period: number): number {
    if (this.#below < MANY || ceiling < SLOWEST) return period;
    return period * Math.sqrt(ceiling / UNCHANGED_AT);
  }
}
