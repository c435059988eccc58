import { Gcra } from '../../policies/rate-limit/gcra.ts';

/**
 * A process's share of a limit while the store is away: the rate divided by the members seen lately.
 * It begins with nothing saved up. A fresh burst for each member would come on top of what the store
 * gave out before.
 */
export class LocalShare {
  readonly #pace: Gcra;
  readonly #weight: number;

  /** @param weight - the tokens that a call takes */
  constructor(ratePerSecond: number, burst: number, weight: number, members: number, now: number) {
    this.#weight = weight;
    // Less than one call's tokens could never be taken.
    const own = Math.max(Math.floor(burst / members), weight);
    this.#pace = new Gcra(ratePerSecond / members, own);
    for (let saved = 0; saved < own; saved += 1) this.#pace.tryTake(now);
  }

  /** Takes the tokens of one call, if there are so many. */
  tryTake(now: number): boolean {
    if (this.dueAt(now) > now) return false;
    for (let taken = 0; taken < this.#weight; taken += 1) this.#pace.tryTake(now);
    return true;
  }

  /** The moment at which the next call may start. */
  dueAt(now: number): number {
    return this.#pace.freeAt(now, this.#weight - 1);
  }
}
