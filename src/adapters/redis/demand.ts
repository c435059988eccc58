/** Older demand counts less: to 37 % after so long. */
const MEMORY_MS = 300;

/** How many tokens a process has lately been asked for. */
export class Demand {
  #perMs = 0;
  #count = 0;
  #since: number;

  constructor(now: number) {
    this.#since = now;
  }

  note(tokens: number): void {
    this.#count += tokens;
  }

  /** Tokens a millisecond. */
  perMs(now: number): number {
    const forMs = now - this.#since;
    if (forMs < 1) return this.#perMs;
    const share = 1 - Math.exp(-forMs / MEMORY_MS);
    this.#perMs += share * (this.#count / forMs - this.#perMs);
    this.#count = 0;
    this.#since = now;
    return this.#perMs;
  }
}
