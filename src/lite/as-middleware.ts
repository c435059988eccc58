import type { Policy } from '../core/policy.ts';
import type { MiddlewareOptions } from '../http/middleware-options.ts';
import type { Middleware } from '../http/fetch.ts';
import { middleware } from '../http/middleware.ts';
import { LITE_READING } from './outcome-reader.ts';

/**
 * Puts a policy around any fetch, like `asMiddleware` of `holdfast`; failures are read by their
 * status, `Retry-After`, the code in a JSON body and the catalogs that are handed in.
 *
 * @throws {@link OptionError} for a policy, options or a fetch that cannot work.
 *
 * @example
 * const fetch = asMiddleware(pipeline(retry(), circuitBreaker()))(globalThis.fetch);
 */
export const asMiddleware = (policy: Policy, options?: MiddlewareOptions): Middleware =>
  middleware(policy, options, LITE_READING);
