/**
 * The latest cut of a pace. Answers to what started before are of the same flight, and say nothing
 * new.
 */
export class LatestCut {
  #at = -Infinity;
  /** How many were accepted that started since. */
  accepted = 0;

  isBefore(startedOn: number): boolean {
    return startedOn >= this.#at;
  }

  cut(now: number): void {
    this.#at = now;
    this.accepted = 0;
  }
}
