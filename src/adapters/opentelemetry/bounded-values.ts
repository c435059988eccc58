import { OTHER } from './http-attributes.ts';

/** Values of an attribute, of which so many are told apart; each further one is `_OTHER`. */
export class BoundedValues {
  readonly #known = new Set<string>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** The value, or `_OTHER` where there are too many already. */
  bounded(value: string): string {
    if (this.#known.has(value)) return value;
    if (this.#known.size >= this.#most) return OTHER;
    this.#known.add(value);
    return value;
  }
}
