import type { Pace, Token } from './pace.ts';

/**
 * A rate and a burst: a token bucket kept as one number, the moment at which the bucket is full
 * again (the generic cell rate algorithm of ITU-T I.371). In any window of t seconds at most
 * `burst` + `ratePerSecond` × t tokens are given.
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

  tryTake(now: number): Token | undefined {
    if (now < this.freeAt(now, 0)) return undefined;
    this.#fullAt = Math.max(this.#fullAt, now) + this.#intervalMs;
    return (this.#latest += 1);
  }

  freeAt(now: number, ahead: number): number {
    const oldest = this.#fullAt - (this.#burst - 1) * this.#intervalMs;
    return Math.max(oldest + ahead * this.#intervalMs, now);
  }

  dueAt(now: number): number {
    return this.freeAt(now, 0);
  }

  // Only then is the bucket as if it had never been taken. One taken earlier may have been made up
  // for since, and would let through more than the rate allows.
  giveBack(token: Token): void {
    if (token !== this.#latest) return;
    this.#latest -= 1;
    this.#fullAt -= this.#intervalMs;
  }

  isFull(now: number): boolean {
    return this.#fullAt <= now;
  }
}
