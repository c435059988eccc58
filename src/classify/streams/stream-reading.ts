import type { Classification } from '../../core/classification.ts';

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
   * @param call - what a wrapped fetch tells of its call; it is nothing to be made by hand
   * @returns the same answer with every byte of its body
   */
  hold(response: Response, url: string, call: object): Promise<Response>;
  /** How an answer is classified that was held; `undefined` for any other. */
  classificationOf(response: unknown): Classification | undefined;
  /** The same reading with other times. */
  within(times: StreamTimes): StreamReading;
}
