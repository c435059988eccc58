/** How far one sample moves an estimate, on a logarithmic scale: a step up, or nineteen down at 0.95. */
const STEP = 0.05;

/**
 * A quantile of latencies in one number: each sample moves the estimate a little towards itself, by
 * steps that balance at the quantile (Robbins and Monro, "A Stochastic Approximation Method", 1951;
 * with fixed steps, as in "Frugal Streaming", Ma et al., 2013). Steps are factors, so that an estimate
 * gets from milliseconds to seconds in a hundred samples, and it follows a server that changes.
 */
export class LatencyQuantile {
  readonly #quantile: number;
  #logMs: number;

  /** @param startMs - the estimate until there are samples */
  constructor(quantile: number, startMs: number) {
    this.#quantile = quantile;
    this.#logMs = logOf(startMs);
  }

  /** The natural logarithm of the estimate in milliseconds. */
  get logMs(): number {
    return this.#logMs;
  }

  /** An attempt took so long. */
  took(ms: number): void {
    this.#logMs += logOf(ms) > this.#logMs ? STEP * this.#quantile : STEP * (this.#quantile - 1);
  }

  /** An attempt was cut short after so long, and would have taken longer. */
  tookLongerThan(ms: number): void {
    if (logOf(ms) >= this.#logMs) this.#logMs += STEP * this.#quantile;
  }
}

/** Nothing takes no time: a tenth of a millisecond is the least. */
const logOf = (ms: number): number => Math.log(Math.max(ms, 0.1));
