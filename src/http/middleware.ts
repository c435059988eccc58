import { listening } from '../core/attempt-events.ts';
import { policyOf } from '../core/layered-policy.ts';
import {
  OptionError,
  callable,
  objectWith,
  orFalse,
  readOptions,
  type Check,
  type Checks,
} from '../core/options.ts';
import { joinPolicies } from '../core/pipeline.ts';
import { openToListeners } from '../core/policy-options.ts';
import type { Policy } from '../core/policy.ts';
import { priorityNumber } from '../core/priority.ts';
import { rememberWrapping } from '../policies/wrapping.ts';
import { addressOf } from './address.ts';
import { Exchange } from './exchange.ts';
import type { MiddlewareOptions } from './middleware-options.ts';
import type { Reading } from './reading.ts';
import { isRefused, withLastingHeaders, type FetchArguments } from './fetch-arguments.ts';
import {
  hasCallOptions,
  refuseStackOptions,
  streamsOf,
  takeCallOptions,
  type FetchCallOptions,
} from './fetch-call-options.ts';
import { disguise, type Fetch, type Middleware } from './fetch.ts';

const stringOrFunction: Check = {
  expected: 'a string or a function',
  accepts: (value) => typeof value === 'string' || typeof value === 'function',
};

export const MIDDLEWARE_CHECKS: Checks<MiddlewareOptions> = {
  catalog: {
    expected: 'a catalog, a list of catalogs, or a function that finds one by URL',
    accepts: (catalog) => typeof catalog === 'function' || [catalog].flat().every(isCatalog),
  },
  key: stringOrFunction,
  scope: stringOrFunction,
  route: stringOrFunction,
  idempotencyKey: {
    expected: "'auto', a function, or false",
    accepts: (value) => value === 'auto' || value === false || typeof value === 'function',
  },
  streams: orFalse(objectWith('reads', 'hold')),
  onEvent: callable,
};

const isCatalog = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'codes' in value && 'statuses' in value;

const policyCheck = objectWith('execute');

/** Finds the policy for a call, by its key and what its caller says about it. */
export interface PolicyFor {
  (key: string, call: FetchCallOptions | undefined): Policy;
  /** All policies that may be chosen, but for those of single calls. */
  readonly all: readonly Policy[];
}

/** Puts a policy around a fetch whose calls are read so. */
export function middleware(
  policy: Policy,
  options: MiddlewareOptions | undefined,
  reading: Reading,
): Middleware {
  if (!policyCheck.accepts(policy)) {
    throw new OptionError('asMiddleware.policy', policyCheck.expected, policy);
  }
  // A policy of the user's own may throw instead of rejecting: the pipeline around it does not.
  const settings = openToListeners(readOptions('asMiddleware', options, {}, MIDDLEWARE_CHECKS));
  const surrounding = joinPolicies([policyOf([listening(settings.onEvent)]), policy]);
  const policyFor = (_key: string, call: FetchCallOptions | undefined): Policy => {
    if (call !== undefined) refuseStackOptions(call);
    return surrounding;
  };
  return middlewareOf(Object.assign(policyFor, { all: [surrounding] }), settings, reading);
}

/** The same, where each call may have another policy. */
export function middlewareOf(
  policyFor: PolicyFor,
  options: MiddlewareOptions | undefined,
  reading: Reading,
): Middleware {
  const settings = readOptions('asMiddleware', options, {}, MIDDLEWARE_CHECKS);
  return (next) => {
    if (!callable.accepts(next)) {
      throw new OptionError('asMiddleware.next', callable.expected, next);
    }
    const start = (given: FetchArguments, call: FetchCallOptions | undefined) => {
      const address = addressOf(given[0]);
      // A local address needs no policy, and what fetch refuses it refuses best itself.
      if (!address.isRemote || isRefused(given)) return next(...given);
      try {
        const request = withLastingHeaders(given);
        const key = call?.key ?? keyOf(request, settings, address.origin);
        const policy = policyFor(key, call);
        const exchange = new Exchange(next, request, address, key, policy, settings, reading);
        if (call?.priority !== undefined) exchange.priority = priorityNumber(call.priority);
        exchange.weight = call?.weight;
        if (call !== undefined) exchange.streams = streamsOf(call, exchange.streams);
        return exchange.run();
      } catch (error) {
        // A `key` of the user's own has thrown, or an option of the call cannot work.
        return Promise.reject(error);
      }
    };
    const wrapped: Fetch = (...given) => {
      if (!hasCallOptions(given[1])) return start(given, undefined);
      try {
        const { request, call } = takeCallOptions(given);
        return start(request, call);
      } catch (error) {
        return Promise.reject(error);
      }
    };
    const { all: policies } = policyFor;
    return rememberWrapping(disguise(wrapped, next), { policies, listeners: [], controls: [] });
  };
}

// By index: taking an array apart costs as much as all the rest.
const keyOf = (request: FetchArguments, { key }: MiddlewareOptions, origin: string): string =>
  typeof key === 'function' ? key(request[0], request[1]) : (key ?? origin);
