import type { Attempt } from './attempt.ts';
import type { Classification } from './classification.ts';
import { emit, type EventListener, type PolicyEvent } from './events.ts';
import type { Context } from './context.ts';
import type { Gate, Layer, Wrap } from './layers.ts';
import { classificationOf } from './read-outcome.ts';
import { hearersOf, isHeard } from './relay.ts';

declare module './events.ts' {
  interface ResilienceEvents {
    'attempt-ended': AttemptEndedEvent;
  }
}

/** An attempt ended, well or not. Told once of every attempt that was started, also of one that was aborted. */
export interface AttemptEndedEvent extends PolicyEvent {
  readonly type: 'attempt-ended';
  readonly by: 'pipeline';
  /** The attempt that ended, counted from 1. */
  readonly attempt: number;
  /** How long it ran, in milliseconds. */
  readonly durationMs: number;
  /** How long a repetition waited before it, in milliseconds. */
  readonly waitedMs: number;
  /** How long it stood in line for a limit, in milliseconds. */
  readonly queuedMs: number;
  /** How its outcome is classified; its `category` is `'success'` where it went well. */
  readonly classification: Classification;
}

// Pipelines may stand within each other, by a policy of the user's own, and tell the same listener.
const heard = new WeakMap<EventListener, WeakSet<Attempt>>();

/** Whether a listener has not been told of this attempt's end before. */
function isNewTo(listener: EventListener, record: Attempt): boolean {
  const told = heard.get(listener) ?? new WeakSet();
  heard.set(listener, told);
  if (told.has(record)) return false;
  told.add(record);
  return true;
}

/** Tells all who hear these listeners of the end of an attempt, once. */
function tellOfEnd(listeners: readonly EventListener[], { call, record, identity }: Context): void {
  const { startedOn, classification } = record;
  // What was refused has never started.
  if (startedOn === undefined || classification === undefined) return;
  const { callId, key, method, route } = identity;
  // Written out, since it is made for every attempt: a spread takes ten times as long.
  const event: AttemptEndedEvent = {
    type: 'attempt-ended',
    by: 'pipeline',
    callId,
    key,
    method,
    route,
    attempt: record.number,
    durationMs: record.ranMs,
    waitedMs: record.waitedMs,
    queuedMs: record.queuedMs,
    classification,
  };
  for (const hearer of hearersOf(listeners)) {
    if (!call.isJoined || isNewTo(hearer, record)) emit(hearer, event);
  }
}

/** Tells of the end of each attempt. Where nobody listens it is not even in the way. */
function attemptEvents(listeners: readonly EventListener[]): Wrap {
  // `then` and not `await`: a frame of an async function costs each attempt more than the event.
  const classified = (running: Promise<Attempt>, context: Context): Promise<Attempt> =>
    running.then((attempt) => {
      const reading = classificationOf(attempt, context);
      if (reading instanceof Promise) return reading.then(() => told(attempt, context));
      return told(attempt, context);
    });
  const told = (attempt: Attempt, context: Context): Attempt => {
    tellOfEnd(listeners, context);
    return attempt;
  };
  return {
    runsOnce: true,
    wrap: (next) => (context) =>
      listeners.some(isHeard) ? classified(next(context), context) : next(context),
  };
}

/**
 * Layers with one that tells of attempts, where each attempt passes it once: inside all that repeats.
 * It stands outside the innermost timeouts, or the time that it takes to read an error's body would
 * count as the server's.
 */
export function withAttemptEvents(layers: readonly Layer[]): readonly Layer[] {
  const listeners = [...new Set(layers.flatMap(({ onEvent }) => onEvent ?? []))];
  if (listeners.length === 0) return layers;
  const place = 1 + layers.findLastIndex((layer) => !('runsOnce' in layer));
  return layers.toSpliced(place, 0, attemptEvents(listeners));
}

/** A layer that does nothing but to have a listener told. */
export const listening = (onEvent: EventListener): Gate => ({ enter() {}, onEvent });
