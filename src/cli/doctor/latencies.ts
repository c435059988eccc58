/** Each bucket is by so much wider than the one before: quantiles are exact to one percent. */
const GROWTH = 1.02;
const LOG_GROWTH = Math.log(GROWTH);

/** How long answers took: quantiles in bounded memory, whatever their number. */
export class Latencies {
  readonly #buckets = new Map<number, number>();
  #count = 0;
  #longest = 0;

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /** In milliseconds. */
  get longest(): number {
    return this.#longest;
  }

  add(milliseconds: number): void {
    const bucket = Math.round(Math.log(Math.max(milliseconds, 0.1)) / LOG_GROWTH);
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
    this.#count += 1;
    this.#longest = Math.max(this.#longest, milliseconds);
  }

  /** The latency in milliseconds that this share (0 to 1) does not exceed; 0 where there are none. */
  quantile(share: number): number {
    let left = Math.ceil(this.#count * share);
    for (const [bucket, count] of [...this.#buckets].toSorted(([one], [other]) => one - other)) {
      left -= count;
      if (left <= 0) return Math.min(GROWTH ** bucket, this.#longest);
    }
    return this.#longest;
  }
}
