/** A queue: higher priority first, first come first served within a priority. */
export class WaitQueue<Waiter> {
  // Few priorities are ever in use; a Set keeps the order of arrival and lets anybody leave at once.
  readonly #lines: { readonly priority: number; readonly waiters: Set<Waiter> }[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** How many would go before somebody who joined now. */
  ahead(priority: number): number {
    let count = 0;
    for (const line of this.#lines) {
      if (line.priority < priority) break;
      count += line.waiters.size;
    }
    return count;
  }

  join(waiter: Waiter, priority: number): void {
    let index = this.#lines.findIndex((line) => line.priority <= priority);
    if (index === -1) index = this.#lines.length;
    let line = this.#lines[index];
    if (line?.priority !== priority) {
      line = { priority, waiters: new Set() };
      this.#lines.splice(index, 0, line);
    }
    line.waiters.add(waiter);
    this.#length += 1;
  }

  /** Whether the waiter was still in line. */
  leave(waiter: Waiter): boolean {
    for (const [index, line] of this.#lines.entries()) {
      if (!line.waiters.delete(waiter)) continue;
      if (line.waiters.size === 0) this.#lines.splice(index, 1);
      this.#length -= 1;
      return true;
    }
    return false;
  }

  /** Everybody in line, in the order in which they would be served; they may leave meanwhile. */
  *[Symbol.iterator](): IterableIterator<Waiter> {
    for (const { waiters } of this.#lines.slice()) yield* waiters;
  }

  /** The first of each priority, those of the highest before: in each they have waited longest. */
  *firsts(): IterableIterator<Waiter> {
    for (const { waiters } of this.#lines.slice()) {
      for (const waiter of waiters) {
        yield waiter;
        break;
      }
    }
  }

  /** The first of a priority. */
  firstOf(priority: number): Waiter | undefined {
    const line = this.#lines.find((one) => one.priority === priority);
    return line?.waiters.values().next().value;
  }

  /** Takes the first one. */
  shift(): Waiter | undefined {
    const first = this.#lines[0];
    if (first === undefined) return undefined;
    for (const waiter of first.waiters) {
      this.leave(waiter);
      return waiter;
    }
    return undefined;
  }
}
