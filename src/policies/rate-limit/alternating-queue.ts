/** Whether a call is tried for the first time. */
export type TryKind = 'first-try' | 'repetition';

/** Those of one priority: two lines of which the next is taken in turn. */
class Turns<Waiter> {
  readonly priority: number;
  readonly firstTries = new Set<Waiter>();
  readonly repetitions = new Set<Waiter>();
  /** Whose turn it is, if both wait. */
  turn: TryKind = 'first-try';

  constructor(priority: number) {
    this.priority = priority;
  }

  get length(): number {
    return this.firstTries.size + this.repetitions.size;
  }

  of(kind: TryKind): Set<Waiter> {
    return kind === 'first-try' ? this.firstTries : this.repetitions;
  }

  /** How many go before one that joins now. */
  ahead(kind: TryKind): number {
    const before = this.of(kind).size;
    const others = this.of(opposite(kind)).size;
    return before + Math.min(others, before + (this.turn === kind ? 0 : 1));
  }

  *[Symbol.iterator](): IterableIterator<Waiter> {
    const lines = {
      'first-try': this.firstTries.values(),
      repetition: this.repetitions.values(),
    };
    let { turn } = this;
    for (;;) {
      let next = lines[turn].next();
      if (next.done) next = lines[opposite(turn)].next();
      if (next.done) return;
      yield next.value;
      turn = opposite(turn);
    }
  }
}

const opposite = (kind: TryKind): TryKind => (kind === 'first-try' ? 'repetition' : 'first-try');

/**
 * A queue: higher priority first. Within a priority first tries and repetitions are served in turn,
 * and each kind first come first served: neither can starve the other.
 */
export class AlternatingQueue<Waiter> {
  // Few priorities are ever in use.
  readonly #lines: Turns<Waiter>[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** How many would go before somebody who joined now. */
  ahead(priority: number, kind: TryKind): number {
    let count = 0;
    for (const line of this.#lines) {
      if (line.priority < priority) break;
      count += line.priority > priority ? line.length : line.ahead(kind);
    }
    return count;
  }

  join(waiter: Waiter, priority: number, kind: TryKind): void {
    let index = this.#lines.findIndex((line) => line.priority <= priority);
    if (index === -1) index = this.#lines.length;
    let line = this.#lines[index];
    if (line?.priority !== priority) {
      line = new Turns(priority);
      this.#lines.splice(index, 0, line);
    }
    line.of(kind).add(waiter);
    this.#length += 1;
  }

  /** It is served, and leaves: the other kind is next. */
  serve(waiter: Waiter): void {
    for (const line of this.#lines) {
      if (line.firstTries.has(waiter)) line.turn = 'repetition';
      else if (line.repetitions.has(waiter)) line.turn = 'first-try';
    }
    this.leave(waiter);
  }

  leave(waiter: Waiter): void {
    for (const [index, line] of this.#lines.entries()) {
      if (!line.firstTries.delete(waiter) && !line.repetitions.delete(waiter)) continue;
      if (line.length === 0) this.#lines.splice(index, 1);
      this.#length -= 1;
      return;
    }
  }

  /** Everybody in line, in the order in which they would be served; they may leave meanwhile. */
  *[Symbol.iterator](): IterableIterator<Waiter> {
    for (const line of this.#lines.slice()) yield* line;
  }
}
