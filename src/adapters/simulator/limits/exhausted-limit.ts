import type { Limit } from './limit.ts';

/**
 * Makes a limit that grants nothing up to a moment, as a quota that is used up; then another holds.
 *
 * @example
 * const limit = exhaustedLimit({ untilMs: 30_000, limit: 600, next: gcraLimit({ ratePerSecond: 10 }) });
 */
export function exhaustedLimit({
  untilMs,
  limit,
  next,
}: {
  /** When the quota is renewed, in virtual milliseconds. */
  readonly untilMs: number;
  /** The quota that was used up, as it is announced. */
  readonly limit: number;
  /** The limit from then on. */
  readonly next: Limit;
}): Limit {
  return {
    take(nowMs) {
      if (nowMs >= untilMs) return next.take(nowMs);
      const waitMs = untilMs - nowMs;
      return { accepted: false, waitMs, limit, remaining: 0, resetMs: waitMs, windowMs: untilMs };
    },
    release: (nowMs) => next.release?.(nowMs),
  };
}
