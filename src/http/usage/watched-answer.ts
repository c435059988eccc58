import type { UsageListener } from '../../policies/usage-limits/usage-source.ts';
import { isResponse } from '../response-shape.ts';
import type { EventSplitter, StreamEvent } from '../../classify/streams/event-splitter.ts';
import { observed, type BodyObserver } from '../../classify/streams/passed-body.ts';
import { withBody } from '../../classify/streams/same-response.ts';
import { splitterFor } from '../../classify/streams/stream-form.ts';
import { JsonAnswer } from './json-answer.ts';

/** Usage stands in small events; those of output that are longer are passed over. */
const MAX_EVENT_BYTES = 256 * 1024;

/**
 * Reads the JSON of an answer on its way to the caller: of a body at once, of a stream event by event.
 * The bytes go on as they come, and no sooner than the caller asks for them. What an SDK returns is
 * its own JSON.
 *
 * @returns the answer to hand on: the same one where there is nothing to read
 */
export function watchAnswer(value: unknown, listener: UsageListener): unknown {
  if (!isResponse(value)) {
    tell(listener, value);
    listener.end('whole');
    return value;
  }
  const splitter = splitterOf(value);
  const { body } = value;
  if (splitter === undefined || typeof body?.getReader !== 'function' || body.locked) {
    listener.end('whole');
    return value;
  }
  const watched = observed(body, new UsageReader(splitter, listener));
  return watched === body ? value : withBody(value, watched);
}

function splitterOf({ headers }: Response): EventSplitter | undefined {
  const type = headers.get('content-type');
  const splitter = splitterFor(type, MAX_EVENT_BYTES);
  if (splitter !== undefined) return splitter;
  return /^application\/([\w.-]+\+)?json\b/i.test(type ?? '') ? new JsonAnswer() : undefined;
}

/** Finds the JSON in the bytes that go by. */
class UsageReader implements BodyObserver {
  readonly #splitter: EventSplitter;
  readonly #listener: UsageListener;

  constructor(splitter: EventSplitter, listener: UsageListener) {
    this.#splitter = splitter;
    this.#listener = listener;
  }

  chunk(bytes: Uint8Array): void {
    this.#hear(this.#splitter.push(bytes));
  }

  end(how: 'whole' | 'cut-short'): void {
    if (how === 'whole') this.#hear(this.#splitter.end());
    this.#listener.end(how);
  }

  #hear(events: readonly StreamEvent[]): void {
    for (const { data } of events) {
      const json = jsonOf(data);
      // A stream that is one JSON array holds one message an item.
      for (const message of Array.isArray(json) ? (json as unknown[]) : [json]) {
        tell(this.#listener, message);
      }
    }
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The end of a stream (`[DONE]`), a comment, a body that broke off.
    return undefined;
  }
}

/** Whatever a function of the user's own makes of it, the answer goes on. */
function tell(listener: UsageListener, json: unknown): void {
  if (json === undefined) return;
  try {
    listener.message(json);
  } catch {
    // The call is settled by what is known without.
  }
}
