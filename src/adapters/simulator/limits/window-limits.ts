import { positive, readOptions, wholeNumber } from '../../../core/options.ts';
import type { Limit } from './limit.ts';

/** The numbers of a limit by windows. */
export interface WindowLimitOptions {
  /** Requests in a window. */
  readonly limit: number;
  /** The length of a window, in milliseconds. */
  readonly windowMs: number;
}

const readWindow = (owner: string, options: WindowLimitOptions): WindowLimitOptions =>
  readOptions(owner, options, {}, { limit: wholeNumber(1), windowMs: positive }, [
    'limit',
    'windowMs',
  ]);

/**
 * Makes a limit by fixed windows, which begin at multiples of their length: all is granted again then.
 *
 * @example
 * const limit = fixedWindowLimit({ limit: 600, windowMs: 60_000 });
 */
export function fixedWindowLimit(options: WindowLimitOptions): Limit {
  const { limit, windowMs } = readWindow('fixedWindowLimit', options);
  let current = -1;
  let used = 0;
  return {
    take(nowMs) {
      const window = Math.floor(nowMs / windowMs);
      if (window !== current) {
        current = window;
        used = 0;
      }
      const accepted = used < limit;
      if (accepted) used += 1;
      const resetMs = (window + 1) * windowMs - nowMs;
      return {
        accepted,
        waitMs: accepted ? 0 : resetMs,
        limit,
        remaining: limit - used,
        resetMs,
        windowMs,
      };
    },
  };
}

/**
 * Makes a limit by a sliding log: at most `limit` requests in any window of that length.
 *
 * @example
 * const limit = slidingLogLimit({ limit: 600, windowMs: 60_000 });
 */
export function slidingLogLimit(options: WindowLimitOptions): Limit {
  const { limit, windowMs } = readWindow('slidingLogLimit', options);
  /** When the last `limit` requests were accepted, as a ring. */
  const log = new Float64Array(limit).fill(-Infinity);
  let oldest = 0;
  let inWindow = 0;
  return {
    take(nowMs) {
      const at = (index: number): number => log[index % limit] ?? -Infinity;
      while (inWindow > 0 && at(oldest) <= nowMs - windowMs) {
        oldest = (oldest + 1) % limit;
        inWindow -= 1;
      }
      const accepted = inWindow < limit;
      const freeAt = at(oldest) + windowMs;
      if (accepted) {
        log[(oldest + inWindow) % limit] = nowMs;
        inWindow += 1;
      }
      return {
        accepted,
        waitMs: accepted ? 0 : freeAt - nowMs,
        limit,
        remaining: limit - inWindow,
        resetMs: inWindow > 0 ? at(oldest + inWindow - 1) + windowMs - nowMs : 0,
        windowMs,
      };
    },
  };
}
