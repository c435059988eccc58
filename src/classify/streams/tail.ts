import { isKeepAlive } from './error-event.ts';
import type { EventSplitter, StreamEvent } from './event-splitter.ts';

/** So much of the end of a stream is kept: an error ends it, and takes a few hundred bytes. */
const MAX_BYTES = 4096;
/** After the error a server may still say that it is done. */
const LAST_EVENTS = 3;

/**
 * The end of what has been handed on of a stream. What comes at the end tells how it went; to look at
 * every event on its way would cost more than to pass it on.
 */
export class Tail {
  readonly #bytes = new Uint8Array(MAX_BYTES);
  #length = 0;

  /** Keeps a copy of the end of a chunk: the chunk itself is somebody else's from now on. */
  add(chunk: Uint8Array): void {
    const bytes = this.#bytes;
    const count = chunk.byteLength;
    if (count >= MAX_BYTES) {
      bytes.set(chunk.subarray(count - MAX_BYTES));
      this.#length = MAX_BYTES;
      return;
    }
    const excess = this.#length + count - MAX_BYTES;
    if (excess > 0) {
      bytes.copyWithin(0, excess, this.#length);
      this.#length -= excess;
    }
    bytes.set(chunk, this.#length);
    this.#length += count;
  }

  /** The last events, the latest first. */
  lastEvents(splitter: EventSplitter): readonly StreamEvent[] {
    return [...splitter.push(this.#bytes.subarray(0, this.#length)), ...splitter.end()]
      .filter((event) => !isKeepAlive(event))
      .slice(-LAST_EVENTS)
      .toReversed();
  }
}
