import { defaultCatalog } from '../catalogs/default-catalog.ts';
import { OptionError, callable, readOptions } from '../core/options.ts';
import { REAL_WORLD } from '../core/policy-options.ts';
import type { Fetch } from './fetch.ts';
import { middleware } from './middleware.ts';
import { outcomeReader } from './outcome-reader.ts';
import { platformFetch } from './platform-fetch.ts';
import {
  RESILIENT_FETCH_CHECKS,
  RESILIENT_FETCH_DEFAULTS,
  standardStack,
  type ResilientFetchOptions,
} from './standard-stack.ts';

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
  if (!callable.accepts(fetch)) {
    throw new OptionError('resilientFetch.fetch', callable.expected, fetch);
  }
  const settings = readOptions(
    'resilientFetch',
    options,
    { ...RESILIENT_FETCH_DEFAULTS, ...REAL_WORLD },
    RESILIENT_FETCH_CHECKS,
  );
  const { catalog = defaultCatalog, key, onEvent } = settings;
  return middleware(standardStack(settings), { catalog, key, onEvent }, outcomeReader)(fetch);
}
