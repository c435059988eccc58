import type { ReaderFor } from '../../core/outcome-reader.ts';

/** How an attempt ended, as far as it tells of the load on its server. */
export interface EndedAttempt {
  /** When it was sent, in milliseconds on the clock's monotonic scale. */
  readonly startedOn: number;
  readonly endedOn: number;
  /**
   * `'answered'`: its time counts. `'dropped'`: the server had no time for it (a time-out, a lost
   * connection, a throttle, a 503); how long that took says nothing.
   */
  readonly as: 'answered' | 'dropped';
}

/** How many attempts of one key may run at once, as it stands. */
export interface MovingLimit {
  /** A whole number of at least 1. */
  readonly current: number;
  /** An attempt was let in; so many run now, itself included. */
  entered(inFlight: number): void;
  ended(attempt: EndedAttempt): void;
}

/** A limit that is learned: made once, and begun anew for each key. */
export interface ConcurrencyRule {
  /** Begins for one key. */
  begin(): MovingLimit;
  /** How outcomes are read where no caller says. */
  readonly readerFor: ReaderFor;
}
