import type { Classification } from '../../core/classification.ts';
import type { FailureWindow, FailureWindowSettings } from './failure-window.ts';

/** What one circuit is told. */
export interface CircuitSettings extends FailureWindowSettings {
  readonly consecutiveFailures: number;
  readonly openMs: number;
  readonly maxOpenMs: number;
  readonly halfOpenProbes: number;
  readonly probeTimeoutMs: number;
}

export interface Closed {
  readonly kind: 'closed';
  readonly window: FailureWindow;
  /** How many failures have come since the last success. */
  run: number;
}

export interface Open {
  readonly kind: 'open';
  /** On the clock's monotonic scale; `Infinity` when forced. */
  readonly until: number;
  /** How many times in a row the circuit has opened without closing in between. */
  readonly openings: number;
  /** The last failure before it opened; `undefined` if it was opened by hand. */
  readonly because: Classification | undefined;
}

export interface HalfOpen {
  readonly kind: 'half-open';
  readonly openings: number;
  readonly because: Classification | undefined;
  /** When each probe under way is given up. */
  readonly probes: Map<Ticket, number>;
  succeeded: number;
}

export type State = Closed | Open | HalfOpen;
export type CircuitState = State['kind'];

/** A circuit's state in a form that can be stored and restored. */
export interface CircuitSnapshot {
  readonly state: CircuitState;
  /** How much longer it stays open, in milliseconds; `null` for as long as it is forced to. */
  readonly openForMs: number | null;
  readonly openings: number;
  /** The rule of the failure that opened it; absent if it was opened by hand. */
  readonly because?: string | undefined;
}

/** Lets one attempt through; its outcome counts only while the state that let it through lasts. */
export interface Ticket {
  readonly state: Closed | HalfOpen;
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
