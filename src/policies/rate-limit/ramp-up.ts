import type { Pace, Token } from './pace.ts';

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
export class RampUp implements Pace {
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
