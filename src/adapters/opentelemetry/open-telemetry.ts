import type { ResilienceEvent } from '../../core/events.ts';
import { OptionError, callable } from '../../core/options.ts';
import { disguise, withMembersOf, type Fetch, type FetchLike } from '../../http/fetch.ts';
import { controlOf } from '../../policies/control.ts';
import { rememberWrapping, wrappingOf } from '../../policies/wrapping.ts';
import { sentenceOf } from '../event-sentence.ts';
import { measure } from './event-metrics.ts';
import { readTelemetryOptions, type TelemetryOptions } from './telemetry-options.ts';
import { TelemetryParts } from './telemetry-parts.ts';
import { tracedAttempts } from './traced-attempts.ts';
import { tracedCalls } from './traced-calls.ts';

/** Spans and metrics for fetches and policies. */
export interface Telemetry {
  /**
   * Puts a span around each request of a fetch: the innermost wrapper, inside `resilientFetch` or
   * `asMiddleware`.
   */
  attempts<Inner extends FetchLike>(fetch: Inner): Inner;
  /**
   * Puts a span around each call of a wrapped fetch, measures it, and observes the fetch: the
   * outermost wrapper.
   */
  calls<Inner extends FetchLike>(fetch: Inner): Inner;
  /**
   * Measures what a wrapped fetch or a policy does, by its events, and what it holds back.
   *
   * @returns a function that ends it
   */
  observe(fetchOrPolicy: object): () => void;
}

/**
 * Makes telemetry for stacks of your own. `resilientFetch` of this entry point puts all of it in its
 * place.
 *
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * const telemetry = openTelemetry();
 * const guard = asMiddleware(pipeline(retry(), timeout({ timeoutMs: 5_000 })));
 * const fetch = telemetry.calls(guard(telemetry.attempts(globalThis.fetch)));
 */
export function openTelemetry(options?: TelemetryOptions): Telemetry {
  const parts = new TelemetryParts(readTelemetryOptions(options));
  const listener = (event: ResilienceEvent): void => hear(event, parts);
  const observe = (fetchOrPolicy: object): (() => void) => {
    const unsubscribe = controlOf(fetchOrPolicy).subscribe(listener);
    const stop = parts.readings.watch(fetchOrPolicy);
    return () => {
      unsubscribe();
      stop();
    };
  };
  return {
    attempts: (fetch) => around(fetch, 'attempts', (next) => tracedAttempts(next, parts)),
    calls(fetch) {
      const traced = around(fetch, 'calls', (next) => tracedCalls(next, parts));
      // The one inside: calls that run hold it, also where nobody holds the wrapper any more.
      if (wrappingOf(fetch) !== undefined) observe(fetch);
      return traced;
    },
    observe,
  };
}

/** Measures an event, and notes it in the span of its call. */
function hear(event: ResilienceEvent, parts: TelemetryParts): void {
  measure(event, parts.instruments.get(), parts.bounds);
  const call = parts.calls.of(event);
  if (call === undefined) return;
  if (event.type === 'attempt-ended') call.ended(event);
  else if (call.span.isRecording()) {
    call.span.addEvent(`holdfast.${event.type}`, { 'holdfast.message': sentenceOf(event) });
  }
}

/** A wrapper that looks like what it wraps, and leads to the same policies. */
function around<Inner extends FetchLike>(
  fetch: Inner,
  method: string,
  wrap: (next: Fetch) => Fetch,
): Inner {
  if (!callable.accepts(fetch)) {
    throw new OptionError(`openTelemetry.${method}: fetch`, callable.expected, fetch);
  }
  const wrapped = withMembersOf(disguise(wrap(fetch as unknown as Fetch), fetch), fetch);
  const wrapping = wrappingOf(fetch);
  return wrapping === undefined ? wrapped : rememberWrapping(wrapped, wrapping);
}
