import type { Catalog } from '../classify/catalog/catalog.ts';
import { allCatalogs, byHost } from '../catalogs/by-host.ts';
import { UsageError } from './usage-error.ts';

/** A catalog, and what chose it. */
export interface CatalogChoice {
  readonly catalog: Catalog;
  readonly chosenBy: 'name' | 'host';
}

/**
 * The catalog of this name, or that of the URL's host; `undefined` for the name `none`, and where the
 * host is not known.
 *
 * @throws {@link UsageError} where no catalog has that name.
 */
export function chooseCatalog(
  name: string | undefined,
  url: string | undefined,
): CatalogChoice | undefined {
  if (name === 'none') return undefined;
  if (name !== undefined) {
    const catalog = allCatalogs.find((one) => one.name === name);
    if (catalog !== undefined) return { catalog, chosenBy: 'name' };
    const names = allCatalogs.map((one) => one.name).join(', ');
    throw new UsageError(`--catalog: expected one of ${names}, or none, got "${name}"`);
  }
  const catalog = url === undefined ? undefined : byHost(url);
  return catalog && { catalog, chosenBy: 'host' };
}
