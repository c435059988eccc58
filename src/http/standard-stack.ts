import type { Clock } from '../core/clock.ts';
import { OptionError, ownedBy, positive, type Check, type Checks } from '../core/options.ts';
import { joinPolicies } from '../core/pipeline.ts';
import { RANDOM_POLICY_CHECKS, type RandomPolicyOptions } from '../core/policy-options.ts';
import type { Policy } from '../core/policy.ts';
import {
  circuitBreaker,
  type CircuitBreakerOptions,
} from '../policies/circuit-breaker/circuit-breaker.ts';
import { tokenBucket, type TokenBucketOptions } from '../policies/rate-limit/token-bucket.ts';
import { retry, type RetryOptions } from '../policies/retry/retry.ts';
import { timeout } from '../policies/timeout.ts';
import { MIDDLEWARE_CHECKS } from './middleware.ts';
import type { KeyOf, MiddlewareOptions } from './exchange.ts';

/** How a fetch is made to survive. Every part has defaults; `false` leaves a part out. */
export interface ResilientFetchOptions extends RandomPolicyOptions {
  /**
   * The provider's error codes; an empty list for none.
   * @defaultValue the few that must be known beforehand, by the URL's host; `byHost` of
   * `holdfast/catalogs` knows them all
   */
  readonly catalog?: MiddlewareOptions['catalog'];
  /** When and how a failed request is tried again. */
  readonly retry?: RetryOptions | false | undefined;
  /** How fast requests may start; or a limiter of your own. */
  readonly rateLimit?: TokenBucketOptions | Policy | false | undefined;
  /** When to stop asking a server that keeps failing; or a breaker that you share and work by hand. */
  readonly circuitBreaker?: CircuitBreakerOptions | Policy | false | undefined;
  /** How long one attempt may take to give its headers, in milliseconds. @defaultValue 300000 */
  readonly attemptTimeoutMs?: number | false | undefined;
  /** How long a call may take until its headers are there, waits and retries included, in milliseconds. @defaultValue 900000 */
  readonly totalTimeoutMs?: number | false | undefined;
  /** What shares one bucket and one breaker. @defaultValue the URL's origin */
  readonly key?: string | KeyOf | undefined;
}

/**
 * Nothing that an API documents as normal is cut off: five minutes are twice the longest answer of
 * the OnDemand contract (a plugin runs up to 2.5 minutes) and what Node's own fetch waits for
 * headers; fifteen minutes hold four such answers and the waits between them.
 */
export const RESILIENT_FETCH_DEFAULTS = Object.freeze({
  attemptTimeoutMs: 300_000 as number | false,
  totalTimeoutMs: 900_000 as number | false,
});

const partOf = (expected: string): Check => ({
  expected,
  accepts: (value) => value === false || (typeof value === 'object' && value !== null),
});

const orFalse = (check: Check): Check => ({
  expected: `${check.expected}, or false`,
  accepts: (value) => value === false || check.accepts(value),
});

export const RESILIENT_FETCH_CHECKS: Checks<ResilientFetchOptions> = {
  ...RANDOM_POLICY_CHECKS,
  catalog: MIDDLEWARE_CHECKS.catalog,
  retry: partOf('an object of retry options, or false'),
  rateLimit: partOf('an object of token bucket options, a limiter, or false'),
  circuitBreaker: partOf('an object of circuit breaker options, a breaker, or false'),
  attemptTimeoutMs: orFalse(positive),
  totalTimeoutMs: orFalse(positive),
  key: MIDDLEWARE_CHECKS.key,
};

/** What the standard stack is made of: all options but those about how a request is read. */
export type StandardStackSettings = Omit<ResilientFetchOptions, 'catalog' | 'key'> & {
  readonly clock: Clock;
  readonly random: () => number;
};

/** The standard stack, outermost first; see `docs/concepts.md` for why in this order. */
export function standardStack(settings: StandardStackSettings): Policy {
  const { onEvent, clock, random, totalTimeoutMs, attemptTimeoutMs } = settings;
  const timing = { onEvent, clock };
  const layers: readonly (Policy | undefined)[] = [
    totalTimeoutMs ? timeout({ timeoutMs: totalTimeoutMs, ...timing }) : undefined,
    part('retry', settings.retry, (own) => retry(inherit({ ...timing, random }, own))),
    part('rateLimit', settings.rateLimit, (own) =>
      tokenBucket(inherit<TokenBucketOptions>(timing, own)),
    ),
    part('circuitBreaker', settings.circuitBreaker, (own) =>
      circuitBreaker(inherit({ ...timing, random }, own)),
    ),
    attemptTimeoutMs ? timeout({ timeoutMs: attemptTimeoutMs, ...timing }) : undefined,
  ];
  return joinPolicies(layers.filter((layer) => layer !== undefined));
}

/** A layer made of its options, given ready-made, or left out. */
function part<Options extends object>(
  name: string,
  given: Options | Policy | false | undefined,
  make: (options: Options | undefined) => Policy,
): Policy | undefined {
  if (given === false) return undefined;
  if (given !== undefined && isPolicy(given)) return given;
  try {
    return make(given);
  } catch (error) {
    throw error instanceof OptionError ? ownedBy(name, error) : error;
  }
}

/** What a part leaves out it has from the whole; `undefined` counts as left out here too. */
function inherit<Options extends object>(whole: Options, own: Options | undefined): Options {
  const given = Object.entries(own ?? {}).filter(([, value]) => value !== undefined);
  return { ...whole, ...Object.fromEntries(given) };
}

const isPolicy = (given: object): given is Policy => 'execute' in given;
