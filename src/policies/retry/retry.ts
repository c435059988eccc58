import type { Attempt } from '../../core/attempt.ts';
import { SUCCESS, type Classification } from '../../core/classification.ts';
import type { Context } from '../../core/context.ts';
import { policyOf } from '../../core/layered-policy.ts';
import type { Wrap } from '../../core/layers.ts';
import {
  nonNegative,
  oneOf,
  positiveOrInfinity,
  readOptions,
  wholeNumber,
  type Checks,
} from '../../core/options.ts';
import {
  RANDOM_POLICY_CHECKS,
  REAL_WORLD,
  openToListeners,
  type RandomPolicyOptions,
} from '../../core/policy-options.ts';
import type { Policy } from '../../core/policy.ts';
import { classificationOf } from '../../core/read-outcome.ts';
import { controlledBy } from '../control-part.ts';
import { readPlainly } from '../plain-reader.ts';
import type { RetryBudget, RetryBudgetOptions } from '../retry-budget.ts';
import type { Jitter } from './backoff.ts';
import { budgetCheck, budgetFor } from './budget-of-retry.ts';
import type { UnsafeMethods } from './retry-decision.ts';
import { repeat } from './retry-loop.ts';

/** When and how a failed call is tried again. */
export interface RetryOptions extends RandomPolicyOptions {
  /** How often at most after the first try; `Infinity` for as long as the deadline allows. @defaultValue 3 */
  readonly maxRetries?: number | undefined;
  /** The first backoff's ceiling in milliseconds; it doubles with each retry. @defaultValue 250 */
  readonly baseDelayMs?: number | undefined;
  /** The most that a backoff grows to, in milliseconds; a server's hint may be longer. @defaultValue 20000 */
  readonly maxDelayMs?: number | undefined;
  /** `'full'`: anything from 0 to the ceiling. `'equal'`: from half of it. `'none'`: the ceiling itself. @defaultValue 'full' */
  readonly jitter?: Jitter | undefined;
  /** A server's hint beyond this many milliseconds ends the call at once; it is never shortened. @defaultValue 60000 */
  readonly maxRetryAfterMs?: number | undefined;
  /**
   * An attempt that ran for so many milliseconds and got no answer is not repeated: the server may
   * still be at work on it. `Infinity` to repeat it all the same. @defaultValue 60000
   */
  readonly maxUnansweredMs?: number | undefined;
  /**
   * Whether a request that is not idempotent is repeated. `'when-unprocessed'`: only where the
   * server or the network shows that it was not acted on. `'retry'`: like any other.
   * `'never'`: not at all. An operation that is no request is held to it only where it is given.
   * @defaultValue 'when-unprocessed', or what the catalog says
   */
  readonly unsafeMethods?: UnsafeMethods | undefined;
  /**
   * How many failures the calls of one key may repeat together, so that repetitions never multiply an
   * outage: 5 at first, and 0.3 for each answer. A repetition after a throttle is free. `false` for no
   * such bound, which is also what `maxRetries: Infinity` has; a {@link retryBudget} to share one.
   * @defaultValue one of this policy's own
   */
  readonly budget?: RetryBudgetOptions | RetryBudget | false | undefined;
}

/**
 * Three retries ride out a restart or a lost packet; more of them multiply an outage. The base is
 * above the round trip of most APIs; the cap is that of the AWS SDKs; a minute is as long as a
 * caller that waits for an answer can be expected to hold the line, and as long as an attempt may
 * have taken for another one to be worth it.
 */
export const RETRY_DEFAULTS = Object.freeze({
  maxRetries: 3,
  baseDelayMs: 250,
  maxDelayMs: 20_000,
  jitter: 'full' as Jitter,
  maxRetryAfterMs: 60_000,
  maxUnansweredMs: 60_000,
});

const RETRY_CHECKS: Checks<RetryOptions> = {
  ...RANDOM_POLICY_CHECKS,
  maxRetries: wholeNumber(0, 'or-infinity'),
  baseDelayMs: nonNegative,
  maxDelayMs: nonNegative,
  jitter: oneOf('full', 'equal', 'none'),
  maxRetryAfterMs: nonNegative,
  maxUnansweredMs: positiveOrInfinity,
  unsafeMethods: oneOf('when-unprocessed', 'retry', 'never'),
  budget: budgetCheck,
};

/**
 * Tries a failed operation again while its classification says that it helps: `retryable` and
 * `throttle` failures are repeated with exponential backoff, never earlier than the server's hint;
 * `fatal` ones and holdfast's own refusals are not.
 *
 * What remains after the last attempt is returned or thrown as it came. A call that is made within
 * a call that is retried already is left to that one, so that retries do not multiply.
 *
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * const policy = pipeline(retry({ maxRetries: 5, baseDelayMs: 100 }), circuitBreaker());
 */
export function retry(options?: RetryOptions): Policy {
  const given = openToListeners(
    readOptions('retry', options, { ...RETRY_DEFAULTS, ...REAL_WORLD }, RETRY_CHECKS),
  );
  const { clock, maxRetries, onEvent } = given;
  const budget = budgetFor(given.budget, maxRetries, clock);
  const settings = { ...given, budget };
  const repeats = maxRetries > 0;

  // The first attempt runs bare: a call that succeeds at once never meets the retry loop.
  const retryWrap: Wrap = {
    onEvent,
    wrap: (next) => {
      const goOn = (
        attempt: Attempt,
        context: Context,
        classification: Classification,
      ): Attempt | Promise<Attempt> => {
        budget?.ended(attempt, classification, context);
        if (classification.category === 'success') return attempt;
        return repeat(next, { attempt, context, classification }, settings);
      };
      return (context) => {
        if (repeats) context.call.isRepeated = true;
        return next(context).then((attempt) => {
          const reading = classificationOf(attempt, context);
          if (reading === SUCCESS) {
            budget?.answered(attempt, context);
            return attempt;
          }
          return reading instanceof Promise
            ? reading.then((classification) => goOn(attempt, context, classification))
            : goOn(attempt, context, reading);
        });
      };
    },
  };
  if (budget !== undefined) controlledBy(retryWrap, budget.control);
  return policyOf([retryWrap], { clock, repeats, readerFor: readPlainly });
}
