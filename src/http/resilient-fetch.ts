import { defaultCatalog } from '../catalogs/default-catalog.ts';
import type { Fetch, FetchLike, Wrapped } from './fetch.ts';
import { platformFetch } from './platform-fetch.ts';
import { standardFetch } from './standard-fetch.ts';
import type { ResilientFetchOptions } from './standard-stack.ts';
import { WHOLE_READING } from './whole-reading.ts';
import { WHOLE_PARTS } from './whole-stack.ts';

/**
 * Makes a fetch survive: the same signature, so any SDK that takes a fetch takes this one.
 *
 * Each failure is read once; its classification decides whether the request is tried again and when,
 * what the token bucket learns of the limit, and whether a circuit opens. Outermost first:
 * total timeout, retry, token bucket, circuit breaker, attempt timeout, fetch.
 *
 * @param fetch - the fetch to wrap, also undici's, node-fetch's or cross-fetch's, whose type is
 * kept; the platform's own, looked up at each call, where left out
 * @returns a fetch that gives the last response as it came, throws the original error, or throws
 * one of holdfast's: {@link TimeoutError}, {@link CircuitOpenError}, {@link RateLimitedError}
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * const fetch = resilientFetch(globalThis.fetch, { retry: { maxRetries: 5 } });
 * const response = await fetch('https://api.example.com/v1/things');
 * const quick = await fetch(url, { holdfast: { totalTimeoutMs: 2_000, maxRetries: 1 } });
 */
export function resilientFetch(fetch?: undefined, options?: ResilientFetchOptions): Wrapped<Fetch>;
export function resilientFetch<Inner extends Fetch>(
  fetch: Inner | undefined,
  options?: ResilientFetchOptions,
): Wrapped<Inner>;
export function resilientFetch<Inner extends FetchLike>(
  fetch: Inner,
  options?: ResilientFetchOptions,
): Wrapped<Inner>;
export function resilientFetch(
  fetch: FetchLike = platformFetch,
  options?: ResilientFetchOptions,
): FetchLike {
  return standardFetch(fetch, options, defaultCatalog, WHOLE_READING, WHOLE_PARTS);
}
