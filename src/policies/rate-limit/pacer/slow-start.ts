/**
 * How a rate is found where nothing is known of it: one more is on its way for each that is
 * accepted, so that it doubles in each round trip, until something is throttled.
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
  rate(): number {
    return this.#rate;
  }
}
