import { COLUMN_MS, COLUMNS, COUNTERS, type Counter } from './snapshot.ts';

/** Counts of the last five minutes in columns of five seconds; its size never changes. */
export class RecentCounts {
  readonly #cells = new Uint32Array(COLUMNS * COUNTERS.length);
  /** The number of the newest column since the beginning of time. */
  #newest = 0;

  add(counter: Counter, now: number): void {
    this.#moveTo(now);
    const cell = this.#cellOf(this.#newest, counter);
    this.#cells[cell] = (this.#cells[cell] ?? 0) + 1;
  }

  /** The sum over the newest `columns` columns, the one that is under way included. */
  sum(counter: Counter, columns: number, now: number): number {
    this.#moveTo(now);
    let total = 0;
    for (let column = this.#newest; column > this.#newest - columns; column -= 1) {
      total += this.#cells[this.#cellOf(column, counter)] ?? 0;
    }
    return total;
  }

  /** A count for each column, the oldest first. */
  series(counter: Counter, now: number): readonly number[] {
    this.#moveTo(now);
    return Array.from(
      { length: COLUMNS },
      (_none, index) => this.#cells[this.#cellOf(this.#newest - COLUMNS + 1 + index, counter)] ?? 0,
    );
  }

  #moveTo(now: number): void {
    const column = columnOf(now);
    // After a long silence every column is emptied once.
    const from = Math.max(this.#newest + 1, column - COLUMNS + 1);
    for (let emptied = from; emptied <= column; emptied += 1) {
      const first = this.#cellOf(emptied, COUNTERS[0]);
      this.#cells.fill(0, first, first + COUNTERS.length);
    }
    this.#newest = Math.max(this.#newest, column);
  }

  #cellOf(column: number, counter: Counter): number {
    const place = ((column % COLUMNS) + COLUMNS) % COLUMNS;
    return place * COUNTERS.length + COUNTERS.indexOf(counter);
  }
}

/** The number of the column in which a moment lies. */
export const columnOf = (now: number): number => Math.floor(now / COLUMN_MS);
