import type { Attempt } from '../../core/attempt.ts';
import { isThrottleOfKey } from '../../core/classification.ts';
import type { Context } from '../../core/context.ts';
import { emit } from '../../core/events.ts';
import { KeyedStore } from '../../core/keyed-store.ts';
import { policyOf } from '../../core/layered-policy.ts';
import type { Gate } from '../../core/layers.ts';
import {
  OptionError,
  oneOf,
  positive,
  positiveOrInfinity,
  readOptions,
  wholeNumber,
  type Checks,
} from '../../core/options.ts';
import { POLICY_CHECKS, REAL_WORLD, type PolicyOptions } from '../../core/policy-options.ts';
import type { Policy } from '../../core/policy.ts';
import { refuseAttempt } from '../../core/refusal.ts';
import { readStatuses } from '../status-reader.ts';
import { Bucket, type Waiter } from './bucket.ts';
import { Gcra } from './gcra.ts';
import type { Token } from './pace.ts';
import { RampUp } from './ramp-up.ts';
import { RateLimitedError } from './rate-limited-error.ts';
import { ThrottleMemory } from './throttle-memory.ts';
import './rate-limit-events.ts';

/** How fast attempts may start, and what happens to those that come too fast. */
export interface TokenBucketOptions extends PolicyOptions {
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
  ...POLICY_CHECKS,
  ratePerSecond: positive,
  burst: wholeNumber(1),
  maxQueue: wholeNumber(0, 'or-infinity'),
  maxWaitMs: positiveOrInfinity,
  onEmpty: oneOf('wait', 'reject'),
  maxKeys: wholeNumber(1),
};

/** Nothing starts at a deadline itself. */
const A_MOMENT_MS = 0.001;

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
    { ...TOKEN_BUCKET_DEFAULTS, clock: REAL_WORLD.clock },
    TOKEN_BUCKET_CHECKS,
  );
  const { clock, onEvent, ratePerSecond } = settings;
  if (settings.burst !== undefined && ratePerSecond === undefined) {
    throw new OptionError('tokenBucket.burst', 'left out where ratePerSecond is', settings.burst);
  }
  const burst = settings.burst ?? Math.max(1, Math.floor(ratePerSecond ?? 1));
  const newPace = () =>
    ratePerSecond === undefined ? new RampUp() : new Gcra(ratePerSecond, burst);
  const keys = new KeyedStore<Key>(
    settings.maxKeys,
    () => ({ bucket: new Bucket(clock, newPace()), throttles: new ThrottleMemory() }),
    ({ bucket }) => bucket.idle,
  );
  // Without a rate a key that has never been throttled needs no bucket.
  const keyOf = (name: string): Key | undefined =>
    ratePerSecond === undefined ? keys.peek(name) : keys.use(name);

  const refuse = (context: Context, because: string, waitMs: number): Attempt =>
    refuseAttempt(
      context,
      { by: 'token-bucket', category: 'throttle', because, retryAfterMs: Math.ceil(waitMs) },
      onEvent,
      (details) => new RateLimitedError(because, details),
    );

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

  const waitForToken = (bucket: Bucket, context: Context): Attempt | Promise<Token | Attempt> => {
    const { key, attempt, priority, cancellation } = context;
    const waitMs = bucket.estimateMs(priority);
    const because = obstacle(bucket, context, waitMs);
    if (because !== undefined) return refuse(context, because, waitMs);
    if (onEvent) emit(onEvent, { type: 'queued', by: 'token-bucket', key, attempt, waitMs });
    return new Promise((resolve) => {
      const waiter: Waiter = {
        leavesAt: Math.min(clock.now() + settings.maxWaitMs, context.deadline - A_MOMENT_MS),
        grant(token) {
          cancellation?.remove(leaver);
          resolve(token);
        },
        sendAway(longerMs) {
          cancellation?.remove(leaver);
          resolve(refuse(context, 'the key is paused for longer than it may wait', longerMs));
        },
      };
      // A cancelled attempt is settled by the frame around this gate.
      const leaver = { cancel: () => bucket.leave(waiter) };
      bucket.join(waiter, priority);
      cancellation?.add(leaver);
    });
  };

  const tokenBucketGate: Gate<Token | undefined> = {
    enter(context) {
      const bucket = keyOf(context.key)?.bucket;
      if (bucket === undefined) return undefined;
      return bucket.tryTake() ?? waitForToken(bucket, context);
    },
    left(token, { classification, startedOn = 0 }, { key, record }) {
      // Refused further in, aborted at the last moment, answered from a cache: nothing was sent.
      if (token !== undefined && record.startedOn === undefined) {
        keyOf(key)?.bucket.giveBack(token);
      }
      if (classification?.category === 'success') {
        keyOf(key)?.throttles.succeeded(startedOn);
      } else if (classification !== undefined && isThrottleOfKey(classification)) {
        const { bucket, throttles } = keys.use(key);
        const pauseMs = throttles.throttled(clock.now(), startedOn, classification.retryAfterMs);
        if (onEvent) {
          emit(onEvent, { type: 'key-paused', by: 'token-bucket', key, pauseMs, classification });
        }
        bucket.pause(pauseMs);
      }
    },
  };
  return policyOf([tokenBucketGate], { clock, readerFor: readStatuses });
}
