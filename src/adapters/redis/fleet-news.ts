/** How the circuit of a fleet stands, as the store says it to one member. */
export interface FleetNews {
  /** How many members were seen lately, this one included. */
  readonly members: number;
  /** Grows with every opening, and with everything that is done by hand. */
  readonly generation: number;
  /** Grows within a generation each time that the window is cut. */
  readonly cut: number;
  readonly state: 'closed' | 'half-open' | 'open';
  readonly isByHand: boolean;
  /** How many attempts of this member may go. */
  readonly granted: number;
  /** When to ask again for an attempt that waits, in milliseconds from now. */
  readonly retryAfterMs: number;
  /** When to report again, in milliseconds from now, if nothing fails. */
  readonly reportAfterMs: number;
  /** For how long it has not been closed, in milliseconds. */
  readonly ageMs: number;
  /** How many probes have been sent. */
  readonly probes: number;
  /** How often it was closed by hand. */
  readonly closings: number;
}

const STATES = ['closed', 'half-open', 'open', 'open'] as const;
const BY_HAND = 3;

/** @throws TypeError for an answer that is none of the script's. */
export function readFleetNews(answer: unknown): FleetNews {
  const numbers = Array.isArray(answer) ? answer.map(Number) : [];
  const [members = 0, generation = 0, cut = 0, kind = -1, granted = 0] = numbers;
  const [retryAfterMs = 0, reportAfterMs = 0, ageMs = 0, probes = 0, closings = 0] =
    numbers.slice(5);
  const state = STATES[kind];
  if (!(members >= 1) || state === undefined || numbers.some(Number.isNaN)) {
    throw new TypeError('the store gave an answer that is none of the script');
  }
  const outage = { ageMs, probes };
  const next = { retryAfterMs, reportAfterMs };
  const isByHand = kind === BY_HAND;
  return { members, generation, cut, state, isByHand, granted, ...next, ...outage, closings };
}
