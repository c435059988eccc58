import type { Pace, Token } from './pace.ts';

/**
 * A rate and a burst: a token bucket kept as one number, the moment at which the bucket is full
 * again (the generic cell rate algorithm of ITU-T I.371). In any window of t seconds at most
 * `burst` + `ratePerSecond` × t tokens are given. One that takes more than `burst` goes when the bucket
 * is full, and what follows waits for all of it.
 */
export class Gcra implements Pace {
  readonly #intervalMs: number;
  readonly #burst: number;
  #fullAt = -Infinity;
  #latest: Token = 0;

  constructor(ratePerSecond: number, burst: number) {
    this.#intervalMs = 1000 / ratePerSecond;
    this.#burst = burst;
  }

  tryTake(now: number, weight = 1): Token | undefined {
    if (now < this.dueAt(now, weight)) return undefined;
    this.#fullAt = Math.max(this.#fullAt, now) + weight * this.#intervalMs;
    return (this.#latest += 1);
  }

  freeAt(now: number, ahead: number, weight = 1, tokensAhead = ahead): number {
    const spare = Math.max(this.#burst - weight, 0);
    return Math.max(this.#fullAt + (tokensAhead - spare) * this.#intervalMs, now);
  }

  dueAt(now: number, weight?: number): number {
    return this.freeAt(now, 0, weight);
  }

  // Only then is the bucket as if it had never been taken. One taken earlier may have been made up
  // for since, and would let through more than the rate allows.
  giveBack(token: Token, weight = 1): void {
    if (token !== this.#latest) return;
    this.#latest -= 1;
    this.#fullAt -= weight * this.#intervalMs;
  }

  isFull(now: number): boolean {
    return this.#fullAt <= now;
  }
}
