import {
  anything,
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
  type RandomPolicyOptions,
} from '../../core/policy-options.ts';
import { senderOf, type RedisClient, type SendCommand } from './redis-client.ts';

/** One circuit for many processes. */
export interface RedisCircuitBreakerOptions extends RandomPolicyOptions {
  /** Your client; holdfast neither connects nor closes it. */
  readonly client: RedisClient;
  /** The name of the circuit, which all calls share then. @defaultValue each key has a circuit of its own */
  readonly name?: string | undefined;
  /** The beginning of all keys in Redis. @defaultValue 'holdfast' */
  readonly prefix?: string | undefined;
  /**
   * When an attempt is given up, in milliseconds, by a timeout further in. Give it the one of your
   * `resilientFetch`, which cannot hand it to a breaker that is made beforehand.
   * @defaultValue Infinity: not known
   */
  readonly attemptTimeoutMs?: number | undefined;
  /** How long an answer of the store is waited for, in milliseconds. @defaultValue 200 */
  readonly storeTimeoutMs?: number | undefined;
  /** How many circuits are remembered, where each key has its own; closed ones leave first. @defaultValue 1000 */
  readonly maxKeys?: number | undefined;
}

/** The rules of a fleet's circuit are no options: all members must count alike. */
export const REDIS_CIRCUIT_BREAKER_DEFAULTS = Object.freeze({
  prefix: 'holdfast',
  attemptTimeoutMs: Infinity,
  storeTimeoutMs: 200,
  maxKeys: 1000,
});

const REDIS_CIRCUIT_BREAKER_CHECKS: Checks<RedisCircuitBreakerOptions> = {
  ...RANDOM_POLICY_CHECKS,
  client: anything,
  name: text,
  prefix: text,
  attemptTimeoutMs: positiveOrInfinity,
  storeTimeoutMs: positive,
  maxKeys: wholeNumber(1),
};

/** Options with their defaults, and how commands are sent. */
export type RedisCircuitBreakerSettings = Resolved<
  RedisCircuitBreakerOptions,
  typeof REDIS_CIRCUIT_BREAKER_DEFAULTS & typeof REAL_WORLD
> & { readonly send: SendCommand };

/** @throws {@link OptionError} for options that cannot work. */
export function readRedisCircuitBreakerOptions(
  options: RedisCircuitBreakerOptions,
): RedisCircuitBreakerSettings {
  const owner = 'redisCircuitBreaker';
  const settings = readOptions(
    owner,
    options,
    { ...REDIS_CIRCUIT_BREAKER_DEFAULTS, ...REAL_WORLD },
    REDIS_CIRCUIT_BREAKER_CHECKS,
  );
  return { ...settings, send: senderOf(owner, settings.client) };
}
