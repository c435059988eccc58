import {
  OptionError,
  anything,
  oneOf,
  positive,
  positiveOrInfinity,
  readOptions,
  text,
  wholeNumber,
  type Checks,
  type Resolved,
} from '../../core/options.ts';
import {
  RANDOM_POLICY_CHECKS,
  REAL_WORLD,
  openToListeners,
  type RandomPolicyOptions,
} from '../../core/policy-options.ts';
import { defaultBurst } from './lease-terms.ts';
import { senderOf, type RedisClient, type SendCommand } from './redis-client.ts';
import type { OnStoreError } from './without-store.ts';

/** One limit for many processes, and what happens without the store that they share. */
export interface RedisTokenBucketOptions extends RandomPolicyOptions {
  /** Your client; holdfast neither connects nor closes it. */
  readonly client: RedisClient;
  /** Tokens that come in a second, for all processes together. */
  readonly ratePerSecond: number;
  /** Tokens that an idle limit saves up at most. @defaultValue what comes in 50 ms, at least 1 */
  readonly burst?: number | undefined;
  /** The tokens that one attempt takes, if its call does not say. @defaultValue 1 */
  readonly weight?: number | undefined;
  /** The name of the limit, which all calls share then. @defaultValue each key has a limit of its own */
  readonly name?: string | undefined;
  /** The beginning of all keys in Redis. @defaultValue 'holdfast' */
  readonly prefix?: string | undefined;
  /**
   * The way to treat calls while the store fails: `'local-share'` (the rate divided by the members
   * seen lately), `'fail-open'` (all go at once), `'fail-closed'` (all are refused at once).
   * @defaultValue 'local-share'
   */
  readonly onStoreError?: OnStoreError | undefined;
  /** How long an answer of the store is waited for, in milliseconds. @defaultValue 200 */
  readonly storeTimeoutMs?: number | undefined;
  /** How many processes there are: for the local share, until the store says it. @defaultValue 1 */
  readonly expectedMembers?: number | undefined;
  /** How many attempts of one limit may wait in this process. @defaultValue 50000 */
  readonly maxQueue?: number | undefined;
  /** How long an attempt may wait for its tokens, in milliseconds. @defaultValue Infinity */
  readonly maxWaitMs?: number | undefined;
  /** How many limits are remembered, where each key has its own; idle ones leave first. @defaultValue 1000 */
  readonly maxKeys?: number | undefined;
}

/** As patient as the token bucket of one process; a store in the same data centre answers in a millisecond. */
export const REDIS_TOKEN_BUCKET_DEFAULTS = Object.freeze({
  weight: 1,
  prefix: 'holdfast',
  onStoreError: 'local-share' as OnStoreError,
  storeTimeoutMs: 200,
  expectedMembers: 1,
  maxQueue: 50_000,
  maxWaitMs: Infinity,
  maxKeys: 1000,
});

const REDIS_TOKEN_BUCKET_CHECKS: Checks<RedisTokenBucketOptions> = {
  ...RANDOM_POLICY_CHECKS,
  client: anything,
  ratePerSecond: positive,
  burst: wholeNumber(1),
  weight: wholeNumber(1),
  name: text,
  prefix: text,
  onStoreError: oneOf('local-share', 'fail-open', 'fail-closed'),
  storeTimeoutMs: positive,
  expectedMembers: wholeNumber(1),
  maxQueue: wholeNumber(0, 'or-infinity'),
  maxWaitMs: positiveOrInfinity,
  maxKeys: wholeNumber(1),
};

/** Options with their defaults, and how commands are sent. */
export type RedisTokenBucketSettings = Resolved<
  RedisTokenBucketOptions,
  typeof REDIS_TOKEN_BUCKET_DEFAULTS & typeof REAL_WORLD
> & { readonly burst: number; readonly send: SendCommand };

/** @throws {@link OptionError} for options that cannot work. */
export function readRedisTokenBucketOptions(
  options: RedisTokenBucketOptions,
): RedisTokenBucketSettings {
  const owner = 'redisTokenBucket';
  const settings = readOptions(
    owner,
    options,
    { ...REDIS_TOKEN_BUCKET_DEFAULTS, ...REAL_WORLD },
    REDIS_TOKEN_BUCKET_CHECKS,
    ['ratePerSecond'],
  );
  const { ratePerSecond, weight, burst = defaultBurst(ratePerSecond, weight) } = settings;
  if (weight > burst) {
    throw new OptionError(
      `${owner}.weight`,
      `at most burst (${burst}), or no attempt ever starts`,
      weight,
    );
  }
  return openToListeners({ ...settings, burst, send: senderOf(owner, settings.client) });
}
