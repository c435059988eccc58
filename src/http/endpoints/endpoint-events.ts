import type { Classification } from '../../core/classification.ts';
import type { PolicyEvent } from '../../core/events.ts';

declare module '../../core/events.ts' {
  interface ResilienceEvents {
    'failed-over': FailedOverEvent;
    'endpoint-out': EndpointOutEvent;
    'endpoint-back': EndpointBackEvent;
  }
}

declare module '../../core/report.ts' {
  interface AttemptNotes {
    /** The key of the endpoint that was asked; absent where the call has no endpoints. */
    readonly endpoint?: string;
  }
}

/** A call goes on at another endpoint; `key` is that of the one that failed. */
export interface FailedOverEvent extends PolicyEvent {
  readonly type: 'failed-over';
  readonly by: 'endpoints';
  /** The key of the endpoint that is asked next. */
  readonly to: string;
  /** The attempt that failed, counted from 1. */
  readonly attempt: number;
  readonly classification: Classification;
}

/** An endpoint is passed over for a while. */
export interface EndpointOutEvent extends PolicyEvent {
  readonly type: 'endpoint-out';
  readonly by: 'endpoints';
  /** How long it is until it is tried again, in milliseconds. */
  readonly outMs: number;
  /** The failure that decided it. */
  readonly classification: Classification;
}

/** An endpoint works again, and takes its place. */
export interface EndpointBackEvent extends PolicyEvent {
  readonly type: 'endpoint-back';
  readonly by: 'endpoints';
}
