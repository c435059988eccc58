import { listening } from '../core/attempt-events.ts';
import type { Clock } from '../core/clock.ts';
import { policyOf } from '../core/layered-policy.ts';
import {
  OptionError,
  callable,
  objectWith,
  orFalse,
  ownedBy,
  positive,
  type Check,
  type Checks,
} from '../core/options.ts';
import { joinPolicies } from '../core/pipeline.ts';
import { RANDOM_POLICY_CHECKS, type RandomPolicyOptions } from '../core/policy-options.ts';
import type { Policy } from '../core/policy.ts';
import type { CircuitBreakerOptions } from '../policies/circuit-breaker/circuit-breaker-options.ts';
import type { HedgePolicy } from '../policies/hedge/hedge.ts';
import type { TokenBucketOptions } from '../policies/rate-limit/token-bucket-options.ts';
import { retry, type RetryOptions } from '../policies/retry/retry.ts';
import { timeout } from '../policies/timeout.ts';
import { MIDDLEWARE_CHECKS } from './middleware.ts';
import type { KeyOf, MiddlewareOptions } from './middleware-options.ts';
import type { Middleware } from './fetch.ts';

/**
 * Layers that a fetch has only where they are given, made with the function of the same name: what is
 * not imported is in no bundle.
 */
export interface ReadyMadeLayers {
  /** Lets identical requests share one: `coalesce()`. Around everything else. */
  readonly coalesce?: Middleware | false | undefined;
  /** Answers in place of a failure: `fallback({ … })`. Around the total timeout. */
  readonly fallback?: Policy | false | undefined;
  /** Where else a request may go: `endpoints([…])`. Inside the retry, outside limit and breaker. */
  readonly endpoints?: Policy | false | undefined;
  /** How many requests run at once: `concurrencyLimit({ … })`. Inside the limit on starts, outside the breaker. */
  readonly concurrency?: Policy | false | undefined;
  /**
   * Sends a second request where the first one is slow: `hedge()`. Inside retry and endpoints, outside
   * limit and breaker; it spends from the budget of the retries unless it was given one.
   */
  readonly hedge?: (Policy & Partial<HedgePolicy>) | false | undefined;
}

/** How a fetch is made to survive. Every part has defaults; `false` leaves a part out. */
export interface ResilientFetchOptions extends RandomPolicyOptions, ReadyMadeLayers {
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
  /** What shares one limit of the server. @defaultValue the key, and whose credential the request carries */
  readonly scope?: MiddlewareOptions['scope'];
  /** What may fail or be slow alone. @defaultValue method and path, ids folded into one: `GET /users/:id` */
  readonly route?: MiddlewareOptions['route'];
  /** The keys by which a server knows a repeated `POST` or `PATCH`; see {@link MiddlewareOptions.idempotencyKey}. @defaultValue false */
  readonly idempotencyKey?: MiddlewareOptions['idempotencyKey'];
  /** How streams of events are read; see {@link MiddlewareOptions.streams}. @defaultValue as the catalog says */
  readonly streams?: MiddlewareOptions['streams'];
  /**
   * What is different for one key: `{ 'https://api.example.com': { totalTimeoutMs: 5_000 } }`. What is
   * left out there is as for every other key.
   */
  readonly forKey?: Readonly<Record<string, KeyedStackOptions>> | undefined;
}

/** The options that may be different for one key. */
export type KeyedStackOptions = Pick<
  ResilientFetchOptions,
  'retry' | 'rateLimit' | 'circuitBreaker' | 'attemptTimeoutMs' | 'totalTimeoutMs'
>;

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

export const KEYED_STACK_CHECKS: Checks<KeyedStackOptions> = {
  retry: partOf('an object of retry options, or false'),
  rateLimit: partOf('an object of token bucket options, a limiter, or false'),
  circuitBreaker: partOf('an object of circuit breaker options, a breaker, or false'),
  attemptTimeoutMs: orFalse(positive),
  totalTimeoutMs: orFalse(positive),
};

/** The checks of what does not depend on a fetch: adapters take these options too. */
export const STANDARD_STACK_CHECKS: Checks<
  Omit<
    ResilientFetchOptions,
    keyof ReadyMadeLayers | 'scope' | 'route' | 'idempotencyKey' | 'streams' | 'forKey'
  >
> = {
  ...RANDOM_POLICY_CHECKS,
  ...KEYED_STACK_CHECKS,
  catalog: MIDDLEWARE_CHECKS.catalog,
  key: MIDDLEWARE_CHECKS.key,
};

const policyOrFalse = orFalse(objectWith('execute'));

export const RESILIENT_FETCH_CHECKS: Checks<ResilientFetchOptions> = {
  ...STANDARD_STACK_CHECKS,
  coalesce: orFalse(callable),
  fallback: policyOrFalse,
  endpoints: policyOrFalse,
  concurrency: policyOrFalse,
  hedge: policyOrFalse,
  scope: MIDDLEWARE_CHECKS.scope,
  route: MIDDLEWARE_CHECKS.route,
  idempotencyKey: MIDDLEWARE_CHECKS.idempotencyKey,
  streams: MIDDLEWARE_CHECKS.streams,
  forKey: {
    expected: 'an object of options by key',
    accepts: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  },
};

/** What the standard stack is made of: all options but those about how a request is read. */
export type StandardStackSettings = KeyedStackOptions &
  RandomPolicyOptions & {
    readonly clock: Clock;
    readonly random: () => number;
  };

/** The layers of the standard stack; `undefined` for one that is left out. */
export type StandardParts = Readonly<Record<keyof KeyedStackOptions, Policy | undefined>>;

/** Makes the layers of which `holdfast/lite` has smaller ones; `undefined` where there is no need of one. */
export interface PartMakers {
  readonly tokenBucket: (options: TokenBucketOptions) => Policy | undefined;
  readonly circuitBreaker: (options: CircuitBreakerOptions) => Policy;
}

/** Joins the layers, outermost first; see `docs/concepts.md` for why in this order. */
export const joinParts = (
  parts: StandardParts,
  {
    onEvent,
    fallback,
    endpoints,
    concurrency,
    hedge,
    retry: retries,
  }: ReadyMadeLayers & Pick<RandomPolicyOptions, 'onEvent'> & Pick<KeyedStackOptions, 'retry'>,
): Policy =>
  joinPolicies(
    [
      fallback || undefined,
      parts.totalTimeoutMs,
      parts.retry,
      endpoints || undefined,
      hedge ? (hedge.besideRetry?.(retries) ?? hedge) : undefined,
      parts.rateLimit,
      concurrency || undefined,
      parts.circuitBreaker,
      onEvent && policyOf([listening(onEvent)]),
      parts.attemptTimeoutMs,
    ].filter((layer) => layer !== undefined),
  );

/** The layers, each made of its options. */
export function standardParts(settings: StandardStackSettings, makers: PartMakers): StandardParts {
  const { onEvent, clock, random, totalTimeoutMs, attemptTimeoutMs } = settings;
  const timing = { onEvent, clock };
  return {
    totalTimeoutMs: totalTimeoutMs ? timeout({ timeoutMs: totalTimeoutMs, ...timing }) : undefined,
    retry: part('retry', settings.retry, (own) => retry(inherit({ ...timing, random }, own))),
    rateLimit: part('rateLimit', settings.rateLimit, (own) =>
      makers.tokenBucket(inherit<TokenBucketOptions>(timing, own)),
    ),
    circuitBreaker: part('circuitBreaker', settings.circuitBreaker, (own) =>
      makers.circuitBreaker(
        inherit<CircuitBreakerOptions>(
          { ...timing, random, attemptTimeoutMs: attemptTimeoutMs || Infinity },
          own,
        ),
      ),
    ),
    attemptTimeoutMs: attemptTimeoutMs
      ? timeout({ timeoutMs: attemptTimeoutMs, ...timing })
      : undefined,
  };
}

/** A layer made of its options, given ready-made, or left out. */
function part<Options extends object>(
  name: string,
  given: Options | Policy | false | undefined,
  make: (options: Options | undefined) => Policy | undefined,
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
export function inherit<Options extends object>(whole: Options, own: Options | undefined): Options {
  const given = Object.entries(own ?? {}).filter(([, value]) => value !== undefined);
  return { ...whole, ...Object.fromEntries(given) };
}

export const isPolicy = (given: object): given is Policy => 'execute' in given;
