/**
 * When the next attempts may start: a token bucket kept as one number, the moment at which the
 * bucket is full again (the generic cell rate algorithm of ITU-T I.371). In any window of t
 * seconds at most `burst` + `ratePerSecond` × t tokens are given.
 */
export interface Pace {
  /** Takes a token if there is one. */
  tryTake(now: number): Token | undefined;
  /** The moment at which a token is free for somebody with `ahead` others before them. */
  freeAt(now: number, ahead: number): number;
  /** Puts a token back, if it is the last that was given: what came after was reckoned with it. */
  giveBack(token: Token, now: number): void;
  /** No token for `pauseMs`, and none saved up by then. */
  pause(now: number, pauseMs: number): void;
  /** Whether no token is missing. */
  isFull(now: number): boolean;
}

/** How many had been given when this one was. */
export type Token = number;

/** What a rate and a burst allow. */
export class ConfiguredPace implements Pace {
  readonly #intervalMs: number;
  readonly #burst: number;
  #fullAt = -Infinity;
  #latest: Token = 0;

  constructor(ratePerSecond: number, burst: number) {
    this.#intervalMs = 1000 / ratePerSecond;
    this.#burst = burst;
  }

  tryTake(now: number): Token | undefined {
    if (now < this.freeAt(now, 0)) return undefined;
    this.#fullAt = Math.max(this.#fullAt, now) + this.#intervalMs;
    return (this.#latest += 1);
  }

  freeAt(now: number, ahead: number): number {
    const oldest = this.#fullAt - (this.#burst - 1) * this.#intervalMs;
    return Math.max(oldest + ahead * this.#intervalMs, now);
  }

  // Only then is the bucket as if it had never been taken. One taken earlier may have been made up
  // for since, and would let through more than the rate allows.
  giveBack(token: Token): void {
    if (token !== this.#latest) return;
    this.#latest -= 1;
    this.#fullAt -= this.#intervalMs;
  }

  pause(now: number, pauseMs: number): void {
    const oneTokenThen = now + pauseMs + (this.#burst - 1) * this.#intervalMs;
    this.#fullAt = Math.max(this.#fullAt, oneTokenThen);
    this.#latest += 1;
  }

  isFull(now: number): boolean {
    return this.#fullAt <= now;
  }
}

/** The first attempts after a pause come this many a second, … */
const RESUME_PER_SECOND = 10;
/** … twice as many each time that the length of the pause has gone by again (within these bounds), … */
const SHORTEST_DOUBLING_MS = 50;
const LONGEST_DOUBLING_MS = 1000;
/** … until, at 640 a second, there is nothing left to hold back. */
const DOUBLINGS = 6;

/**
 * No rate is configured: nothing is held back until the server throttles. After the pause traffic
 * resumes paced, faster and faster, instead of all at once.
 */
export class ResumingPace implements Pace {
  #resumesAt = -Infinity;
  #nextAt = -Infinity;
  #doublingMs = LONGEST_DOUBLING_MS;

  tryTake(now: number): Token | undefined {
    if (now < this.#nextAt) return undefined;
    this.#nextAt = now + this.#intervalMs(now);
    return 0;
  }

  freeAt(now: number, ahead: number): number {
    let at = Math.max(this.#nextAt, now);
    // Some nine hundred steps at most: by then traffic has resumed and nobody waits.
    for (let left = ahead; left > 0; left -= 1) {
      const intervalMs = this.#intervalMs(at);
      if (intervalMs === 0) break;
      at += intervalMs;
    }
    return at;
  }

  giveBack(_token: Token, now: number): void {
    this.#nextAt = Math.max(Math.min(this.#nextAt, now), this.#resumesAt);
  }

  pause(now: number, pauseMs: number): void {
    this.#resumesAt = Math.max(this.#resumesAt, now + pauseMs);
    this.#nextAt = Math.max(this.#nextAt, this.#resumesAt);
    const pausedMs = Math.max(this.#resumesAt - now, SHORTEST_DOUBLING_MS);
    this.#doublingMs = Math.min(pausedMs, LONGEST_DOUBLING_MS);
  }

  isFull(now: number): boolean {
    return now >= this.#resumesAt + DOUBLINGS * this.#doublingMs;
  }

  #intervalMs(at: number): number {
    const doublings = (at - this.#resumesAt) / this.#doublingMs;
    return doublings >= DOUBLINGS ? 0 : 1000 / RESUME_PER_SECOND / 2 ** doublings;
  }
}
