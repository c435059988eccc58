import type { BodyEvidence } from './body/body-evidence.ts';
import type { Catalog } from './catalog/catalog.ts';
import type { HeaderMap } from './headers/response-headers.ts';
import type { StatedWait } from './wait/longest-wait.ts';
import type { Meaning } from './words/meanings.ts';
import type { PhraseMatch } from './words/phrases.ts';

/** The tables of providers that a classification may lean on. */
export type Catalogs = Catalog | readonly Catalog[] | undefined;

/** Everything that one failure says. The parts that cost time are read once, when asked for. */
export interface FailureReading {
  /** The status; below 400 where an API answers 200 to everything. */
  readonly status: number;
  readonly headers: HeaderMap;
  readonly body: BodyEvidence;
  readonly catalog: Catalogs;
  readonly codes: readonly string[];
  readonly message: string | undefined;
  /** The meaning of the message, else of the other texts of the body. */
  readonly prose: () => PhraseMatch<Meaning> | undefined;
  /** A header states a wait outright: `'unusable'` where it makes no sense. */
  readonly headerWait: () => number | 'unusable' | undefined;
  /** The longest wait that is stated, an exhausted bucket's among them. */
  readonly wait: () => StatedWait | undefined;
  /** The same without the buckets. */
  readonly statedWait: () => StatedWait | undefined;
}
