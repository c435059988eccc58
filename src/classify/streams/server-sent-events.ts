import { MAX_EVENT_BYTES, type EventSplitter, type StreamEvent } from './event-splitter.ts';
import { Lines } from './lines.ts';

/**
 * Finds server-sent events (WHATWG HTML, section 9.2.6): the fields `event` and `data`, lines that end
 * in CR, LF or CRLF, an optional byte order mark. Comments, and events without data, are none.
 */
export class ServerSentEvents implements EventSplitter {
  readonly #lines: Lines;
  readonly #maxBytes: number;
  #name = '';
  #data: string[] = [];
  #length = 0;
  #isTooLong = false;

  /** @param maxBytes - an event that is longer is passed over */
  constructor(maxBytes = MAX_EVENT_BYTES) {
    this.#lines = new Lines(maxBytes);
    this.#maxBytes = maxBytes;
  }

  push(chunk: Uint8Array): readonly StreamEvent[] {
    const events: StreamEvent[] = [];
    for (const line of this.#lines.push(chunk)) {
      if (line === '') this.#dispatch(events);
      else this.#read(line);
    }
    return events;
  }

  end(): readonly StreamEvent[] {
    const events: StreamEvent[] = [];
    const line = this.#lines.rest();
    if (line !== undefined) this.#read(line);
    this.#dispatch(events);
    return events;
  }

  #read(line: string | undefined): void {
    if (line === undefined) {
      this.#isTooLong = true;
      return;
    }
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    if (field !== 'data' && field !== 'event') return;
    const value = colon === -1 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1));
    if (field === 'event') {
      this.#name = value;
      return;
    }
    this.#length += value.length + 1;
    if (this.#length > this.#maxBytes) {
      this.#isTooLong = true;
      this.#data = [];
    } else if (!this.#isTooLong) this.#data.push(value);
  }

  #dispatch(events: StreamEvent[]): void {
    if (this.#data.length > 0 && !this.#isTooLong) {
      events.push({ name: this.#name || undefined, data: this.#data.join('\n') });
    }
    this.#name = '';
    this.#data = [];
    this.#length = 0;
    this.#isTooLong = false;
  }
}
