/** No attempt is overdue before. */
const LEAST_OVERDUE_MS = 250;
/** Half the time that still is quick, above what a model's slow answers take. */
const OVERDUE_SHARE = 1 / 4;
const OVERDUE_VARIANCES = 4;
/** With every sample it would learn a slow-down as normal before it is noticed. */
const LEARNS_EVERY_MS = 1000;
/** A server that is asked until answers take half the time-out is busy and does no dead work. */
const QUICK_SHARE = 1 / 2;
/** Where answers are slow by nature a little more than usual is quick, … */
const QUICK_SLACK = 1.25;
/** … up to this share of the time-out. */
const QUICK_SHARE_AT_MOST = 3 / 4;

/** How long answers take (RFC 6298), and from when on an attempt is overdue or an answer slow. */
export class RoundTrip {
  /** An attempt that has run for longer, in milliseconds, is overdue; `Infinity` before anything is known. */
  overdueAfterMs = Infinity;
  /** An answer that took as long at most, in milliseconds, is quick. */
  quickWithinMs: number;
  /** Where the last answer is older, in milliseconds, answers no longer come. */
  silentAfterMs = -Infinity;
  readonly #timeoutMs: number;
  #smoothedMs: number | undefined = undefined;
  #varianceMs = 0;
  #learnsAt = -Infinity;

  /** @param timeoutMs - when an attempt is given up; `Infinity` where it is not known */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.quickWithinMs = QUICK_SHARE * timeoutMs;
  }

  /** An answer came after so many milliseconds. */
  learn(ranMs: number, now: number): void {
    if (now < this.#learnsAt) return;
    this.#learnsAt = now + LEARNS_EVERY_MS;
    if (this.#smoothedMs === undefined) {
      this.#smoothedMs = ranMs;
      this.#varianceMs = ranMs / 2;
    } else {
      this.#varianceMs += (Math.abs(ranMs - this.#smoothedMs) - this.#varianceMs) / 4;
      this.#smoothedMs += (ranMs - this.#smoothedMs) / 8;
    }
    const timeoutMs = this.#timeoutMs;
    const usualMs = this.#smoothedMs + OVERDUE_VARIANCES * this.#varianceMs;
    this.overdueAfterMs = Math.max(LEAST_OVERDUE_MS, OVERDUE_SHARE * timeoutMs, usualMs);
    const leastMs = Math.max(LEAST_OVERDUE_MS, usualMs);
    this.silentAfterMs =
      timeoutMs === Infinity ? leastMs : Math.min(this.overdueAfterMs, timeoutMs);
    this.quickWithinMs = Math.max(
      QUICK_SHARE * timeoutMs,
      Math.min(QUICK_SLACK * this.#smoothedMs, QUICK_SHARE_AT_MOST * timeoutMs),
    );
  }

  /** Takes over what another one knows. */
  copy(other: RoundTrip): void {
    this.overdueAfterMs = other.overdueAfterMs;
    this.quickWithinMs = other.quickWithinMs;
    this.silentAfterMs = other.silentAfterMs;
    this.#smoothedMs = other.#smoothedMs;
    this.#varianceMs = other.#varianceMs;
    this.#learnsAt = other.#learnsAt;
  }
}
