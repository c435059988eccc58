import type { PolicyEvent } from '../../core/events.ts';
import type { StoreErrorKind } from './store-errors.ts';

declare module '../../core/events.ts' {
  interface ResilienceEvents {
    'store-error': StoreErrorEvent;
    'store-recovered': StoreRecoveredEvent;
    'fleet-stopped': FleetStoppedEvent;
    'fleet-resumed': FleetResumedEvent;
  }
}

/** The store of a shared limit or circuit did not do its work. Calls go on as `onStoreError` says, or by the process's own circuit. */
export interface StoreErrorEvent extends PolicyEvent {
  readonly type: 'store-error';
  readonly by: 'redis-token-bucket' | 'redis-circuit-breaker';
  readonly kind: StoreErrorKind;
  readonly message: string;
  /** When the store is asked again, at the earliest, in milliseconds; 0 where it was asked at once. */
  readonly retryAfterMs: number;
}

/** The store answers again, and this process takes part in the shared limit or circuit. */
export interface StoreRecoveredEvent extends PolicyEvent {
  readonly type: 'store-recovered';
  readonly by: 'redis-token-bucket' | 'redis-circuit-breaker';
  /** For how long this process was without the store, in milliseconds. */
  readonly aloneMs: number;
  /** How many processes share it, this one included. */
  readonly members: number;
}

/** The server accepts nothing, as several processes have found out: all stop, and one tries at a time. */
export interface FleetStoppedEvent extends PolicyEvent {
  readonly type: 'fleet-stopped';
  readonly by: 'redis-token-bucket';
  /** How long it is until one of them tries, in milliseconds. */
  readonly pauseMs: number;
  /** Throttles in a row, of all processes. */
  readonly throttles: number;
}

/** The server accepts again, as one of the processes has found out. */
export interface FleetResumedEvent extends PolicyEvent {
  readonly type: 'fleet-resumed';
  readonly by: 'redis-token-bucket';
  /** For how long this process has known of the stop, in milliseconds. */
  readonly stoppedMs: number;
}
