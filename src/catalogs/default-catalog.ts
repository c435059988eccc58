import type { Catalog } from '../classify/catalog/catalog.ts';
import { hostLookup, type CatalogLookup } from './host-lookup.ts';
import { ondemandContract } from './ondemand-contract.ts';

/** A provider of which nothing is said but that its errors come in a 2xx. */
const errorsInSuccess = (name: string, ...hosts: readonly string[]): Catalog => ({
  name,
  hosts,
  codes: {},
  statuses: {},
  errorBodies: 'in-success',
  unsafeMethods: 'when-unprocessed',
  idempotencyHeader: false,
});

const GITHUB_GRAPHQL = 'github-graphql';

/**
 * The hosts that a fetch must know beforehand: errors in a 2xx are not read otherwise, and a POST
 * is not repeated otherwise. The codes of providers are not here: the general rules read them, and
 * `byHost` of `holdfast/catalogs` knows them exactly.
 */
export const DEFAULT_CATALOGS: readonly Catalog[] = [
  ondemandContract,
  errorsInSuccess('slack', 'slack.com', 'api.slack.com', 'hooks.slack.com', 'www.slack.com'),
  errorsInSuccess('shopify', '*.myshopify.com'),
  errorsInSuccess(GITHUB_GRAPHQL, 'api.github.com'),
];

/** The small lookup that a fetch uses unless it is given catalogs. */
export const defaultCatalog: CatalogLookup = hostLookup(DEFAULT_CATALOGS, (catalog, pathname) =>
  // One host, two APIs: only GraphQL's successes need to be read.
  catalog.name === GITHUB_GRAPHQL && pathname !== '/graphql' ? undefined : catalog,
);
