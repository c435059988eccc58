import { OptionError, callable, readOptions } from '../core/options.ts';
import { REAL_WORLD } from '../core/policy-options.ts';
import type { MiddlewareOptions, ReaderOf } from './exchange.ts';
import type { Fetch } from './fetch.ts';
import { middleware } from './middleware.ts';
import {
  RESILIENT_FETCH_CHECKS,
  RESILIENT_FETCH_DEFAULTS,
  standardStack,
  type ResilientFetchOptions,
} from './standard-stack.ts';

/**
 * Puts the standard stack around a fetch whose outcomes are read by `readerOf`.
 *
 * @param defaultCatalog - the catalogs of a fetch that is given none
 * @throws {@link OptionError} for options that cannot work.
 */
export function standardFetch(
  fetch: Fetch,
  options: ResilientFetchOptions | undefined,
  defaultCatalog: MiddlewareOptions['catalog'],
  readerOf: ReaderOf,
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
  return middleware(standardStack(settings), { catalog, key, onEvent }, readerOf)(fetch);
}
