/** A slot may be used for so long at least: a timer and an answer of the store are milliseconds late. */
const SHORTEST_VALID_MS = 10;
/** Slots that are given for use at once stay usable for so long after the answer has come. */
const SPARE_MS = 5;
/** All members take a turn in so long at least, … */
const SHORTEST_ROUND_MS = 100;
/** … with many members in so much for each, so that the store does not answer more often, … */
const TURN_MS = 20;
/** … and in so long at most: one that joins waits for its first turn. */
const LONGEST_ROUND_MS = 500;
/** The burst that is left out is the tokens of this time. */
const DEFAULT_BURST_MS = 50;

/** The numbers of a limit: all its members count alike. */
export interface LeaseTerms {
  readonly ratePerSecond: number;
  readonly burst: number;
  /** The distance between two slots, in milliseconds. */
  readonly intervalMs: number;
  /** How old a slot may be when it is used, in milliseconds. This is the burst, as a time. */
  readonly validMs: number;
  /** How long the oldest slot of a lease is still usable when it is given. */
  readonly spareMs: number;
}

/** The numbers that follow from a rate (tokens a second) and a burst (tokens). */
export function leaseTerms(ratePerSecond: number, burst: number): LeaseTerms {
  const intervalMs = 1000 / ratePerSecond;
  const validMs = Math.max((burst - 1) * intervalMs, SHORTEST_VALID_MS);
  const spareMs = Math.min(SPARE_MS, validMs / 2);
  return { ratePerSecond, burst, intervalMs, validMs, spareMs };
}

/**
 * How long before its last slot is due a call may start, in milliseconds. The slots of a call that
 * takes all of the burst are usable together for a single moment, which a timer never meets.
 */
export const leewayMs = ({ burst, intervalMs }: LeaseTerms, weight: number): number =>
  weight > 1 && weight >= burst ? Math.min(intervalMs, SHORTEST_VALID_MS) : 0;

/** How many tokens a call is given beyond its weight, so that it may be as late as a timer is. */
export function tokensToBeLate(terms: LeaseTerms, weight: number): number {
  if (weight <= 1) return 0;
  const usableMs = terms.validMs - (weight - 1) * terms.intervalMs + leewayMs(terms, weight);
  return Math.ceil(Math.max(SHORTEST_VALID_MS - usableMs, 0) / terms.intervalMs);
}

/** The burst where none is given: a wait of 50 ms for a timer, or for the store, loses no slot. */
export const defaultBurst = (ratePerSecond: number, weight: number): number =>
  Math.max(1, weight, Math.floor((ratePerSecond * DEFAULT_BURST_MS) / 1000));

/**
 * The most tokens that a member asks for at a time. All members ask for as many, and only when the
 * last lease is being used, so each gets its turn and none more than its share.
 *
 * @param heaviest - the tokens of the heaviest call that a member lately had in line: who asks for it
 *   has more than its share, so the others may ask for as many
 */
export function leaseQuantum(
  terms: LeaseTerms,
  members: number,
  roundTripMs: number,
  heaviest = 1,
): number {
  const share = (terms.ratePerSecond * roundMs(members, roundTripMs)) / 1000 / members;
  return Math.max(Math.floor(share), heaviest);
}

/** How far ahead of its clock the store may have given out slots, in milliseconds. */
export function leaseLeadMs(
  terms: LeaseTerms,
  members: number,
  roundTripMs: number,
  heaviest = 1,
): number {
  // A member asks for one call's tokens at least, however small its share is.
  const leasesMs = leaseQuantum(terms, members, roundTripMs, heaviest) * members * terms.intervalMs;
  return 2 * Math.max(roundMs(members, roundTripMs), leasesMs) + terms.validMs;
}

/** In so long each member has a turn, in milliseconds. */
export const roundMs = (members: number, roundTripMs: number): number =>
  Math.max(
    Math.min(Math.max(members * TURN_MS, SHORTEST_ROUND_MS), LONGEST_ROUND_MS),
    2 * roundTripMs,
  );
