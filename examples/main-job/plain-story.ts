import type { Outcome } from './situation.ts';
import { callerWords, count, repeated, seconds } from './words.ts';

/** More calls than this are counted instead of told one by one. */
const MOST_TOLD = 4;

/** The run of plain fetch, told while it goes on. */
export class PlainStory {
  readonly #startedAt: number;
  readonly #lines: string[] = [];
  readonly #outcomes = new Map<string, number>();
  #asked = 0;

  constructor(startedAt: number) {
    this.#startedAt = startedAt;
  }

  asks(): void {
    this.#asked += 1;
    this.#tell('asks the server');
  }

  gets(outcome: Outcome): void {
    const words = callerWords(outcome);
    this.#outcomes.set(words, (this.#outcomes.get(words) ?? 0) + 1);
    this.#tell(`its caller gets ${words}`);
  }

  get lines(): readonly string[] {
    if (this.#asked <= MOST_TOLD) return this.#lines;
    const got = [...this.#outcomes].map(([words, times]) => repeated(words, times));
    return [count(this.#asked, 'call'), ...got.map((words) => `callers get ${words}`)];
  }

  #tell(words: string): void {
    if (this.#asked > MOST_TOLD) return;
    this.#lines.push(`${seconds(performance.now() - this.#startedAt)} ${words}`);
  }
}
