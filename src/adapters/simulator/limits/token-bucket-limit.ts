import { positive, readOptions } from '../../../core/options.ts';
import { rateOrSteps, stepsOf, type RateSteps } from '../rate-steps.ts';
import type { Limit } from './limit.ts';

/** The numbers of a {@link tokenBucketLimit}. */
export interface TokenBucketLimitOptions {
  /** Tokens that come in a second. */
  readonly ratePerSecond: number | RateSteps;
  /**
   * Tokens that it holds, all of them at the start.
   * @defaultValue what comes in a second, at the first rate
   */
  readonly burst?: number;
}

/**
 * Makes a token bucket: in `t` seconds it accepts at most `burst + rate × t` requests.
 *
 * @example
 * const limit = tokenBucketLimit({ ratePerSecond: 10, burst: 20 });
 */
export function tokenBucketLimit(options: TokenBucketLimitOptions): Limit {
  const { ratePerSecond, burst: givenBurst } = readOptions(
    'tokenBucketLimit',
    options,
    {},
    { ratePerSecond: rateOrSteps, burst: positive },
    ['ratePerSecond'],
  );
  const rates = stepsOf(ratePerSecond);
  const firstRate = rates[0]?.[1] ?? 0;
  const burst = givenBurst ?? firstRate;

  let tokens = burst;
  let filledAt = 0;
  let rate = firstRate;
  let nextChange = 1;

  function fillUpTo(moment: number): void {
    tokens = Math.min(burst, tokens + ((moment - filledAt) * rate) / 1_000);
    filledAt = moment;
  }

  function fill(nowMs: number): void {
    for (let change = rates[nextChange]; change && change[0] <= nowMs; change = rates[nextChange]) {
      fillUpTo(change[0]);
      [, rate] = change;
      nextChange += 1;
    }
    fillUpTo(nowMs);
  }

  return {
    take(nowMs) {
      fill(nowMs);
      // A sum of refills may be a hair below the whole token that it is.
      const accepted = tokens >= 1 - 1e-9;
      if (accepted) tokens = Math.max(0, tokens - 1);
      return {
        accepted,
        waitMs: accepted ? 0 : (1_000 * (1 - tokens)) / rate,
        limit: burst,
        remaining: Math.floor(tokens + 1e-9),
        resetMs: (1_000 * (burst - tokens)) / rate,
        windowMs: (1_000 * burst) / rate,
      };
    },
  };
}
