import { defaultCatalog } from '../../catalogs/default-catalog.ts';
import type { Catalog } from '../../classify/catalog/catalog.ts';
import { OptionError, readOptions, type Checks } from '../../core/options.ts';
import { joinPolicies } from '../../core/pipeline.ts';
import { REAL_WORLD, openToListeners } from '../../core/policy-options.ts';
import type { Policy } from '../../core/policy.ts';
import { addressOf } from '../../http/address.ts';
import { MIDDLEWARE_CHECKS } from '../../http/middleware.ts';
import {
  RESILIENT_FETCH_DEFAULTS,
  STANDARD_STACK_CHECKS,
  type ReadyMadeLayers,
  type ResilientFetchOptions,
} from '../../http/standard-stack.ts';
import { standardStack } from '../../http/whole-stack.ts';
import type { Dispatch, DispatchHandler, DispatchOptions } from './dispatching.ts';
import { Exchange } from './exchange.ts';

/** A name for what is asked for, told from the options of a dispatch: what shares one bucket and one breaker. */
export type DispatchKeyOf = (options: DispatchOptions) => string;

/** How the requests of a dispatcher are read. */
export interface DispatchReadingOptions {
  /**
   * The provider's error codes, or how to find them by URL; an empty list for none.
   * @defaultValue by the URL's host, or none for a policy of your own
   */
  readonly catalog?:
    Catalog | readonly Catalog[] | ((url: string) => Catalog | undefined) | undefined;
  /**
   * What shares one bucket and one breaker.
   * @defaultValue the origin, or `'default'` for a `Client` or `Pool` of undici 7, which does not say it
   */
  readonly key?: string | DispatchKeyOf | undefined;
  /** What shares one limit of the server. @defaultValue the key, and whose credential the request carries */
  readonly scope?: string | DispatchKeyOf | undefined;
  /** What may fail or be slow alone. @defaultValue method and path, ids folded into one: `GET /users/:id` */
  readonly route?: string | DispatchKeyOf | undefined;
}

/** How a dispatcher is made to survive: the options of `resilientFetch`, but for those about one fetch. */
export interface ResilientDispatcherOptions
  extends
    Omit<
      ResilientFetchOptions,
      | keyof ReadyMadeLayers
      | 'catalog'
      | 'key'
      | 'scope'
      | 'route'
      | 'idempotencyKey'
      | 'streams'
      | 'forKey'
    >,
    DispatchReadingOptions {}

/** What `dispatcher.compose()` takes, of whichever version of undici. */
export type ResilientInterceptor = <Send extends (options: never, handler: never) => boolean>(
  dispatch: Send,
) => Send;

const READING_CHECKS: Checks<DispatchReadingOptions> = {
  catalog: STANDARD_STACK_CHECKS.catalog,
  key: STANDARD_STACK_CHECKS.key,
  scope: MIDDLEWARE_CHECKS.scope,
  route: MIDDLEWARE_CHECKS.route,
};
const CHECKS: Checks<ResilientDispatcherOptions> = { ...STANDARD_STACK_CHECKS, ...READING_CHECKS };

/**
 * Makes an undici dispatcher survive: an interceptor for `dispatcher.compose()`, so that `request`,
 * `stream`, `pipeline`, undici's `fetch` and, with `setGlobalDispatcher`, everything else that goes
 * through undici get the policies of `resilientFetch`.
 *
 * - What remains after the last attempt reaches the caller as it came, its body included.
 * - A body given as a string, bytes or a Blob is repeated; a stream, an iterator (which is what
 *   undici's own `fetch` makes of every body) or form data is sent once.
 * - Upgrades and CONNECT go straight through.
 * - A body that breaks off of itself ends the call with its error, which counts as an abort.
 * - `reportOf(context)` tells what was done: of the context in the result of `request`, or in what
 *   the factory of `stream` and the handler of `pipeline` are given.
 *
 * The policies live as long as the interceptor: every dispatcher that is composed with it shares
 * them.
 *
 * @param given - options as of `resilientFetch`, or a policy of your own
 * @param reading - catalog, key, scope and route for a policy of your own
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * const dispatcher = new Agent().compose(resilient({ retry: { maxRetries: 5 } }));
 * const { statusCode, body } = await request(url, { dispatcher });
 */
export function resilient(
  given?: ResilientDispatcherOptions | Policy,
  reading?: DispatchReadingOptions,
): ResilientInterceptor {
  const { policies, catalog, key, scope, route } = setUp(given, reading);
  // A policy of the user's own may not heed an abort: the pipeline around it does.
  const policy = joinPolicies([policies]);
  const keyOf =
    typeof key === 'function' ? key : (options: DispatchOptions) => key ?? keyOfOrigin(options);
  const catalogsOf = (options: DispatchOptions): readonly Catalog[] =>
    listOf(typeof catalog === 'function' ? catalog(urlOf(options)) : catalog);

  const interceptor = (dispatch: Dispatch): Dispatch =>
    function resilientDispatch(options: DispatchOptions, handler: DispatchHandler): boolean {
      if (options.method === 'CONNECT' || options.upgrade) return dispatch(options, handler);
      if (typeof handler.onRequestStart !== 'function') {
        throw new TypeError(
          'holdfast/undici needs the handlers of undici 7 or newer, composed by dispatcher.compose()',
        );
      }
      const read = { key: keyOf(options), catalogs: catalogsOf(options), scope, route };
      new Exchange(dispatch, options, handler, policy, read).run();
      return true;
    };
  return interceptor as unknown as ResilientInterceptor;
}

function setUp(
  given: ResilientDispatcherOptions | Policy | undefined,
  reading: DispatchReadingOptions | undefined,
): DispatchReadingOptions & { readonly policies: Policy } {
  if (given !== undefined && isPolicy(given)) {
    return { ...readOptions('resilient', reading, {}, READING_CHECKS), policies: given };
  }
  if (reading !== undefined) {
    throw new OptionError(
      'resilient.reading',
      'left out: catalog, key, scope and route are options',
      reading,
    );
  }
  const settings = openToListeners(
    readOptions('resilient', given, { ...RESILIENT_FETCH_DEFAULTS, ...REAL_WORLD }, CHECKS),
  );
  const { catalog = defaultCatalog, key, scope, route } = settings;
  return { catalog, key, scope, route, policies: standardStack(settings) };
}

const isPolicy = (given: object | null): given is Policy =>
  typeof given === 'object' && given !== null && 'execute' in given;

/** `undefined` where the dispatcher, a `Client` or a `Pool`, is bound to one origin. */
const originOf = ({ origin }: DispatchOptions): string | undefined =>
  addressOf(origin).origin || undefined;

const keyOfOrigin = (options: DispatchOptions): string => originOf(options) ?? 'default';

/** An origin that is text already is as good as one that has been read: a host is all that counts. */
const urlOf = ({ origin, path }: DispatchOptions): string =>
  typeof origin === 'string' ? `${origin}${path}` : `${addressOf(origin).origin}${path}`;

const NO_CATALOGS: readonly Catalog[] = [];

function listOf(catalog: Catalog | readonly Catalog[] | undefined): readonly Catalog[] {
  if (catalog === undefined) return NO_CATALOGS;
  return isList(catalog) ? catalog : [catalog];
}

const isList = (catalog: Catalog | readonly Catalog[]): catalog is readonly Catalog[] =>
  Array.isArray(catalog);
