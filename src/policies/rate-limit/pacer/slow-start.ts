import type { Surroundings } from './growth.ts';

/** Up to so many a second it may be faster than twice what was accepted in the last second. */
const FAST_UP_TO = 10;

/**
 * How a rate is found where nothing is known of it: one more is on its way for each that is
 * accepted, until something is throttled. It doubles in each round trip, and later in each second:
 * what a server has saved up would hide its limit until the rate is far beyond it.
 */
export class SlowStart {
  /** The rate to begin with, per second. */
  readonly base: number;
  readonly #oneMorePerSecond: number;
  #rate: number;

  constructor(base: number, roundTripMs: number) {
    this.base = base;
    this.#oneMorePerSecond = 1000 / Math.max(roundTripMs, 1);
    this.#rate = base;
  }

  /** Whether it goes where the server was never seen to accept. */
  readonly isBack = true;

  /** One was accepted that the pace had held back. */
  accepted(): void {
    this.#rate += Math.min(this.#rate, this.#oneMorePerSecond);
  }

  hold(): void {}

  /** The rate that it has come to, per second. */
  rate({ deliveredPerSecond }: Pick<Surroundings, 'deliveredPerSecond'>): number {
    const most = Math.max(FAST_UP_TO, this.base, 2 * deliveredPerSecond);
    return (this.#rate = Math.min(this.#rate, most));
  }
}
