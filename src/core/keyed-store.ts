/** A store full of keys that cannot leave must not make every new key walk through all of them. */
const MOST_LOOKED_AT = 16;

/**
 * One value per key, at most `maxKeys` of them: when a new key comes to a full store, the least
 * recently used value that may be forgotten leaves.
 */
export class KeyedStore<Value> {
  readonly #values = new Map<string, Value>();
  readonly #maxKeys: number;
  readonly #create: (key: string) => Value;
  readonly #mayForget: (value: Value) => boolean;
  #latestKey: string | undefined;
  #latestValue: Value | undefined;

  /**
   * @param mayForget - whether a value can leave without losing anything that matters. While
   * nothing can, the store grows past `maxKeys`: work in progress is never dropped.
   */
  constructor(
    maxKeys: number,
    create: (key: string) => Value,
    mayForget: (value: Value) => boolean = () => true,
  ) {
    this.#maxKeys = maxKeys;
    this.#create = create;
    this.#mayForget = mayForget;
  }

  get size(): number {
    return this.#values.size;
  }

  /** The value of `key`, made if there is none; it becomes the most recently used. */
  use(key: string): Value {
    // Most programs call one API at a time: that key needs no bookkeeping.
    if (key === this.#latestKey) return this.#latestValue as Value;
    let value = this.#values.get(key);
    if (value === undefined) {
      value = this.#create(key);
      if (this.#values.size >= this.#maxKeys) this.#forgetOldest();
    } else {
      this.#values.delete(key);
    }
    this.#values.set(key, value);
    this.#latestKey = key;
    this.#latestValue = value;
    return value;
  }

  /** The value of `key` as it stands; asking changes nothing. */
  peek(key: string): Value | undefined {
    return this.#values.get(key);
  }

  entries(): IterableIterator<[string, Value]> {
    return this.#values.entries();
  }

  #forgetOldest(): void {
    let looked = 0;
    for (const [key, value] of this.#values) {
      if (looked++ === MOST_LOOKED_AT) return;
      this.#values.delete(key);
      if (this.#mayForget(value)) {
        if (key === this.#latestKey) this.#latestKey = undefined;
        if (this.#values.size < this.#maxKeys) return;
      } else {
        // It counts as used just now, so that the next look goes on to those behind it.
        this.#values.set(key, value);
      }
    }
  }
}
