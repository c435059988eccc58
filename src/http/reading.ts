import type { Catalog } from '../classify/catalog/catalog.ts';
import type { Clock } from '../core/clock.ts';
import type { OutcomeReader } from '../core/outcome-reader.ts';

/** Makes the reader of outcomes for calls that live by this clock. */
export type ReaderOf = (clock: Clock, catalogs: readonly Catalog[]) => OutcomeReader;

/** How a call is read where the user does not say: `holdfast/lite` reads less. */
export interface Reading {
  readonly readerOf: ReaderOf;
  /** What shares one limit of the server; left out, it is the key. */
  readonly scopeOf?: ((key: string, headers: Headers) => string) | undefined;
  /** What may fail or be slow alone; left out, it has no name. */
  readonly routeOf?: ((method: string, url: string) => string) | undefined;
}
