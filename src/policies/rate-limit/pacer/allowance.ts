/** One throttle is put up with for each so many accepted. */
const ACCEPTED_FOR_ONE = 150;

/** How many throttles are put up with, since they may be chance: one at most. */
export class Allowance {
  #saved = 0;

  accepted(): void {
    this.#saved = Math.min(1, this.#saved + 1 / ACCEPTED_FOR_ONE);
  }

  /** @returns whether this throttle was put up with */
  spend(): boolean {
    const isEnough = this.#saved === 1;
    this.#saved = 0;
    return isEnough;
  }
}
