import { Attempt } from '../../core/attempt.ts';
import type { Call } from '../../core/call.ts';
import { SUCCESS, timedOut, type Classification } from '../../core/classification.ts';
import type { Clock } from '../../core/clock.ts';
import { TimeoutError } from '../../core/errors.ts';
import {
  emit,
  type CallIdentity,
  type EventListener,
  type PolicyEvent,
} from '../../core/events.ts';
import type { Gate, Layer } from '../../core/layers.ts';
import type { StreamedCall } from './streamed-call.ts';

declare module '../../core/events.ts' {
  interface ResilienceEvents {
    'stream-failed': StreamFailedEvent;
  }
}

declare module '../../core/report.ts' {
  interface AttemptNotes {
    /** How the stream failed that this attempt had begun; absent where it did not, or goes on. */
    readonly streamFailure?: Classification;
  }
}

/** A stream failed after it had begun. Nothing is repeated: its reader sees it as it came. */
export interface StreamFailedEvent extends PolicyEvent {
  readonly type: 'stream-failed';
  readonly by: 'streams';
  /** The attempt that had begun it, counted from 1. */
  readonly attempt: number;
  /** An error came as an event; nothing came for too long; or the connection was lost. */
  readonly because: 'error-event' | 'idle' | 'broken';
  /** How long it had run since the attempt started, in milliseconds. */
  readonly durationMs: number;
  readonly classification: Classification;
}

/** The options that bound a silence. */
export type SilenceBound = 'streamIdleTimeoutMs' | 'firstByteTimeoutMs';

/**
 * What is left of a call while its stream goes on: as much as is needed to tell how it went. It leads to
 * no request.
 */
export class StreamOutcome {
  readonly clock: Clock;
  readonly #history: Call['history'];
  readonly #record: Attempt;
  readonly #identity: CallIdentity;
  readonly #key: string;
  readonly #route: string;
  readonly #signal: AbortSignal | undefined;
  readonly #onEvent: EventListener | undefined;
  readonly #gates: readonly Gate[];

  constructor({ context, layers, onEvent }: StreamedCall, { redirected }: Response) {
    const { call, record, key, route } = context;
    this.clock = call.clock;
    this.#history = call.history;
    this.#record = record;
    this.#identity = context.identity;
    this.#key = key;
    this.#route = route;
    this.#signal = call.signal;
    this.#onEvent = onEvent;
    // Another end says nothing of this key's.
    this.#gates = redirected ? [] : layers.filter(isToldOfStreams);
  }

  /** Whether its caller has aborted: how it ends says nothing then. */
  get isAborted(): boolean {
    return this.#signal?.aborted === true;
  }

  /** It came to its end, or its reader has had enough. */
  well(): void {
    const late = this.#late();
    late.returned(undefined, this.#record.endedOn);
    late.classification = SUCCESS;
    this.#tellGates(late);
  }

  /** @param error - what its reader gets, if it is no event */
  failed(because: StreamFailedEvent['because'], classification: Classification, error?: unknown) {
    const late = this.#late();
    late.failed(error, this.clock.now(), classification);
    this.#record.note({ streamFailure: classification });
    if (this.#onEvent) {
      emit(this.#onEvent, {
        type: 'stream-failed',
        by: 'streams',
        ...this.#identity,
        attempt: late.number,
        because,
        durationMs: late.ranMs,
        classification,
      });
    }
    this.#tellGates(late);
  }

  /** The error of a silence that was too long. */
  timeout(timeoutMs: number, option: SilenceBound): TimeoutError {
    const { callId, key, attempts } = this.#history.report();
    const which = option === 'firstByteTimeoutMs' ? 'first' : 'further';
    return new TimeoutError(
      timeoutMs,
      { callId, key, attempts, classification: timedOut(timeoutMs) },
      `sent no ${which} byte of its stream (${option})`,
    );
  }

  /** Stands for the attempt, with an outcome of its own. */
  #late(): Attempt {
    const { number, kind, startedOn = this.clock.now() } = this.#record;
    const late = new Attempt(number, kind);
    late.start(startedOn, undefined);
    return late;
  }

  #tellGates(record: Attempt): void {
    const stream = { key: this.#key, route: this.#route, record };
    for (const gate of this.#gates) {
      try {
        gate.streamEnded?.(stream);
      } catch {
        // A fault of a gate must not change a stream that has been handed over.
      }
    }
  }
}

/** Whether it wants to know how streams go. */
const isToldOfStreams = (layer: Layer): layer is Gate => 'streamEnded' in layer;
