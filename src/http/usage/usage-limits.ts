import type { Clock } from '../../core/clock.ts';
import type { Policy } from '../../core/policy.ts';
import { readStatuses } from '../../policies/status-reader.ts';
import { usageLimitsReadBy } from '../../policies/usage-limits/usage-limits.ts';
import type { UsageLimitsOptions } from '../../policies/usage-limits/usage-limits-options.ts';
import type { UsageSource } from '../../policies/usage-limits/usage-source.ts';
import { addressOf } from '../address.ts';
import { requestOf } from '../asked-request.ts';
import { isResponse } from '../response-shape.ts';
import { announcedUsage } from './announced-usage.ts';
import { watchAnswer } from './watched-answer.ts';

/**
 * Keeps calls to limits that count requests, tokens or anything else, several at once. Each attempt
 * takes its estimated cost of all limits before it starts, and waits until all of it is there; its
 * answer settles what it used. Hand it to a fetch as its `rateLimit`, or put it inside the retry of a
 * pipeline. It is a {@link tokenBucket} without a rate too: it learns what the server accepts.
 *
 * In any window of t at most `burst` + `amount` ÷ `per` × t units are used by the calls that start in
 * it, but for what calls use beyond what they took: as much as their estimates are usually short of is
 * taken too, and comes back when they are settled. Nobody overtakes within a priority.
 *
 * What is announced (`x-ratelimit-remaining-tokens`, `anthropic-ratelimit-…`) corrects the limit of
 * the same unit downwards.
 *
 * A call is refused with a {@link RateLimitedError} if the line is full, the wait too long, the
 * deadline too near, or its cost above all that a limit allows.
 *
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * const fetch = resilientFetch(globalThis.fetch, {
 *   rateLimit: usageLimits({
 *     limits: [
 *       { per: 'minute', requests: 500 },
 *       { per: 'minute', tokens: 30_000, cost: estimateTokens, settle: usageOf },
 *     ],
 *   }),
 * });
 */
export function usageLimits(options: UsageLimitsOptions): Policy {
  return usageLimitsReadBy(sourceFor, options, readStatuses);
}

const sourceFor = (clock: Clock): UsageSource => ({
  requestOf(context) {
    const { key, route } = context;
    const request = requestOf(context);
    return {
      url: request && addressOf(request[0]).url,
      method: context.method,
      body: request?.[1]?.body ?? undefined,
      key,
      route,
    };
  },
  watch: watchAnswer,
  announced: (value) =>
    isResponse(value) && !value.redirected
      ? announcedUsage((name) => value.headers.get(name), clock.epochNow())
      : [],
});
