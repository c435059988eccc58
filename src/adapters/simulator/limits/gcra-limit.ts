import { positive, readOptions } from '../../../core/options.ts';
import type { Limit } from './limit.ts';

/** The numbers of a {@link gcraLimit}. */
export interface GcraLimitOptions {
  /** Requests in a second. */
  readonly ratePerSecond: number;
  /**
   * How many may come together.
   * @defaultValue 1
   */
  readonly burst?: number;
}

/**
 * Makes a limit by the generic cell rate algorithm: requests are due at an even distance.
 *
 * @example
 * const server = limited(world, { limit: gcraLimit({ ratePerSecond: 100 }) }, healthy);
 */
export function gcraLimit(options: GcraLimitOptions): Limit {
  const { ratePerSecond, burst } = readOptions(
    'gcraLimit',
    options,
    { burst: 1 },
    { ratePerSecond: positive, burst: positive },
    ['ratePerSecond'],
  );
  const gapMs = 1_000 / ratePerSecond;
  /** When a request would be due if none had come early: the theoretical arrival time. */
  let dueAt = 0;
  return {
    take(nowMs) {
      const next = Math.max(dueAt, nowMs) + gapMs;
      const waitMs = Math.max(0, next - burst * gapMs - nowMs);
      const accepted = waitMs <= 1e-9;
      if (accepted) dueAt = next;
      const ahead = Math.max(0, dueAt - nowMs);
      return {
        accepted,
        waitMs: accepted ? 0 : waitMs,
        limit: burst,
        remaining: Math.max(0, Math.floor(burst - ahead / gapMs + 1e-9)),
        resetMs: ahead,
        windowMs: burst * gapMs,
      };
    },
  };
}
