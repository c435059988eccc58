import type { Classification } from './classification.ts';

/** An attempt ended in a failure. */
export interface AttemptFailedEvent {
  readonly type: 'attempt-failed';
  readonly key: string;
  /** The attempt that failed, counted from 1. */
  readonly attempt: number;
  readonly classification: Classification;
}

/** The call will be tried again; told before the wait. */
export interface RetryScheduledEvent {
  readonly type: 'retry-scheduled';
  readonly key: string;
  /** The attempt that is to come, counted from 1. */
  readonly attempt: number;
  /** How long the retry policy will wait first, in milliseconds. */
  readonly waitMs: number;
  readonly classification: Classification;
}

/** A failed call will not be tried again. */
export interface GaveUpEvent {
  readonly type: 'gave-up';
  readonly key: string;
  /** How many attempts there were. */
  readonly attempts: number;
  readonly because: string;
  readonly classification: Classification;
}

/** A call waits for a token. */
export interface QueuedEvent {
  readonly type: 'queued';
  readonly key: string;
  readonly attempt: number;
  /** How long it will have to wait, as far as can be told now, in milliseconds. */
  readonly waitMs: number;
}

/** The server throttled: nothing more is sent for this key for a while. */
export interface KeyPausedEvent {
  readonly type: 'key-paused';
  readonly key: string;
  /** How long, in milliseconds. */
  readonly pauseMs: number;
  readonly classification: Classification;
}

/** A call was refused without asking the server. */
export interface RefusedEvent {
  readonly type: 'refused';
  readonly key: string;
  readonly by: 'token-bucket' | 'circuit-breaker' | 'bottleneck';
  readonly because: string;
  /** When it is worth coming back, in milliseconds from now; `undefined` where nobody can tell. */
  readonly retryAfterMs: number | undefined;
}

/** A key's circuit changed its state. */
export interface CircuitChangedEvent {
  readonly type: 'circuit-changed';
  readonly key: string;
  readonly from: 'closed' | 'open' | 'half-open';
  readonly to: 'closed' | 'open' | 'half-open';
  /** How long the circuit stays open, in milliseconds; `undefined` unless it opened for a time. */
  readonly openMs: number | undefined;
}

/** An attempt or a whole call ran out of time. */
export interface TimedOutEvent {
  readonly type: 'timed-out';
  readonly key: string;
  readonly attempt: number;
  readonly timeoutMs: number;
}

/** The client that made a request says that it repeats it itself: its retries multiply with ours. */
export interface NestedRetryEvent {
  readonly type: 'nested-retry';
  readonly key: string;
  /** Which repetition of the client's own this is, counted from 1. */
  readonly announcedRetries: number;
}

/** Everything that holdfast tells its observer; each is told before the wait or refusal it announces. */
export type ResilienceEvent =
  | AttemptFailedEvent
  | RetryScheduledEvent
  | GaveUpEvent
  | QueuedEvent
  | KeyPausedEvent
  | RefusedEvent
  | CircuitChangedEvent
  | TimedOutEvent
  | NestedRetryEvent;

/** Is told what happens. What it throws or rejects with never changes the call. */
export type EventListener = (event: ResilienceEvent) => void;

/** Tells the observer; whatever it throws is its own affair. */
export function tell(listener: EventListener, event: ResilienceEvent): void {
  try {
    // An async observer is allowed by TypeScript; its rejection must not become an unhandled one.
    const returned = listener(event) as unknown as PromiseLike<unknown> | undefined;
    if (typeof returned?.then === 'function') returned.then(undefined, () => {});
  } catch {
    // Observing must never change what is observed.
  }
}
