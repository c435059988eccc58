import type { Classification } from './classification.ts';

/** The call that an event is about. */
export interface CallIdentity {
  /**
   * The same in all events, errors and reports of one call, and unique in the process; `undefined`
   * where no call is the cause (a circuit that was opened by hand).
   */
  readonly callId: string | undefined;
  /** The key by which the call shares its limit and its breaker. */
  readonly key: string;
  /** The method of the request; `undefined` where the call is none. */
  readonly method: string | undefined;
  /** Method and path without ids (`GET /users/:id`), or the name of the operation; `undefined` where it has none. */
  readonly route: string | undefined;
}

/** The fields of every event. */
export interface PolicyEvent extends CallIdentity {
  readonly type: string;
  /** The policy that emits it. */
  readonly by: string;
}

/** A call was refused without asking the server. */
export interface RefusedEvent extends PolicyEvent {
  readonly type: 'refused';
  /** The attempt that was not made, counted from 1. */
  readonly attempt: number;
  readonly because: string;
  /** When it is worth coming back, in milliseconds from now; `undefined` where it is not known. */
  readonly retryAfterMs: number | undefined;
  /** The failure for which the server is spared; `undefined` where there is none. */
  readonly causedBy?: Classification | undefined;
}

/** Every event by its type. A policy that emits another one adds it here, in its own file. */
export interface ResilienceEvents {
  refused: RefusedEvent;
}

/** Everything that holdfast emits; each event comes before the wait or refusal that it announces. */
export type ResilienceEvent = ResilienceEvents[keyof ResilienceEvents];

/** Called for every event. An error that it throws, or rejects with, never changes the call. */
export type EventListener = (event: ResilienceEvent) => void;

/** Calls the observer; an error that it throws stays its own affair. */
export function emit(listener: EventListener, event: ResilienceEvent): void {
  try {
    // An async observer is allowed by TypeScript; its rejection must not become an unhandled one.
    const returned = listener(event) as unknown as PromiseLike<unknown> | undefined;
    if (typeof returned?.then === 'function') returned.then(undefined, () => {});
  } catch {
    // Observing must never change what is observed.
  }
}
