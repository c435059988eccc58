/** How often something happened within a span of time, in slices of it. */
export class SlidingCount {
  readonly #sliceMs: number;
  readonly #slices: number[];
  #current = 0;
  #total = 0;

  constructor(spanMs: number, slices: number) {
    this.#sliceMs = spanMs / slices;
    this.#slices = new Array<number>(slices).fill(0);
  }

  add(nowMs: number): void {
    this.#turnTo(nowMs);
    const slot = this.#current % this.#slices.length;
    this.#slices[slot] = (this.#slices[slot] ?? 0) + 1;
    this.#total += 1;
  }

  total(nowMs: number): number {
    this.#turnTo(nowMs);
    return this.#total;
  }

  #turnTo(nowMs: number): void {
    const slice = Math.floor(nowMs / this.#sliceMs);
    const passed = Math.min(slice - this.#current, this.#slices.length);
    for (let step = 1; step <= passed; step += 1) {
      const slot = (slice - passed + step) % this.#slices.length;
      this.#total -= this.#slices[slot] ?? 0;
      this.#slices[slot] = 0;
    }
    this.#current = Math.max(slice, this.#current);
  }
}
