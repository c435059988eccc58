import { defaultCatalog } from '../catalogs/default-catalog.ts';
import type { Fetch } from './fetch.ts';
import { outcomeReader } from './outcome-reader.ts';
import { platformFetch } from './platform-fetch.ts';
import { standardFetch } from './standard-fetch.ts';
import type { ResilientFetchOptions } from './standard-stack.ts';

/**
 * Makes a fetch survive: the same signature, so any SDK that takes a fetch takes this one.
 *
 * Each failure is read once; its classification decides whether the request is tried again and when,
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
  return standardFetch(fetch, options, defaultCatalog, outcomeReader);
}
