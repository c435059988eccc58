import type { Category } from '../../core/classification.ts';
import type { StreamReading } from '../streams/stream-reading.ts';

/** The categories that a catalog row may have. */
export type FailureCategory = Exclude<Category, 'success'>;

/** One row of a catalog: the meaning of a provider's code, and the document that says so. */
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
  /**
   * The header by which this API knows a repeated request, for `idempotencyKey`; `false` where none
   * is documented, so that none is sent and nothing is repeated on its strength. `Idempotency-Key`
   * where left out.
   */
  readonly idempotencyHeader?: string | false | undefined;
  /** How its streams of events are read, made by `eventStreams()`; they are not where left out, or `false`. */
  readonly streams?: StreamReading | false | undefined;
}
