/** How chance spreads the callers that would otherwise come back together. */
export type Jitter = 'full' | 'equal' | 'none';

/** What a backoff is computed from. */
export interface BackoffSettings {
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  readonly jitter: Jitter;
}

/**
 * The wait before a retry, in whole milliseconds: exponential, capped, then jittered, so that
 * callers stay spread at the cap too (AWS, "Exponential Backoff and Jitter", 2015).
 *
 * A hint from the server is the wait, in place of the backoff and whatever `maxDelayMs` says: the
 * server knows. It is never shortened; chance adds up to as much again, at most one `baseDelayMs`,
 * so that the callers it told the same do not return as one. A hint of 0 says nothing of a time.
 *
 * @param retry - which retry it is, counted from 1
 * @param hintMs - how long the server says to wait, if it does
 */
export function backoffMs(
  retry: number,
  settings: BackoffSettings,
  random: () => number,
  hintMs?: number,
): number {
  const { baseDelayMs, maxDelayMs, jitter } = settings;
  const chance = jitter === 'none' ? 0 : random();
  if (hintMs) return Math.ceil(hintMs + chance * Math.min(baseDelayMs, hintMs));
  // 2^1024 is Infinity, and no number at all where the base is 0.
  const ceiling = Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(retry - 1, 1023));
  return Math.ceil(ceiling * fractionOf(jitter, chance));
}

function fractionOf(jitter: Jitter, chance: number): number {
  switch (jitter) {
    case 'full':
      return chance;
    case 'equal':
      return 0.5 + chance / 2;
    case 'none':
      return 1;
  }
}
