import type { Context, Layer, Operation } from '../../core/call.ts';
import { refusal, type Classification } from '../../core/classification.ts';
import { systemClock, type Clock } from '../../core/clock.ts';
import { RateLimitedError, withoutStack } from '../../core/errors.ts';
import { tell, type EventListener } from '../../core/events.ts';
import { KeyedStore } from '../../core/keyed-store.ts';
import {
  OptionError,
  callable,
  objectWith,
  oneOf,
  positive,
  positiveOrInfinity,
  readOptions,
  wholeNumber,
  type Checks,
} from '../../core/options.ts';
import { definePolicy, type Policy } from '../../core/policy.ts';
import { Bucket, type Waiter } from './bucket.ts';
import { ConfiguredPace, ResumingPace, type Token } from './pace.ts';
import { ThrottleMemory } from './throttle-memory.ts';
import { verdictOnError, verdictOnValue } from '../verdict.ts';

/** How fast attempts may start, and what happens to those that come too fast. */
export interface TokenBucketOptions {
  /** Tokens that come in a second, for each key; left out, nothing is held back until the server throttles. */
  readonly ratePerSecond?: number | undefined;
  /** Tokens that an idle key saves up at most. @defaultValue what comes in a second, at least 1 */
  readonly burst?: number | undefined;
  /** How many may wait for a token of one key. @defaultValue 1000 */
  readonly maxQueue?: number | undefined;
  /** How long one may wait for a token, in milliseconds; who would wait longer is refused at once. @defaultValue 60000 */
  readonly maxWaitMs?: number | undefined;
  /** `'wait'` for a token, or `'reject'` at once. @defaultValue 'wait' */
  readonly onEmpty?: 'wait' | 'reject' | undefined;
  /** How many keys are remembered; idle ones leave first. @defaultValue 1000 */
  readonly maxKeys?: number | undefined;
  /** Is told of waits, pauses and refusals. */
  readonly onEvent?: EventListener | undefined;
  /** @defaultValue systemClock */
  readonly clock?: Clock | undefined;
}

/**
 * A thousand waiters and a minute are as much as a process should hold back before it says no;
 * a minute is also the longest hint that the retry policy waits for by default.
 */
export const TOKEN_BUCKET_DEFAULTS = Object.freeze({
  maxQueue: 1000,
  maxWaitMs: 60_000,
  onEmpty: 'wait' as 'wait' | 'reject',
  maxKeys: 1000,
});

const TOKEN_BUCKET_CHECKS: Checks<TokenBucketOptions> = {
  ratePerSecond: positive,
  burst: wholeNumber(1),
  maxQueue: wholeNumber(0, 'or-infinity'),
  maxWaitMs: positiveOrInfinity,
  onEmpty: oneOf('wait', 'reject'),
  maxKeys: wholeNumber(1),
  onEvent: callable,
  clock: objectWith('now', 'epochNow', 'setTimer'),
};

interface Key {
  readonly bucket: Bucket;
  readonly throttles: ThrottleMemory;
}

/**
 * Starts at most `burst` + `ratePerSecond` × t attempts of one key in any t seconds, first come
 * first served within a priority. A throttle from the server pauses the whole key for as long as
 * the server says, with or without a rate, and traffic then resumes paced.
 *
 * A call is refused with a {@link RateLimitedError} that says when to come back if the line is
 * full, the wait too long or the deadline too near.
 *
 * @throws {@link OptionError} for options that cannot work.
 */
export function tokenBucket(options?: TokenBucketOptions): Policy {
  const settings = readOptions(
    'tokenBucket',
    options,
    { ...TOKEN_BUCKET_DEFAULTS, clock: systemClock },
    TOKEN_BUCKET_CHECKS,
  );
  const { clock, onEvent, ratePerSecond } = settings;
  if (settings.burst !== undefined && ratePerSecond === undefined) {
    throw new OptionError('tokenBucket.burst', 'left out where ratePerSecond is', settings.burst);
  }
  const burst = settings.burst ?? Math.max(1, Math.floor(ratePerSecond ?? 1));
  const newPace = () =>
    ratePerSecond === undefined ? new ResumingPace() : new ConfiguredPace(ratePerSecond, burst);
  const keys = new KeyedStore<Key>(
    settings.maxKeys,
    () => ({ bucket: new Bucket(clock, newPace()), throttles: new ThrottleMemory() }),
    ({ bucket }) => bucket.idle,
  );
  // Without a rate a key that has never been throttled needs no bucket.
  const keyOf = (name: string): Key | undefined =>
    ratePerSecond === undefined ? keys.peek(name) : keys.use(name);

  const refuse = (context: Context, because: string, retryAfterMs: number): RateLimitedError => {
    const classification = refusal('throttle', because, Math.ceil(retryAfterMs));
    const { key, call } = context;
    if (onEvent) tell(onEvent, { type: 'refused', key, by: 'token-bucket', because, retryAfterMs });
    return withoutStack(() => new RateLimitedError(because, call.failure(classification)));
  };

  /** Why a call that would wait for `waitMs` is not let into the line; `undefined` if it is. */
  const obstacle = (bucket: Bucket, context: Context, waitMs: number): string | undefined => {
    if (settings.onEmpty === 'reject') return 'no token is free';
    if (bucket.waiting >= settings.maxQueue) {
      return `${bucket.waiting} calls wait for a token already`;
    }
    if (waitMs > settings.maxWaitMs) {
      return `a token comes later than maxWaitMs (${settings.maxWaitMs} ms)`;
    }
    if (clock.now() + waitMs >= context.deadline) {
      return 'a token comes only after the total deadline';
    }
    return undefined;
  };

  const waitForToken = async (bucket: Bucket, context: Context): Promise<Token> => {
    const { key, attempt, call, cancellation, record } = context;
    const waitMs = bucket.estimateMs(call.priority);
    const because = obstacle(bucket, context, waitMs);
    if (because !== undefined) throw refuse(context, because, waitMs);
    if (onEvent) tell(onEvent, { type: 'queued', key, attempt, waitMs });
    const joinedAt = clock.now();
    const token = await new Promise<Token>((resolve, reject) => {
      const waiter: Waiter = {
        leavesAt: Math.min(joinedAt + settings.maxWaitMs, context.deadline),
        grant(granted) {
          forget?.();
          resolve(granted);
        },
        sendAway(longerMs) {
          forget?.();
          reject(refuse(context, 'the key is paused for longer than it may wait', longerMs));
        },
      };
      bucket.join(waiter, call.priority);
      const forget = cancellation?.onCancel((reason) => {
        bucket.leave(waiter);
        reject(reason);
      });
    });
    record.queuedMs += clock.now() - joinedAt;
    return token;
  };

  const learn = ({ key, record }: Context, classification: Classification): void => {
    if (classification.category === 'success') {
      keyOf(key)?.throttles.succeeded(record.startedOn ?? 0);
    } else if (classification.category === 'throttle' && classification.decidedBy !== 'policy') {
      const { bucket, throttles } = keys.use(key);
      const pauseMs = throttles.throttled(
        clock.now(),
        record.startedOn ?? 0,
        classification.retryAfterMs,
      );
      if (onEvent) tell(onEvent, { type: 'key-paused', key, pauseMs, classification });
      bucket.pause(pauseMs);
    }
  };

  const tokenBucketLayer: Layer = async <T>(operation: Operation<T>, context: Context) => {
    const bucket = keyOf(context.key)?.bucket;
    const token = bucket && (bucket.tryTake() ?? (await waitForToken(bucket, context)));
    let value: T;
    try {
      value = await operation(context);
    } catch (error) {
      learn(context, verdictOnError(context, error));
      throw error;
    } finally {
      // Refused further in, aborted at the last moment, answered from a cache: nothing was sent.
      if (token !== undefined && context.record.startedOn === undefined) bucket?.giveBack(token);
    }
    const verdict = verdictOnValue(context, value);
    learn(context, 'then' in verdict ? await verdict : verdict);
    return value;
  };
  return definePolicy(tokenBucketLayer, { clock });
}
