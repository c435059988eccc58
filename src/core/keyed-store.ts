/** A full store must not make every new key walk through all of them. */
const MOST_LOOKED_AT = 16;

/**
 * One value per key, at most `maxKeys` of them. When a new key comes to a full store, the least
 * recently used value that says nothing any more leaves; where all say something, of the sixteen
 * least recently used the one that ends soonest.
 */
export class KeyedStore<Value> {
  readonly #values = new Map<string, Value>();
  readonly #maxKeys: number;
  readonly #create: (key: string) => Value;
  readonly #endsAt: (value: Value) => number;
  readonly #forgotten: ((value: Value, key: string) => void) | undefined;
  #latestKey: string | undefined;
  #latestValue: Value | undefined;

  /**
   * @param endsAt - the moment from which a value can leave without losing anything that matters;
   * `-Infinity` if it can now, `Infinity` for work in progress, which is never dropped: only while
   * all values are such does the store grow past `maxKeys`
   * @param forgotten - called for each value that leaves
   */
  constructor(
    maxKeys: number,
    create: (key: string) => Value,
    endsAt: (value: Value) => number = () => -Infinity,
    forgotten?: (value: Value, key: string) => void,
  ) {
    this.#maxKeys = maxKeys;
    this.#create = create;
    this.#endsAt = endsAt;
    this.#forgotten = forgotten;
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
      if (this.#values.size >= this.#maxKeys) this.#makeRoom();
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

  /** Forgets the value of `key`. */
  forget(key: string): void {
    const value = this.#values.get(key);
    if (value === undefined) return;
    this.#values.delete(key);
    if (key === this.#latestKey) this.#latestKey = undefined;
    this.#forgotten?.(value, key);
  }

  #makeRoom(): void {
    let looked = 0;
    let soonest = Infinity;
    let leaving: string | undefined;
    for (const [key, value] of this.#values) {
      if (looked++ === MOST_LOOKED_AT) break;
      const endsAt = this.#endsAt(value);
      if (endsAt === -Infinity) {
        this.forget(key);
        if (this.#values.size < this.#maxKeys) return;
        continue;
      }
      if (endsAt < soonest) {
        soonest = endsAt;
        leaving = key;
      }
      // It counts as used just now, so that the next look goes on to those behind it.
      this.#values.delete(key);
      this.#values.set(key, value);
    }
    if (leaving !== undefined && this.#values.size >= this.#maxKeys) this.forget(leaving);
  }
}
