import type { Category } from '../core/classification.ts';

export { defineCatalog, type CatalogDefinition } from './catalog-definition.ts';

/** What a catalog row may ask of its caller. */
export type FailureCategory = Exclude<Category, 'success'>;

/** One row of a catalog: what a provider's code means, and where the provider says so. */
export interface CatalogRule {
  /** What the code asks of the caller. */
  readonly category: FailureCategory;
  /** Holds only with one of these statuses; with any status where left out. */
  readonly statuses?: readonly number[];
  /**
   * Holds only where the server's message contains one of these phrases, upper or lower case alike.
   * For a provider that documents two meanings under one code and tells them apart in prose alone.
   */
  readonly phrases?: readonly string[];
  /** Why, or where the provider documents it. */
  readonly source?: string;
}

/**
 * A catalog row in short form (the category alone), in full, or several told apart by status or
 * phrase, of which the first that holds decides. If none of them holds, the catalog has no opinion.
 */
export type CatalogEntry = FailureCategory | CatalogRule | readonly CatalogRule[];

/** A provider's table: what each of its error codes and unusual statuses means. */
export interface Catalog<Code extends string = string> {
  /** The provider's name, as it appears in the rule that a classification reports. */
  readonly name: string;
  /** Hosts that speak this catalog: an exact name, or `*.` and a suffix. */
  readonly hosts: readonly string[];
  /** What each machine code means. */
  readonly codes: Readonly<Record<Code, CatalogEntry>>;
  /** What a status means here, where that differs from HTTP's own meaning. */
  readonly statuses: Readonly<Record<number, CatalogEntry>>;
  /** `'in-success'` where this API reports errors in the body of a 2xx. */
  readonly errorBodies: 'in-failure' | 'in-success';
  /** `'retry'` where the provider documents backoff for every method, POST too. */
  readonly unsafeMethods: 'when-unprocessed' | 'retry';
}

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

/** What a row of a catalog says about a failure. */
export interface CatalogMatch {
  readonly catalog: Catalog;
  readonly rule: CatalogRule;
}

/**
 * What the first catalog that knows this code says about it; `undefined` where none has an opinion.
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

/** What the first catalog with an opinion on this status says about it. */
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
