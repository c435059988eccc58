import { MAX_EVENT_BYTES, type EventSplitter, type StreamEvent } from './event-splitter.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/**
 * Finds the elements of one JSON array that comes in pieces: `[{…},\n{…}]`, as Gemini streams without
 * `alt=sse`. It knows where an element ends, and leaves to others whether it is JSON.
 */
export class JsonArray implements EventSplitter {
  readonly #maxBytes: number;
  readonly #decoder = new TextDecoder();
  #depth = 0;
  #isText = false;
  #isEscaped = false;
  /** The element that has begun in earlier chunks. */
  #begun = '';
  #isTooLong = false;

  /** @param maxBytes - an element that is longer is passed over */
  constructor(maxBytes = MAX_EVENT_BYTES) {
    this.#maxBytes = maxBytes;
  }

  push(chunk: Uint8Array): readonly StreamEvent[] {
    const events: StreamEvent[] = [];
    let from = 0;
    for (let at = 0; at < chunk.byteLength; at += 1) {
      const byte = chunk[at] as number;
      if (this.#isText) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === BACKSLASH) this.#isEscaped = true;
        else if (byte === QUOTE) this.#isText = false;
      } else if (byte === QUOTE) this.#isText = true;
      else if (OPENING.has(byte)) {
        this.#depth += 1;
        if (this.#depth === 1) from = at + 1;
      } else if (CLOSING.has(byte)) {
        this.#depth -= 1;
        // The end of the array ends its last element.
        if (this.#depth === 0) from = this.#endElement(chunk, from, at, events);
      }
      const isBetween = byte === COMMA || CLOSING.has(byte);
      if (isBetween && this.#depth === 1 && !this.#isText) {
        from = this.#endElement(chunk, from, byte === COMMA ? at : at + 1, events);
      }
    }
    if (this.#depth > 0) this.#keep(chunk.subarray(from));
    return events;
  }

  end(): readonly StreamEvent[] {
    const events: StreamEvent[] = [];
    this.#endElement(new Uint8Array(0), 0, 0, events);
    return events;
  }

  #keep(piece: Uint8Array): void {
    if (this.#isTooLong || this.#begun.length + piece.byteLength > this.#maxBytes) {
      this.#isTooLong = true;
      this.#begun = '';
    } else this.#begun += this.#decoder.decode(piece, { stream: true });
  }

  /** @returns where the next element may begin */
  #endElement(chunk: Uint8Array, from: number, end: number, events: StreamEvent[]): number {
    this.#keep(chunk.subarray(from, end));
    const data = (this.#begun + this.#decoder.decode()).replace(/^[\s,]+/, '').trimEnd();
    if (data !== '' && !this.#isTooLong) events.push({ name: undefined, data });
    this.#begun = '';
    this.#isTooLong = false;
    return chunk[end] === COMMA ? end + 1 : end;
  }
}
