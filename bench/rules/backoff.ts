import type { Random } from 'holdfast/simulator';

/** Full jitter: evenly between 0 and `baseMs × 2^(n−1)`, at most `capMs`; `n` is the attempt that failed. */
export const fullJitter = (random: Random, n: number, baseMs: number, capMs: number): number =>
  random() * Math.min(capMs, baseMs * 2 ** (n - 1));
