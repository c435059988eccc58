import type { Category } from '../core/classification.ts';

/** One row of a catalog: what a provider's code means, and where the provider says so. */
export interface CatalogRule {
  /** What the code asks of the caller. */
  readonly category: Exclude<Category, 'success'>;
  /** Holds only with one of these statuses; with any status where left out. */
  readonly statuses?: readonly number[];
  /** Why, or where the provider documents it. */
  readonly source?: string;
}

/** A catalog row in short form (the category alone), in full, or several told apart by status. */
export type CatalogEntry = Exclude<Category, 'success'> | CatalogRule | readonly CatalogRule[];

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
