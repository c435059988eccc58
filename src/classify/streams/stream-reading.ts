import type { Classification } from '../../core/classification.ts';
import type { Context } from '../../core/context.ts';
import type { EventListener } from '../../core/events.ts';
import type { Layer } from '../../core/layers.ts';
import type { OutcomeReader } from '../../core/outcome-reader.ts';

/** How long a stream may be silent. */
export interface StreamTimes {
  /**
   * How long the first byte may take after the headers, in milliseconds; `false` for no bound. It is
   * apart from the attempt's timeout, which ends with the headers.
   */
  readonly firstByteTimeoutMs?: number | false | undefined;
  /**
   * The longest silence between two chunks, in milliseconds; `false` for no bound. Only the time counts
   * in which the reader asks for more: one that is slow itself is never cut off.
   */
  readonly streamIdleTimeoutMs?: number | false | undefined;
}

/** The call that has got a stream, as far as its reading needs it. */
export interface StreamedCall {
  readonly context: Context;
  /** What the call runs through: the gates among them are told how the stream went. */
  readonly layers: readonly Layer[];
  /** Reads outcomes as the call itself does, and errors in a 2xx too: a stream begins with one. */
  readonly reader: OutcomeReader;
  readonly onEvent: EventListener | undefined;
}

/**
 * How the streams of an API are read: made by `eventStreams()`, and carried by a catalog or by the
 * option `streams`, so that nothing of it is in a bundle that asks for none.
 */
export interface StreamReading {
  /** Whether this answer is a stream of events that it knows. */
  reads(response: Response, url: string): boolean;
  /**
   * Holds an answer until it is known how it begins.
   *
   * @returns the same answer with every byte of its body
   */
  hold(response: Response, url: string, call: StreamedCall): Promise<Response>;
  /** How an answer is classified that was held; `undefined` for any other. */
  classificationOf(response: unknown): Classification | undefined;
  /** The same reading with other times. */
  within(times: StreamTimes): StreamReading;
}
