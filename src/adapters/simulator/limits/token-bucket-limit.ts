import { OptionError, positive } from '../../../core/options.ts';
import type { RateSteps } from '../rate-steps.ts';
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

/** Makes a token bucket: in `t` seconds it accepts at most `burst + rate × t` requests. */
export function tokenBucketLimit(options: TokenBucketLimitOptions): Limit {
  const { ratePerSecond } = options;
  const rates = typeof ratePerSecond === 'number' ? [[0, ratePerSecond] as const] : ratePerSecond;
  for (const [, rate] of rates) requirePositive('tokenBucketLimit.ratePerSecond', rate);
  const firstRate = rates[0]?.[1] ?? NaN;
  const burst = options.burst ?? firstRate;
  requirePositive('tokenBucketLimit.burst', burst);

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

function requirePositive(name: string, value: number): void {
  if (!positive.accepts(value)) throw new OptionError(name, positive.expected, value);
}
