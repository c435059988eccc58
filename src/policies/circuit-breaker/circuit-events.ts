import type { Classification } from '../../core/classification.ts';
import type { PolicyEvent } from '../../core/events.ts';

declare module '../../core/events.ts' {
  interface ResilienceEvents {
    'circuit-changed': CircuitChangedEvent;
  }
}

/** A circuit changed its state: that of a key, or that of one route of it. */
export interface CircuitChangedEvent extends PolicyEvent {
  readonly type: 'circuit-changed';
  readonly by: 'circuit-breaker';
  /** The route whose circuit it is; `undefined` for that of the key. */
  readonly route: string | undefined;
  readonly from: 'closed' | 'open' | 'half-open';
  readonly to: 'closed' | 'open' | 'half-open';
  /** How long the circuit stays open, in milliseconds; `undefined` unless it opened for a time. */
  readonly openMs: number | undefined;
  /** The failure that opened it; `undefined` where it closed, or was opened by hand. */
  readonly classification: Classification | undefined;
}
