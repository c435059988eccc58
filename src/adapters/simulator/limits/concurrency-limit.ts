import { OptionError, wholeNumber } from '../../../core/options.ts';
import type { Limit } from './limit.ts';

/**
 * Makes a limit of requests that are in the server at one time.
 *
 * @example
 * const server = limited(world, { limit: serverConcurrencyLimit(20) }, healthy);
 */
export function serverConcurrencyLimit(limit: number): Limit {
  const check = wholeNumber(1);
  if (!check.accepts(limit)) throw new OptionError('serverConcurrencyLimit', check.expected, limit);
  let inside = 0;
  return {
    take() {
      const accepted = inside < limit;
      if (accepted) inside += 1;
      // It cannot know when the first of them will leave.
      return {
        accepted,
        waitMs: accepted ? 0 : 1_000,
        limit,
        remaining: limit - inside,
        resetMs: 0,
        windowMs: 0,
      };
    },
    release() {
      inside -= 1;
    },
  };
}
