import type { Context, Layer, Operation } from '../../core/call.ts';
import { systemClock, type Clock } from '../../core/clock.ts';
import type { EventListener } from '../../core/events.ts';
import type { UnsafeMethods } from '../../core/interpreter.ts';
import {
  callable,
  nonNegative,
  objectWith,
  oneOf,
  readOptions,
  wholeNumber,
  type Checks,
} from '../../core/options.ts';
import { definePolicy, type Policy } from '../../core/policy.ts';
import type { Jitter } from './backoff.ts';
import { repeat } from './retry-loop.ts';
import { verdictOnError, verdictOnValue } from '../verdict.ts';

/** When and how a failed call is tried again. */
export interface RetryOptions {
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
   * Whether a request that is not idempotent is repeated. `'when-unprocessed'`: only where the
   * server or the network shows that it was not acted on. `'retry'`: like any other.
   * `'never'`: not at all. @defaultValue 'when-unprocessed', or what the catalog says
   */
  readonly unsafeMethods?: UnsafeMethods | undefined;
  /** Is told of failures, waits and giving up. */
  readonly onEvent?: EventListener | undefined;
  /** @defaultValue systemClock */
  readonly clock?: Clock | undefined;
  /** Gives a number from 0 up to 1. @defaultValue Math.random */
  readonly random?: (() => number) | undefined;
}

/**
 * Three retries ride out a restart or a lost packet; more of them multiply an outage. The base is
 * above the round trip of most APIs; the cap is that of the AWS SDKs; a minute is as long as a
 * caller that waits for an answer can be expected to hold the line.
 */
export const RETRY_DEFAULTS = Object.freeze({
  maxRetries: 3,
  baseDelayMs: 250,
  maxDelayMs: 20_000,
  jitter: 'full' as Jitter,
  maxRetryAfterMs: 60_000,
});

const RETRY_CHECKS: Checks<RetryOptions> = {
  maxRetries: wholeNumber(0, 'or-infinity'),
  baseDelayMs: nonNegative,
  maxDelayMs: nonNegative,
  jitter: oneOf('full', 'equal', 'none'),
  maxRetryAfterMs: nonNegative,
  unsafeMethods: oneOf('when-unprocessed', 'retry', 'never'),
  onEvent: callable,
  clock: objectWith('now', 'epochNow', 'setTimer'),
  random: callable,
};

/**
 * Tries a failed operation again while its verdict says that it helps: `retryable` and `throttle`
 * failures are repeated with exponential backoff, never earlier than the server's hint; `fatal`
 * ones and holdfast's own refusals are not.
 *
 * What remains after the last attempt is returned or thrown as it came. A call that is made within
 * a call that is retried already is left to that one, so that retries do not multiply.
 *
 * @throws {@link OptionError} for options that cannot work.
 */
export function retry(options?: RetryOptions): Policy {
  const settings = readOptions(
    'retry',
    options,
    { ...RETRY_DEFAULTS, clock: systemClock, random: Math.random },
    RETRY_CHECKS,
  );

  // The first attempt runs bare: a call that succeeds at once never meets the retry loop.
  const retryLayer: Layer = async <T>(operation: Operation<T>, context: Context): Promise<T> => {
    if (settings.maxRetries > 0) context.call.isRepeated = true;
    let value: T;
    try {
      value = await operation(context);
    } catch (error) {
      const classification = verdictOnError(context, error);
      return repeat(operation, { kind: 'threw', error, context, classification }, settings);
    }
    const verdict = verdictOnValue(context, value);
    const classification = 'then' in verdict ? await verdict : verdict;
    if (classification.category === 'success') return value;
    return repeat(operation, { kind: 'returned', value, context, classification }, settings);
  };
  return definePolicy(retryLayer, { clock: settings.clock, repeats: settings.maxRetries > 0 });
}
