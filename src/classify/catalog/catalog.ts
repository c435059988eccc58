import type { Catalog, CatalogEntry, CatalogRule } from './catalog-shape.ts';

export { defineCatalog, type CatalogDefinition } from './catalog-definition.ts';
export type { Catalog, CatalogEntry, CatalogRule, FailureCategory } from './catalog-shape.ts';

/**
 * The codes that a catalog (or a list of them) knows, for an editor to offer; any other text is
 * admitted too, because no provider's list is complete. `string` where no catalog is given.
 */
export type CodeOf<Given> = Given extends readonly (infer One)[]
  ? CodeOf<One>
  : Given extends Catalog<infer Code>
    ? string extends Code
      ? string
      : Code | (string & {})
    : string;

/** The rule of a catalog that holds for a failure. */
export interface CatalogMatch {
  readonly catalog: Catalog;
  readonly rule: CatalogRule;
}

/**
 * The rule of the first catalog that knows this code; `undefined` where none has an opinion.
 *
 * The only place where rows are read, so that `statuses` and `phrases` mean the same everywhere.
 */
export function ruleForCode(
  catalogs: Catalog | readonly Catalog[] | undefined,
  code: string,
  status: number | undefined,
  message: string | undefined,
): CatalogMatch | undefined {
  for (const catalog of listOf(catalogs)) {
    const rule = holdingRule(ownEntry(catalog.codes, code), status, message);
    if (rule !== undefined) return { catalog, rule };
  }
  return undefined;
}

/** The rule of the first catalog with an opinion on this status. */
export function ruleForStatus(
  catalogs: Catalog | readonly Catalog[] | undefined,
  status: number,
  message: string | undefined,
): CatalogMatch | undefined {
  for (const catalog of listOf(catalogs)) {
    const rule = holdingRule(ownEntry(catalog.statuses, String(status)), status, message);
    if (rule !== undefined) return { catalog, rule };
  }
  return undefined;
}

function listOf(catalogs: Catalog | readonly Catalog[] | undefined): readonly Catalog[] {
  if (catalogs === undefined) return [];
  return Array.isArray(catalogs) ? catalogs : [catalogs as Catalog];
}

// Codes come from servers: `constructor` must not find what every object inherits.
function ownEntry(entries: object, key: string): CatalogEntry | undefined {
  return Object.hasOwn(entries, key) ? (entries as Record<string, CatalogEntry>)[key] : undefined;
}

function holdingRule(
  entry: CatalogEntry | undefined,
  status: number | undefined,
  message: string | undefined,
): CatalogRule | undefined {
  if (entry === undefined) return undefined;
  if (typeof entry === 'string') return { category: entry };
  const rules = Array.isArray(entry) ? (entry as readonly CatalogRule[]) : [entry as CatalogRule];
  const said = message?.toLowerCase();
  return rules.find(
    ({ statuses, phrases }) =>
      (statuses === undefined || (status !== undefined && statuses.includes(status))) &&
      (phrases === undefined ||
        (said !== undefined && phrases.some((phrase) => said.includes(phrase.toLowerCase())))),
  );
}
