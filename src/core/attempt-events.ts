import type { Attempt } from './attempt.ts';
import type { Classification } from './classification.ts';
import { emit, type EventListener, type PolicyEvent } from './events.ts';
import type { Gate, Layer } from './layers.ts';

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

/** Tells a listener of the end of each attempt, once. */
function attemptEvents(listener: EventListener): Gate {
  const told = heard.get(listener) ?? new WeakSet();
  heard.set(listener, told);
  return {
    enter() {},
    left(_pass, { classification }, context) {
      const { call, record } = context;
      const { startedOn } = record;
      // What was refused has never started.
      if (startedOn === undefined || classification === undefined) return;
      if (call.isJoined) {
        if (told.has(record)) return;
        told.add(record);
      }
      const { callId, key, method, route } = context.identity;
      // Written out, since it is made for every attempt: a spread takes ten times as long.
      emit(listener, {
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
      });
    },
  };
}

/**
 * Layers with one for each listener, where each attempt passes it once: inside all that repeats. It
 * stands outside the innermost timeouts, or the time that it takes to read an error's body would
 * count as the server's.
 */
export function withAttemptEvents(layers: readonly Layer[]): readonly Layer[] {
  const listeners = new Set(layers.flatMap(({ onEvent }) => onEvent ?? []));
  const place = 1 + layers.findLastIndex((layer) => !('runsOnce' in layer));
  return layers.toSpliced(place, 0, ...Array.from(listeners, attemptEvents));
}

/** A layer that does nothing but to have a listener told. */
export const listening = (onEvent: EventListener): Gate => ({ enter() {}, onEvent });
