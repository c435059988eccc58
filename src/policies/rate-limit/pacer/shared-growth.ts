import type { Surroundings } from './growth.ts';

/** A cut takes so much of the rate, … */
const CUT = 0.15;
/** … and in each second so much of that rate is added again. */
const STEP_PER_SECOND = 0.025;

/**
 * How a rate comes back where other clients use the same limit: by the same step in each second.
 * A larger share of the limit meets more of its throttles, and so is cut more often; since it does
 * not grow more often, too, shares become alike.
 */
export class SharedGrowth {
  /** The rate after the cut, per second. */
  readonly base: number;
  readonly #since: number;
  readonly #ceiling: number;
  readonly #step: number;
  #rate: number;

  /** @param ceiling - the rate that failed, per second */
  constructor(now: number, ceiling: number) {
    this.#since = now;
    this.#ceiling = ceiling;
    this.base = ceiling * (1 - CUT);
    this.#rate = this.base;
    this.#step = STEP_PER_SECOND * ceiling;
  }

  /** Whether the rate has come back to the one that failed. */
  get isBack(): boolean {
    return this.#rate >= this.#ceiling;
  }

  accepted(): void {}

  hold(): void {}

  /** The rate that it has come to, per second. */
  rate({ now, deliveredPerSecond }: Surroundings): number {
    const seconds = (now - this.#since) / 1000;
    const grown = this.base + this.#step * seconds;
    const most = Math.max(this.#ceiling, 2 * deliveredPerSecond);
    return (this.#rate = Math.min(grown, most));
  }
}
