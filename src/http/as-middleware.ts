import type { Policy } from '../core/policy.ts';
import type { MiddlewareOptions } from './middleware-options.ts';
import type { Middleware } from './fetch.ts';
import { middleware } from './middleware.ts';
import { WHOLE_READING } from './whole-reading.ts';

/**
 * Puts a policy around any fetch. The first attempt gets the caller's own arguments; what comes
 * back is the server's own response, or the original error, and nothing that the caller could not
 * have got from fetch itself, except holdfast's refusals and timeouts.
 *
 * @throws {@link OptionError} for a policy, options or a fetch that cannot work.
 *
 * @example
 * const fetch = asMiddleware(pipeline(retry(), circuitBreaker()))(globalThis.fetch);
 */
export const asMiddleware = (policy: Policy, options?: MiddlewareOptions): Middleware =>
  middleware(policy, options, WHOLE_READING);
