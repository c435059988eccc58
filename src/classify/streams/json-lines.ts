import { MAX_EVENT_BYTES, type EventSplitter, type StreamEvent } from './event-splitter.ts';
import { Lines } from './lines.ts';

/** Finds the values of a stream with one JSON text a line (NDJSON, JSON Lines). Empty lines are none. */
export class JsonLines implements EventSplitter {
  readonly #lines: Lines;

  /** @param maxBytes - a line that is longer is passed over */
  constructor(maxBytes = MAX_EVENT_BYTES) {
    this.#lines = new Lines(maxBytes);
  }

  push(chunk: Uint8Array): readonly StreamEvent[] {
    return Array.from(this.#lines.push(chunk)).flatMap(eventIn);
  }

  end(): readonly StreamEvent[] {
    return eventIn(this.#lines.rest());
  }
}

function eventIn(line: string | undefined): StreamEvent[] {
  const data = line?.trim() ?? '';
  return data === '' ? [] : [{ name: undefined, data }];
}
