/** So many answers are looked at first, … */
const FIRST = 8;
/** … and then one in so many. */
const THEN_EVERY = 64;

/** Which answers are looked at for announced limits, as long as none announces any. */
export class Sampling {
  #seen = 0;

  /** Counts an answer. @returns whether it is looked at */
  isDue(): boolean {
    this.#seen += 1;
    return this.#seen <= FIRST || this.#seen % THEN_EVERY === 0;
  }
}
