import type { PolicyEvent } from '../../core/events.ts';

declare module '../../core/events.ts' {
  interface ResilienceEvents {
    'circuit-changed': CircuitChangedEvent;
  }
}

/** A key's circuit changed its state. */
export interface CircuitChangedEvent extends PolicyEvent {
  readonly type: 'circuit-changed';
  readonly by: 'circuit-breaker';
  readonly from: 'closed' | 'open' | 'half-open';
  readonly to: 'closed' | 'open' | 'half-open';
  /** How long the circuit stays open, in milliseconds; `undefined` unless it opened for a time. */
  readonly openMs: number | undefined;
}
