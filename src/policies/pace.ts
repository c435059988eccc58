/**
 * When the next attempts may start: a token bucket kept as one number, the moment at which the
 * bucket is full again (the generic cell rate algorithm of ITU-T I.371). In any window of t
 * seconds at most `burst` + `ratePerSecond` × t tokens are given.
 */
export interface Pace {
  /** Takes a token if there is one. */
  tryTake(now: number): boolean;
  /** The moment at which a token is free for somebody with `ahead` others before them. */
  freeAt(now: number, ahead: number): number;
  /** Undoes the latest take. */
  giveBack(now: number): void;
  /** No token for `pauseMs`, and none saved up by then. */
  pause(now: number, pauseMs: number): void;
  /** Whether no token is missing. */
  isFull(now: number): boolean;
}

/** What a rate and a burst allow. */
export class ConfiguredPace implements Pace {
  readonly #intervalMs: number;
  readonly #burst: number;
  #fullAt = -Infinity;
  /** Full no sooner than this after the latest pause, whatever is given back. */
  #fullAfterPauseAt = -Infinity;

  constructor(ratePerSecond: number, burst: number) {
    this.#intervalMs = 1000 / ratePerSecond;
    this.#burst = burst;
  }

  tryTake(now: number): boolean {
    if (now < this.freeAt(now, 0)) return false;
    this.#fullAt = Math.max(this.#fullAt, now) + this.#intervalMs;
    return true;
  }

  freeAt(now: number, ahead: number): number {
    const oldest = this.#fullAt - (this.#burst - 1) * this.#intervalMs;
    return Math.max(oldest + ahead * this.#intervalMs, now);
  }

  giveBack(): void {
    this.#fullAt = Math.max(this.#fullAt - this.#intervalMs, this.#fullAfterPauseAt);
  }

  pause(now: number, pauseMs: number): void {
    const oneTokenThen = now + pauseMs + (this.#burst - 1) * this.#intervalMs;
    this.#fullAfterPauseAt = Math.max(this.#fullAfterPauseAt, oneTokenThen);
    this.#fullAt = Math.max(this.#fullAt, oneTokenThen);
  }

  isFull(now: number): boolean {
    return this.#fullAt <= now;
  }
}

/** The first attempts after a pause come this many a second, … */
const RESUME_PER_SECOND = 10;
/** … twice as many after each of these, … */
const DOUBLING_MS = 1000;
/** … until, at 640 a second, there is nothing left to hold back. */
const RESUMED_AFTER_MS = 6 * DOUBLING_MS;

/**
 * No rate is configured: nothing is held back until the server throttles. After the pause traffic
 * resumes paced, faster and faster, instead of all at once.
 */
export class ResumingPace implements Pace {
  #resumesAt = -Infinity;
  #nextAt = -Infinity;

  tryTake(now: number): boolean {
    if (now < this.#nextAt) return false;
    this.#nextAt = now + this.#intervalMs(now);
    return true;
  }

  freeAt(now: number, ahead: number): number {
    const first = Math.max(this.#nextAt, now);
    return first + ahead * this.#intervalMs(first);
  }

  giveBack(now: number): void {
    this.#nextAt = Math.max(Math.min(this.#nextAt, now), this.#resumesAt);
  }

  pause(now: number, pauseMs: number): void {
    this.#resumesAt = Math.max(this.#resumesAt, now + pauseMs);
    this.#nextAt = Math.max(this.#nextAt, this.#resumesAt);
  }

  isFull(now: number): boolean {
    return now >= this.#resumesAt + RESUMED_AFTER_MS;
  }

  #intervalMs(at: number): number {
    const resumedForMs = at - this.#resumesAt;
    if (resumedForMs >= RESUMED_AFTER_MS) return 0;
    return 1000 / RESUME_PER_SECOND / 2 ** (resumedForMs / DOUBLING_MS);
  }
}
