import type { FetchLike, Wrapped } from '../http/fetch.ts';
import { platformFetch } from '../http/platform-fetch.ts';
import type { resilientFetch as fullResilientFetch } from '../http/resilient-fetch.ts';
import { standardFetch } from '../http/standard-fetch.ts';
import type { PartMakers, ResilientFetchOptions } from '../http/standard-stack.ts';
import { circuitBreaker } from './circuit-breaker.ts';
import { LITE_READING } from './outcome-reader.ts';
import { tokenBucketIfAny } from './token-bucket.ts';

/**
 * Makes a fetch survive: the same signature, the same options and the same stack as
 * `resilientFetch` of `holdfast`, in half the size.
 *
 * A failure is read by its status, `Retry-After`, the code in its JSON body and the catalogs that are
 * handed in; no catalog is looked up by host. There is a bucket only where `rateLimit` has a rate, and
 * neither it nor the breaker tells the routes of a key apart.
 *
 * @param fetch - the fetch to wrap; the platform's own, looked up at each call, where left out
 * @returns a fetch that gives the last response as it came, throws the original error, or throws
 * one of holdfast's: {@link TimeoutError}, {@link CircuitOpenError}, {@link RateLimitedError}
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * const fetch = resilientFetch(globalThis.fetch, { catalog: ondemand });
 */
export const resilientFetch: typeof fullResilientFetch = (
  fetch: FetchLike = platformFetch,
  options?: ResilientFetchOptions,
): Wrapped<FetchLike> => standardFetch(fetch, options, undefined, LITE_READING, PARTS);

/** Without a rate there is nothing that a bucket could do. */
const PARTS: PartMakers = { tokenBucket: tokenBucketIfAny, circuitBreaker };
