/** One event of a stream. */
export interface StreamEvent {
  /** The name of a server-sent event (`event: error`); `undefined` where it has none, and for JSON. */
  readonly name: string | undefined;
  /** Its data: the lines of a server-sent event, joined; the text of a JSON value. */
  readonly data: string;
}

/**
 * Finds the events in the bytes of a stream, chunk by chunk. The chunks are only looked at, so that
 * they can be passed on as they are; kept is what an event that has not ended needs, up to a bound.
 */
export interface EventSplitter {
  /** The events that end in this chunk, in order. */
  push(chunk: Uint8Array): readonly StreamEvent[];
  /**
   * The event that the end of the stream has cut short, as far as it came. A browser's `EventSource`
   * throws it away; servers that forget the last empty line mean it.
   */
  end(): readonly StreamEvent[];
}

/** How much of one event is kept, in bytes, unless told otherwise. A longer one is passed over. */
export const MAX_EVENT_BYTES = 64 * 1024;
