/** Each onset moves the share by so much. */
const SMOOTHING = 0.2;
/** So many of the onsets below a rate that was accepted before show other clients on the same limit. */
const MANY = 0.3;

/** Whether other clients use the same limit: throttles then come at rates that were accepted before. */
export class Sharing {
  #below = 0;

  /** Whether others use the limit, as far as throttles show it. */
  get isShown(): boolean {
    return this.#below >= MANY;
  }

  /** @param isBelow - whether the rate was below the one that failed last */
  onset(isBelow: boolean): void {
    this.#below += SMOOTHING * (Number(isBelow) - this.#below);
  }
}
