/** A source of news that takes listeners. */
export interface Source<News> {
  attach(tell: () => void): void;
  detach(tell: () => void): void;
  /** The news, when it has come. */
  news(): News;
}

/**
 * Many listeners to one event of one source, behind a single listener: Node warns of a leak at
 * eleven. The single one is attached only while there are others.
 */
export class Audience<News> {
  readonly #source: Source<News>;
  readonly #listeners = new Set<(news: News) => void>();
  readonly #tellAll = (): void => {
    for (const listener of this.#listeners) {
      this.#listeners.delete(listener);
      listener(this.#source.news());
    }
  };

  constructor(source: Source<News>) {
    this.#source = source;
  }

  add(listener: (news: News) => void): void {
    if (this.#listeners.size === 0) this.#source.attach(this.#tellAll);
    this.#listeners.add(listener);
  }

  remove(listener: (news: News) => void): void {
    if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return;
    this.#source.detach(this.#tellAll);
  }
}
