import { COLUMN_MS, COLUMNS, COUNTERS, type Counter } from './snapshot.ts';

/** Where the columns of each counter begin. */
const STARTS = Object.fromEntries(
  COUNTERS.map((counter, index) => [counter, index * COLUMNS]),
) as Readonly<Record<Counter, number>>;

/** Counts of the last five minutes in columns of five seconds; its size never changes. */
export class RecentCounts {
  /** The columns of one counter after those of another; a column's place is its number, around. */
  readonly #cells = new Uint32Array(COUNTERS.length * COLUMNS);
  /** The number of the newest column since the beginning of time. */
  #newest = 0;

  add(counter: Counter, now: number): void {
    this.#moveTo(now);
    const cell = STARTS[counter] + (this.#newest % COLUMNS);
    this.#cells[cell] = (this.#cells[cell] ?? 0) + 1;
  }

  /** The sum over the newest `columns` columns, the one that is under way included. */
  sum(counter: Counter, columns: number, now: number): number {
    this.#moveTo(now);
    const start = STARTS[counter];
    let place = this.#newest % COLUMNS;
    let total = 0;
    for (let left = columns; left > 0; left -= 1) {
      total += this.#cells[start + place] ?? 0;
      place = place === 0 ? COLUMNS - 1 : place - 1;
    }
    return total;
  }

  /** A count for each column, the oldest first. */
  series(counter: Counter, now: number): readonly number[] {
    this.#moveTo(now);
    const start = STARTS[counter];
    // Written out: a dashboard reads hundreds of these each second.
    const series = new Array<number>(COLUMNS);
    let place = this.#newest % COLUMNS;
    for (let column = COLUMNS - 1; column >= 0; column -= 1) {
      series[column] = this.#cells[start + place] ?? 0;
      place = place === 0 ? COLUMNS - 1 : place - 1;
    }
    return series;
  }

  #moveTo(now: number): void {
    const column = columnOf(now);
    // After a long silence every column is emptied once.
    const from = Math.max(this.#newest + 1, column - COLUMNS + 1);
    for (let emptied = from; emptied <= column; emptied += 1) {
      for (let cell = emptied % COLUMNS; cell < this.#cells.length; cell += COLUMNS) {
        this.#cells[cell] = 0;
      }
    }
    this.#newest = Math.max(this.#newest, column);
  }
}

/** The number of the column in which a moment lies. */
export const columnOf = (now: number): number => Math.floor(now / COLUMN_MS);
