/** Somebody who leaves at a set moment. */
interface Leaving {
  readonly leavesAt: number;
}

/**
 * Those who wait, by the moment at which they leave: a binary heap. One who has left before stays
 * in it until its moment comes up, so that leaving costs nothing.
 */
export class LeavingOrder<Waiter extends Leaving> {
  readonly #heap: Waiter[] = [];

  /** The one who leaves first. */
  get first(): Waiter | undefined {
    return this.#heap[0];
  }

  add(waiter: Waiter): void {
    const heap = this.#heap;
    let place = heap.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent] as Waiter;
      if (above.leavesAt <= waiter.leavesAt) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = waiter;
  }

  removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      const right = heap[child + 1];
      if (right !== undefined && right.leavesAt < (heap[child] as Waiter).leavesAt) child += 1;
      const below = heap[child];
      if (below === undefined || below.leavesAt >= last.leavesAt) break;
      heap[place] = below;
      place = child;
    }
    heap[place] = last;
  }

  clear(): void {
    this.#heap.length = 0;
  }
}
