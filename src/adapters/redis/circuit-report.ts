/** The news of a member since it last told the store, and what it wants of it. */
export class CircuitReport {
  errors = 0;
  timeouts = 0;
  quick = 0;
  slow = 0;
  /** Of attempts that the store let through, since the latest cut of its window. */
  heldErrors = 0;
  heldTimeouts = 0;
  /** How many attempts that the store let through have ended. */
  ended = 0;
  /** For how long the server asked to be left alone, in milliseconds. */
  holdMs = 0;
  #failedAt = -Infinity;
  #answeredAt = -Infinity;

  answered(isQuick: boolean, now: number): void {
    if (isQuick) this.quick += 1;
    else this.slow += 1;
    this.#answeredAt = now;
  }

  failed(isTimeOut: boolean, holdMs: number, now: number): void {
    if (isTimeOut) this.timeouts += 1;
    else this.errors += 1;
    this.holdMs = Math.max(this.holdMs, holdMs);
    this.#failedAt = now;
  }

  heldFailed(isTimeOut: boolean, holdMs: number): void {
    if (isTimeOut) this.heldTimeouts += 1;
    else this.heldErrors += 1;
    this.holdMs = Math.max(this.holdMs, holdMs);
  }

  /** So many attempts have become overdue, which counts as a time-out of each. */
  overdue(count: number, now: number): void {
    this.timeouts += count;
    this.#failedAt = now;
  }

  /** The part of it that holds at this moment: old news would be taken for the present. */
  forgetOld(now: number): void {
    if (now - this.#failedAt > FAILURES_LAST_MS) this.errors = this.timeouts = 0;
    if (now - this.#answeredAt > ANSWERS_LAST_MS) this.quick = this.slow = 0;
  }
}

/** A failure that was not told for so long, in milliseconds, is none of now. */
const FAILURES_LAST_MS = 5000;
/** Where the last answer is so old, in milliseconds, nobody is known to be answered now. */
const ANSWERS_LAST_MS = 250;
