/**
 * A process's share of a limit while the store is away: the rate divided by the members seen lately.
 * It begins with nothing saved up. A fresh burst for each member would come on top of what the store
 * gave out before.
 */
export class LocalShare {
  readonly #intervalMs: number;
  /** How many tokens it saves up at most. */
  #burst: number;
  #fullAt: number;

  constructor(ratePerSecond: number, burst: number, members: number, now: number) {
    this.#intervalMs = (1000 * members) / ratePerSecond;
    this.#burst = Math.max(Math.floor(burst / members), 1);
    this.#fullAt = now + this.#burst * this.#intervalMs;
  }

  /** Takes the tokens of one call, if there are so many. */
  tryTake(now: number, weight: number): boolean {
    if (this.dueAt(now, weight) > now) return false;
    this.#fullAt = Math.max(this.#fullAt, now) + weight * this.#intervalMs;
    return true;
  }

  /** The moment at which a call may start that takes so many tokens. */
  dueAt(now: number, weight: number): number {
    this.#makeRoomFor(weight, now);
    return Math.max(this.#fullAt - (this.#burst - weight) * this.#intervalMs, now);
  }

  /** Where its share of the burst is less than one call's tokens, it saves up for them first. */
  #makeRoomFor(weight: number, now: number): void {
    const missing = Math.max(weight - this.#burst, 0);
    if (missing === 0) return;
    this.#burst += missing;
    this.#fullAt = Math.max(this.#fullAt, now) + missing * this.#intervalMs;
  }
}
