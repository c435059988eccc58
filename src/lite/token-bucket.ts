import { KeyedStore } from '../core/keyed-store.ts';
import { policyOf } from '../core/layered-policy.ts';
import type { Gate } from '../core/layers.ts';
import { OptionError } from '../core/options.ts';
import type { Policy } from '../core/policy.ts';
import { readPlainly } from '../policies/plain-reader.ts';
import { Bucket } from '../policies/rate-limit/bucket.ts';
import { Line } from '../policies/rate-limit/line.ts';
import type { Token } from '../policies/rate-limit/pace.ts';
import {
  configuredPace,
  readTokenBucketOptions,
  type TokenBucketOptions,
} from '../policies/rate-limit/token-bucket-options.ts';

/**
 * Starts at most `burst` + `ratePerSecond` × t attempts of one scope in any t seconds, first come
 * first served within a priority. Like `tokenBucket` of `holdfast`, but for what that learns from
 * throttles: here a rate must be given, and a throttle binds the call that got it and nobody else.
 *
 * A call is refused with a {@link RateLimitedError} that says when to come back if the line is
 * full, the wait too long or the deadline too near.
 *
 * @throws {@link OptionError} for options that cannot work, or without a rate.
 *
 * @example
 * const policy = pipeline(retry(), tokenBucket({ ratePerSecond: 10, burst: 20 }));
 */
export function tokenBucket(
  options: TokenBucketOptions & Required<Pick<TokenBucketOptions, 'ratePerSecond'>>,
): Policy {
  const bucket = tokenBucketIfAny(options ?? {});
  if (bucket !== undefined) return bucket;
  throw new OptionError('tokenBucket.ratePerSecond', 'given in holdfast/lite', undefined);
}

/** The same; `undefined` where no rate is configured, since there is nothing to hold back then. */
export function tokenBucketIfAny(options: TokenBucketOptions): Policy | undefined {
  const settings = readTokenBucketOptions(options);
  const { clock, onEvent, ratePerSecond, burst } = settings;
  if (options.learnRate === true) {
    const expected = 'false or left out in holdfast/lite, which learns no rate';
    throw new OptionError('tokenBucket.learnRate', expected, true);
  }
  if (ratePerSecond === undefined) return undefined;
  const line = new Line(settings);
  const buckets = new KeyedStore<Bucket>(
    settings.maxKeys,
    () => new Bucket(clock, configuredPace(ratePerSecond, burst)),
    ({ idle }) => (idle ? -Infinity : Infinity),
  );
  const tokenBucketGate: Gate<Token> = {
    onEvent,
    enter(context) {
      const bucket = buckets.use(context.scope);
      return bucket.tryTake(context.weight) ?? line.wait(bucket, context);
    },
    left(token, _attempt, { record, scope, weight }) {
      // Refused further in, aborted at the last moment, answered from a cache: nothing was sent.
      if (record.startedOn === undefined) buckets.peek(scope)?.giveBack(token, weight);
    },
  };
  return policyOf([tokenBucketGate], { clock, readerFor: readPlainly });
}
