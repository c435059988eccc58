import type { FailureSnapshot, KeySnapshot, TroubleSnapshot } from './snapshot.ts';

/** After so long without a failure the next one begins a new trouble. */
const QUIET_MS = 30_000;
/** So many different failures are counted apart; the rarest gives its place to a new one. */
const MOST_FAILURES = 8;

/** The failures since the latest quiet half minute. */
export class Trouble {
  #since = 0;
  #lastAt = -Infinity;
  readonly #failures = new Map<string, { failure: FailureSnapshot; times: number }>();

  add(failure: FailureSnapshot, at: number): void {
    if (at - this.#lastAt > QUIET_MS) {
      this.#failures.clear();
      this.#since = at;
    }
    this.#lastAt = at;
    const label = `${failure.category} ${failure.status} ${failure.errorCode}`;
    const known = this.#failures.get(label);
    if (known === undefined) {
      if (this.#failures.size >= MOST_FAILURES) this.#dropRarest();
      this.#failures.set(label, { failure, times: 1 });
    } else {
      known.times += 1;
      known.failure = failure;
    }
  }

  read(now: number): KeySnapshot['trouble'] {
    if (now - this.#lastAt > QUIET_MS) return null;
    const failures = [...this.#failures.values()]
      .map(({ failure, times }): TroubleSnapshot => Object.assign({ times }, failure))
      .toSorted((one, other) => other.times - one.times);
    return { since: this.#since, lastAt: this.#lastAt, failures };
  }

  #dropRarest(): void {
    const [rarest] = [...this.#failures].toSorted(([, one], [, other]) => one.times - other.times);
    if (rarest !== undefined) this.#failures.delete(rarest[0]);
  }
}
