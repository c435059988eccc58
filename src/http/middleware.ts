import { OptionError, callable, objectWith, readOptions, type Checks } from '../core/options.ts';
import { joinPolicies } from '../core/pipeline.ts';
import type { Policy } from '../core/policy.ts';
import { rememberPolicy } from '../policies/control.ts';
import { addressOf } from './address.ts';
import { Exchange, type MiddlewareOptions, type ReaderOf } from './exchange.ts';
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

/** Puts a policy around a fetch whose outcomes are read by `readerOf`. */
export function middleware(
  policy: Policy,
  options: MiddlewareOptions | undefined,
  readerOf: ReaderOf,
): Middleware {
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
        const lasting = withLastingHeaders(request);
        return new Exchange(next, lasting, address, surrounding, settings, readerOf).run();
      } catch (error) {
        // A `key` of the user's own has thrown.
        return Promise.reject(error);
      }
    };
    return rememberPolicy(disguise(wrapped, next), surrounding);
  };
}
