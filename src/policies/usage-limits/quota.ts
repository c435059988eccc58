/** What a call took of a quota, until it is known what it used. */
export interface Charge {
  readonly units: number;
}

/**
 * So many units in a stretch of time. Time is handed in and never kept: a quota has no timer. All
 * moments are on the clock's monotonic scale, in milliseconds.
 */
export interface Quota {
  /** The most that a call may cost. */
  readonly amount: number;
  /** How many units are there now; below 0 where calls used more than they took. */
  level(now: number): number;
  /** The moment at which `units` are there, where nobody but the `ahead` units takes any before. */
  freeAt(now: number, units: number, ahead?: number): number;
  /** Takes units, whether or not they are there. */
  take(now: number, units: number): Charge;
  /** Says, once, what a call has really used: the rest comes back, and what was used beyond it is taken too. */
  settle(charge: Charge, now: number, used: number): void;
  /**
   * Somebody else has used some: no more than `level` are left.
   *
   * @param until - the moment at which what is missing comes back, where that is known
   */
  lower(now: number, level: number, until?: number): void;
  /** How many units come in a millisecond now, on average. */
  readonly unitsPerMs: number;
  /** The server throttles all the same: it gives less than is configured. */
  slowDown?(now: number): void;
  /** The server accepts: it may give more than before, up to what is configured. */
  speedUp?(now: number): void;
  /** Whether nothing is missing. */
  isFull(now: number): boolean;
}

/** Sums of fractions are a hair off the whole that they are. */
export const A_HAIR = 1e-6;
