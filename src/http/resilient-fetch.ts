import { defaultCatalog as catalogFor } from '../catalogs/default-catalog.ts';
import type { Catalog } from '../classify/catalog/catalog.ts';
import { systemClock, type Clock } from '../core/clock.ts';
import type { EventListener } from '../core/events.ts';
import {
  OptionError,
  callable,
  objectWith,
  positive,
  readOptions,
  type Check,
  type Checks,
} from '../core/options.ts';
import { pipeline, type Policy } from '../core/policy.ts';
import { circuitBreaker, type CircuitBreakerOptions } from '../policies/circuit-breaker/circuit-breaker.ts';
import { retry, type RetryOptions } from '../policies/retry/retry.ts';
import { timeout } from '../policies/timeout.ts';
import { tokenBucket, type TokenBucketOptions } from '../policies/rate-limit/token-bucket.ts';
import {
  asMiddleware,
  MIDDLEWARE_CHECKS,
  type KeyOf,
  type MiddlewareOptions,
} from './as-middleware.ts';
import type { Fetch } from './fetch.ts';

/** How a fetch is made to survive. Every part has defaults; `false` leaves a part out. */
export interface ResilientFetchOptions {
  /**
   * The provider's error codes; an empty list for none.
   * @defaultValue the catalog of the URL's host, if there is one ({@link catalogFor})
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
  /** Is told of everything that happens. */
  readonly onEvent?: EventListener | undefined;
  /** @defaultValue systemClock */
  readonly clock?: Clock | undefined;
  /** Gives a number from 0 up to 1. @defaultValue Math.random */
  readonly random?: (() => number) | undefined;
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

/** Where error codes are looked up unless the caller says otherwise: by the URL's host. */
export const defaultCatalog: (url: string) => Catalog | undefined = catalogFor;

const partOf = (expected: string): Check => ({
  expected,
  accepts: (value) => value === false || (typeof value === 'object' && value !== null),
});

const orFalse = (check: Check): Check => ({
  expected: `${check.expected}, or false`,
  accepts: (value) => value === false || check.accepts(value),
});

export const RESILIENT_FETCH_CHECKS: Checks<ResilientFetchOptions> = {
  catalog: MIDDLEWARE_CHECKS.catalog,
  retry: partOf('an object of retry options, or false'),
  rateLimit: partOf('an object of token bucket options, a limiter, or false'),
  circuitBreaker: partOf('an object of circuit breaker options, a breaker, or false'),
  attemptTimeoutMs: orFalse(positive),
  totalTimeoutMs: orFalse(positive),
  key: MIDDLEWARE_CHECKS.key,
  onEvent: callable,
  clock: objectWith('now', 'epochNow', 'setTimer'),
  random: callable,
};

/**
 * Makes a fetch survive: the same signature, so any SDK that takes a fetch takes this one.
 *
 * Each failure is read once; its verdict decides whether the request is tried again and when,
 * whether everything to that origin slows down, and whether its circuit opens. Outermost first:
 * total timeout, retry, token bucket, circuit breaker, attempt timeout, fetch.
 *
 * @param fetch - the fetch to wrap; the platform's own, looked up at each call, where left out
 * @returns a fetch that gives the last response as it came, throws the original error, or throws
 * one of holdfast's: {@link TimeoutError}, {@link CircuitOpenError}, {@link RateLimitedError}
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * const fetch = resilientFetch(globalThis.fetch, { retry: { maxRetries: 5 } });
 * const response = await fetch('https://api.example.com/v1/things');
 */
export function resilientFetch(
  fetch: Fetch = platformFetch,
  options?: ResilientFetchOptions,
): Fetch {
  if (!callable.accepts(fetch)) {
    throw new OptionError('resilientFetch.fetch', callable.expected, fetch);
  }
  const settings = readOptions(
    'resilientFetch',
    options,
    { ...RESILIENT_FETCH_DEFAULTS, clock: systemClock, random: Math.random },
    RESILIENT_FETCH_CHECKS,
  );
  const { catalog = defaultCatalog, key, onEvent } = settings;
  return asMiddleware(standardStack(settings), { catalog, key, onEvent })(fetch);
}

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
  return pipeline(...layers.filter((layer) => layer !== undefined));
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
    throw error instanceof OptionError ? error.ownedBy(name) : error;
  }
}

/** What a part leaves out it has from the whole; `undefined` counts as left out here too. */
function inherit<Options extends object>(whole: Options, own: Options | undefined): Options {
  const given = Object.entries(own ?? {}).filter(([, value]) => value !== undefined);
  return { ...whole, ...Object.fromEntries(given) };
}

const isPolicy = (given: object): given is Policy => 'execute' in given;

/**
 * Looked up at each call, so that what replaces the global fetch later is used too. With as many
 * arguments as were given: a browser takes an argument that is `undefined` for an address.
 */
const platformFetch: Fetch = (...request) => globalThis.fetch(...request);
Object.defineProperty(platformFetch, 'name', { value: 'fetch' });
Object.defineProperty(platformFetch, 'length', { value: 1 });
