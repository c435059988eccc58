import type { CircuitChangedEvent } from '../../policies/circuit-breaker/circuit-events.ts';
import { failureOrNull } from './failure-words.ts';
import { columnOf } from './recent-counts.ts';
import { COLUMNS, type CircuitChangeSnapshot } from './snapshot.ts';

const MOST_CHANGES = 20;
const LETTERS = { closed: 'c', 'half-open': 'h', open: 'o' } as const;
/** The `p` stands for a key of which only routes are not closed: partly. */
const WORST_FIRST = 'ohpc';

const NEVER_OPEN = 'c'.repeat(COLUMNS);

type Letter = (typeof LETTERS)[keyof typeof LETTERS] | 'p';

/** The changes of a key's circuits, and the state of its own over the last five minutes. */
export class CircuitLog {
  readonly #changes: CircuitChangeSnapshot[] = [];
  readonly #since = new Map<string, number>();
  /** The worst state in each column. */
  readonly #letters = new Map<number, Letter>();
  #own: Letter = 'c';
  #current: Letter = 'c';
  #newest: number;

  constructor(now: number) {
    this.#newest = columnOf(now);
  }

  add({ route, from, to, classification }: CircuitChangedEvent, at: number): void {
    this.#changes.unshift({
      at,
      route: route ?? null,
      from,
      to,
      because: failureOrNull(classification),
    });
    if (this.#changes.length > MOST_CHANGES) this.#changes.pop();
    if (to === 'closed') this.#since.delete(route ?? '');
    else this.#since.set(route ?? '', at);
    if (this.#since.size > MOST_CHANGES) this.#since.delete([...this.#since.keys()][0] ?? '');
    this.#moveTo(at);
    if (route === undefined) this.#own = LETTERS[to];
    const isPartly = this.#own === 'c' && this.#since.size > 0;
    this.#current = isPartly ? 'p' : this.#own;
    this.#note(this.#newest, worse(this.#letters.get(this.#newest) ?? 'c', this.#current));
  }

  /** The latest change of a circuit that is not closed; `null` where it was not seen. */
  sinceOf(route: string | undefined): number | null {
    return this.#since.get(route ?? '') ?? null;
  }

  get changes(): readonly CircuitChangeSnapshot[] {
    return [...this.#changes];
  }

  /** A letter for each column, the oldest first. */
  history(now: number): string {
    this.#moveTo(now);
    if (this.#letters.size === 0) return NEVER_OPEN;
    return Array.from(
      { length: COLUMNS },
      (_none, index) => this.#letters.get(this.#newest - COLUMNS + 1 + index) ?? 'c',
    ).join('');
  }

  #moveTo(now: number): void {
    const column = columnOf(now);
    const from = Math.max(this.#newest + 1, column - COLUMNS + 1);
    for (let next = from; next <= column; next += 1) this.#note(next, this.#current);
    this.#newest = Math.max(this.#newest, column);
    for (const old of this.#letters.keys()) {
      if (old <= this.#newest - COLUMNS) this.#letters.delete(old);
    }
  }

  #note(column: number, letter: Letter): void {
    if (letter === 'c') this.#letters.delete(column);
    else this.#letters.set(column, letter);
  }
}

const worse = (one: Letter, other: Letter): Letter =>
  WORST_FIRST.indexOf(one) <= WORST_FIRST.indexOf(other) ? one : other;
