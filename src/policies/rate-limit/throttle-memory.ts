/** How long a first throttle without a hint pauses its key: the throttling base of the AWS SDKs. */
const FIRST_PAUSE_MS = 1000;
/** How long one without a hint pauses it at most. */
const LONGEST_PAUSE_MS = 30_000;

/** What one key remembers of being throttled: how long to pause where the server does not say. */
export class ThrottleMemory {
  #pausedOn = -Infinity;
  #unhintedInARow = 0;

  /**
   * A throttle came in: how long to pause, in milliseconds.
   *
   * @param startedOn - when the throttled attempt had started: of many that were on the wire
   * together, only the first counts as a further throttle
   */
  throttled(now: number, startedOn: number, hintMs: number | undefined): number {
    const isNews = startedOn > this.#pausedOn;
    if (isNews) this.#pausedOn = now;
    if (hintMs !== undefined) {
      this.#unhintedInARow = 0;
      return hintMs;
    }
    if (isNews) this.#unhintedInARow += 1;
    return Math.min(FIRST_PAUSE_MS * 2 ** Math.max(this.#unhintedInARow - 1, 0), LONGEST_PAUSE_MS);
  }

  /** An attempt that started on `startedOn` succeeded. */
  succeeded(startedOn: number): void {
    if (startedOn > this.#pausedOn) this.#unhintedInARow = 0;
  }
}
