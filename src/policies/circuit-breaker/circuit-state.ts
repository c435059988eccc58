import type { Classification } from '../../core/classification.ts';

export type CircuitState = 'closed' | 'open' | 'half-open';

/** A circuit's state in a form that can be stored and restored. */
export interface CircuitSnapshot {
  readonly state: CircuitState;
  /** How much longer it stays open, in milliseconds; `null` for as long as it is forced to. */
  readonly openForMs: number | null;
  /** How many times in a row it has opened; of an adaptive circuit, how many probes it has sent. */
  readonly openings: number;
  /** The rule of the failure that opened it; absent if it was opened by hand. */
  readonly because?: string | undefined;
}

/** A refusal: when the circuit may let somebody through again, in milliseconds from now. */
export interface Refusal {
  readonly retryAfterMs: number;
}

/** A circuit, as one looks at it and works it by hand. */
export interface Circuit {
  /** The failure that opened it; `undefined` by hand, or if it is closed. */
  readonly because: Classification | undefined;
  stateAt(now: number): CircuitState;
  /** For how long nobody will be let through, in milliseconds; 0 unless it is open. */
  refusesForMs(now: number): number;
  /** Opens it until it is closed by hand. */
  forceOpen(now: number): void;
  snapshot(now: number): CircuitSnapshot;
  restore(snapshot: CircuitSnapshot, now: number): void;
}

/** The circuits of one key: its own, and those of the routes that fail while the others of the key answer. */
export interface CircuitsOfKey {
  readonly circuit: Circuit;
  /** Until when forgetting it would lose something; `-Infinity` if nothing is lost now. */
  readonly endsAt: number;
  /** How many calls wait in line. */
  readonly waiting: number;
  /** How long the first of them has waited, in milliseconds. */
  longestWaitMs(now: number): number;
  /** The circuits of routes, where there are any. */
  routes(): Iterable<[route: string, own: Circuit]>;
  /** Closes everything and forgets what has been counted. */
  close(now: number): void;
}

/**
 * Asked before a closed circuit opens, for a run of failures or for a ratio: gives them to a circuit
 * of their own if they are of one route alone, and says whether it did.
 */
export type Spare = (which: 'run' | 'ratio') => boolean;

/** Tells that the state has changed. */
export type CircuitListener = (
  from: CircuitState,
  to: CircuitState,
  openMs?: number,
  because?: Classification,
) => void;

/** A failure, as a circuit judges it. */
export interface Failing {
  readonly because: Classification;
  /** Whether nothing came in time: that costs the server the work as well. */
  readonly isTimeOut: boolean;
  readonly isFirstTry: boolean;
  /** How long the attempt ran, in milliseconds. */
  readonly ranMs: number;
}

/** How long the server said to stay away, in milliseconds. What stands in prose is no reason for others to. */
export function hintOf(because: Classification | undefined): number {
  if (because?.retryAfterMs === undefined || because.retryAfterFrom === 'prose') return 0;
  return because.retryAfterMs;
}
