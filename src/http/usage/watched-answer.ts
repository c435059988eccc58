import type { UsageListener } from '../../policies/usage-limits/usage-source.ts';
import { responseLike } from '../response-copy.ts';
import { isResponse } from '../response-shape.ts';
import type { EventSplitter, StreamEvent } from '../../classify/streams/event-splitter.ts';
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
  return responseLike(value, watched(body, splitter, listener));
}

function splitterOf({ headers }: Response): EventSplitter | undefined {
  const type = headers.get('content-type');
  const splitter = splitterFor(type, MAX_EVENT_BYTES);
  if (splitter !== undefined) return splitter;
  return /^application\/([\w.-]+\+)?json\b/i.test(type ?? '') ? new JsonAnswer() : undefined;
}

/** The same bytes, chunk for chunk. */
function watched(
  body: ReadableStream<Uint8Array>,
  splitter: EventSplitter,
  listener: UsageListener,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const hear = (events: readonly StreamEvent[]): void => {
    for (const { data } of events) {
      const json = jsonOf(data);
      // A stream that is one JSON array holds one message an item.
      for (const message of Array.isArray(json) ? (json as unknown[]) : [json])
        tell(listener, message);
    }
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) {
            hear(splitter.end());
            controller.close();
            listener.end('whole');
            return;
          }
          hear(splitter.push(value));
          controller.enqueue(value);
        } catch (error) {
          controller.error(error);
          listener.end('cut-short');
        }
      },
      cancel(reason) {
        listener.end('cut-short');
        return reader.cancel(reason);
      },
    },
    // Nothing is read before somebody asks.
    { highWaterMark: 0 },
  );
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
