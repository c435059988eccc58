import type { Classification } from '../../core/classification.ts';
import type { PolicyEvent } from '../../core/events.ts';

declare module '../../core/events.ts' {
  interface ResilienceEvents {
    'retry-scheduled': RetryScheduledEvent;
    'gave-up': GaveUpEvent;
  }
}

/** The call will be tried again; emitted before the wait. */
export interface RetryScheduledEvent extends PolicyEvent {
  readonly type: 'retry-scheduled';
  readonly by: 'retry';
  /** The attempt that is to come, counted from 1. */
  readonly attempt: number;
  /** How long the retry policy will wait first, in milliseconds. */
  readonly waitMs: number;
  readonly classification: Classification;
}

/** A failed call will not be tried again. */
export interface GaveUpEvent extends PolicyEvent {
  readonly type: 'gave-up';
  readonly by: 'retry';
  /** How many attempts there were. */
  readonly attempts: number;
  readonly because: string;
  readonly classification: Classification;
}
