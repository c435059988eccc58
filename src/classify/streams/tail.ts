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
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  /** Keeps a copy of the end of a chunk: the chunk itself is somebody else's from now on. */
  add(chunk: Uint8Array): void {
    if (chunk.byteLength >= MAX_BYTES) {
      this.#pieces = [chunk.slice(-MAX_BYTES)];
      this.#bytes = MAX_BYTES;
      return;
    }
    this.#pieces.push(chunk.slice());
    this.#bytes += chunk.byteLength;
    let [first] = this.#pieces;
    while (first !== undefined && this.#bytes - first.byteLength >= MAX_BYTES) {
      this.#bytes -= first.byteLength;
      this.#pieces.shift();
      [first] = this.#pieces;
    }
  }

  /** The last events, the latest first. */
  lastEvents(splitter: EventSplitter): readonly StreamEvent[] {
    const events = this.#pieces.flatMap((piece) => splitter.push(piece));
    return [...events, ...splitter.end()]
      .filter((event) => !isKeepAlive(event))
      .slice(-LAST_EVENTS)
      .toReversed();
  }
}
