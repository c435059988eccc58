/** So many attempts say something, however alike they are; … */
const LEAST = 10;
/** … and so many are enough, however different. */
const MOST = 100;
/** A typical time that is known so well, as a share of itself, is known well enough. */
const KNOWN_TO = 0.1;
/** A share of drops that chance explains. */
const CHANCE = 0.05;
/** A clock that gives no finer times must not make two of them incomparable. */
const SHORTEST_MS = 0.1;

/**
 * The attempts of a while: their typical time and the share of drops. The typical time is the
 * geometric mean, which a few slow answers do not move: times of answers are skewed.
 */
export class SampleWindow {
  /** How many attempts ran at once at most. */
  peak = 0;
  #answers = 0;
  #drops = 0;
  #sum = 0;
  #squares = 0;

  answered(tookMs: number): void {
    const logarithm = Math.log(Math.max(tookMs, SHORTEST_MS));
    this.#answers += 1;
    this.#sum += logarithm;
    this.#squares += logarithm * logarithm;
  }

  dropped(): void {
    this.#drops += 1;
  }

  get answers(): number {
    return this.#answers;
  }

  /** In milliseconds; of no answers there is none. */
  get typicalMs(): number {
    return Math.exp(this.#sum / this.#answers);
  }

  /** The share of drops, 0 where there are no more than chance explains. */
  get dropShare(): number {
    const share = this.#drops / (this.#answers + this.#drops);
    return share > CHANCE ? share : 0;
  }

  /** Whether it tells enough. @param enough - so many attempts are enough, where that is known */
  isEnough(enough?: number): boolean {
    const count = this.#answers + this.#drops;
    if (enough !== undefined) return count >= enough;
    if (count < LEAST) return false;
    if (count >= MOST || this.dropShare > 0) return true;
    const mean = this.#sum / this.#answers;
    const variance = Math.max(this.#squares / this.#answers - mean * mean, 0);
    return variance <= KNOWN_TO * KNOWN_TO * this.#answers;
  }
}
