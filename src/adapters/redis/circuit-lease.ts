/** The place of an attempt that the store has let through. */
export class Lease {
  readonly generation: number;
  readonly cut: number;

  /** @param generation - of the fleet's circuit, and `cut` of its window, when it was let through */
  constructor(generation: number, cut: number) {
    this.generation = generation;
    this.cut = cut;
  }
}

/** In place of a lease: the fleet's circuit holds nobody back any more. */
export const RELEASED = new Lease(NaN, NaN);
