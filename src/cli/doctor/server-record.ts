import type { Catalog } from '../../classify/catalog/catalog.ts';
import { Latencies } from './latencies.ts';
import type { PlayedAttempt } from './replay.ts';

/** A limit that a server announced. */
export interface SeenLimit {
  readonly limit: number;
  /** The window in milliseconds: as it was said, or the longest reset that was seen. */
  windowMs: number;
  readonly isWindowSaid: boolean;
  /** On how many answers it stood. */
  count: number;
}

/** What a log tells of one server. */
export class ServerRecord {
  /** The origin; `undefined` for requests of which the log does not say the address. */
  readonly origin: string | undefined;
  readonly catalog: Catalog | undefined;
  readonly chosenBy: 'name' | 'host' | undefined;
  readonly latencies = new Latencies();
  /** By name and limit. */
  readonly limits = new Map<string, SeenLimit>();
  /** For the replay; only so many as are kept. */
  readonly attempts: PlayedAttempt[] = [];
  calls = 0;
  failures = 0;
  throttles = 0;
  /** How many could not be replayed: no time, or too many. */
  notPlayed = 0;

  constructor(
    origin: string | undefined,
    choice: { readonly catalog: Catalog; readonly chosenBy: 'name' | 'host' } | undefined,
  ) {
    this.origin = origin;
    this.catalog = choice?.catalog;
    this.chosenBy = choice?.chosenBy;
  }
}
