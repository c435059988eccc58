import { OptionError, callable, readOptions } from '../core/options.ts';
import { REAL_WORLD, openToListeners } from '../core/policy-options.ts';
import type { MiddlewareOptions } from './middleware-options.ts';
import type { Reading } from './reading.ts';
import { withMembersOf, type Fetch, type FetchLike, type Wrapped } from './fetch.ts';
import { middlewareOf } from './middleware.ts';
import {
  RESILIENT_FETCH_CHECKS,
  RESILIENT_FETCH_DEFAULTS,
  type PartMakers,
  type ResilientFetchOptions,
} from './standard-stack.ts';
import { checkTimes, standardStacks } from './standard-stacks.ts';

/**
 * Puts the standard stack around a fetch whose calls are read so, with layers of these makers.
 *
 * @param defaultCatalog - the catalogs of a fetch that is given none
 * @throws {@link OptionError} for options that cannot work.
 */
export function standardFetch<Inner extends FetchLike>(
  fetch: Inner,
  options: ResilientFetchOptions | undefined,
  defaultCatalog: MiddlewareOptions['catalog'],
  reading: Reading,
  makers: PartMakers,
): Wrapped<Inner> {
  if (!callable.accepts(fetch)) {
    throw new OptionError('resilientFetch.fetch', callable.expected, fetch);
  }
  const settings = openToListeners(
    readOptions(
      'resilientFetch',
      options,
      { ...RESILIENT_FETCH_DEFAULTS, ...REAL_WORLD },
      RESILIENT_FETCH_CHECKS,
    ),
  );
  checkTimes('resilientFetch', options?.attemptTimeoutMs, settings.totalTimeoutMs);
  const {
    catalog = defaultCatalog,
    key,
    scope,
    route,
    idempotencyKey,
    streams,
    onEvent,
  } = settings;
  const wrap = middlewareOf(
    standardStacks({ ...settings, makers }),
    { catalog, key, scope, route, idempotencyKey, streams, onEvent },
    reading,
  );
  const wrapped = wrap(fetch as unknown as Fetch);
  return withMembersOf(settings.coalesce ? settings.coalesce(wrapped) : wrapped, fetch);
}
