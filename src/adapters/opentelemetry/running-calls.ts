import { context, type Context } from '@opentelemetry/api';
import type { ResilienceEvent } from '../../core/events.ts';
import { callOf, type CallUnderWay } from './call-under-way.ts';

/** The calls that run now, by the id that their events carry. */
export class RunningCalls {
  readonly #byId = new Map<string, CallUnderWay>();

  /** The call that begins at this very moment. */
  #starting: CallUnderWay | undefined;

  /** Begins a call: without a context manager only this moment leads its first attempt to it. */
  starting<Made>(call: CallUnderWay, run: () => Made): Made {
    const before = this.#starting;
    this.#starting = call;
    try {
      return run();
    } finally {
      this.#starting = before;
    }
  }

  /** The call that an attempt belongs to. */
  find(active: Context, callId: string | undefined): CallUnderWay | undefined {
    const known = callId === undefined ? undefined : this.#byId.get(callId);
    return known ?? callOf(active) ?? this.#starting;
  }

  /** The id of a call becomes known. */
  join(call: CallUnderWay, callId: string): void {
    if (call.callId !== undefined) return;
    call.callId = callId;
    this.#byId.set(callId, call);
  }

  /** The call that an event is about: by its id, or by the context in which its first event is emitted. */
  of({ callId }: ResilienceEvent): CallUnderWay | undefined {
    if (callId === undefined) return undefined;
    const known = this.#byId.get(callId);
    if (known !== undefined) return known;
    const active = callOf(context.active()) ?? this.#starting;
    if (active === undefined || active.callId !== undefined) return undefined;
    this.join(active, callId);
    return active;
  }

  end(call: CallUnderWay): void {
    if (call.callId !== undefined) this.#byId.delete(call.callId);
    call.end();
  }
}
