import { OptionError, callable, objectWith, readOptions, type Checks } from '../core/options.ts';
import { joinPolicies } from '../core/pipeline.ts';
import type { Policy } from '../core/policy.ts';
import { addressOf } from './address.ts';
import { Exchange, type MiddlewareOptions } from './exchange.ts';
import { isRefused, withLastingHeaders } from './fetch-arguments.ts';
import { disguise, type Fetch, type Middleware } from './fetch.ts';

export const MIDDLEWARE_CHECKS: Checks<MiddlewareOptions> = {
  catalog: {
    expected: 'a catalog, a list of catalogs, or a function that finds one by URL',
    accepts: (catalog) => typeof catalog === 'function' || [catalog].flat().every(isCatalog),
  },
  key: {
    expected: 'a string or a function',
    accepts: (key) => typeof key === 'string' || typeof key === 'function',
  },
  onEvent: callable,
};

const isCatalog = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'codes' in value && 'statuses' in value;

const policyCheck = objectWith('execute');

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
export function asMiddleware(policy: Policy, options?: MiddlewareOptions): Middleware {
  if (!policyCheck.accepts(policy)) {
    throw new OptionError('asMiddleware.policy', policyCheck.expected, policy);
  }
  const settings = readOptions('asMiddleware', options, {}, MIDDLEWARE_CHECKS);
  // A policy of the user's own may throw instead of rejecting: the pipeline around it does not.
  const surrounding = joinPolicies([policy]);
  return (next) => {
    if (!callable.accepts(next)) {
      throw new OptionError('asMiddleware.next', callable.expected, next);
    }
    const wrapped: Fetch = (...request) => {
      const address = addressOf(request[0]);
      // A local address needs no policy, and what fetch refuses it refuses best itself.
      if (!address.isRemote || isRefused(request)) return next(...request);
      try {
        return new Exchange(
          next,
          withLastingHeaders(request),
          address,
          surrounding,
          settings,
        ).run();
      } catch (error) {
        // A `key` of the user's own has thrown.
        return Promise.reject(error);
      }
    };
    return disguise(wrapped, next);
  };
}
