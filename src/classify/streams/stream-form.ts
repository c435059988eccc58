import type { EventSplitter } from './event-splitter.ts';
import { JsonLines } from './json-lines.ts';
import { ServerSentEvents } from './server-sent-events.ts';

/** The media types of streams with one JSON text a line. */
const JSON_LINES: ReadonlySet<string> = new Set([
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonl',
  'application/jsonlines',
  'application/x-jsonlines',
  'application/json-lines',
  'application/stream+json',
  'application/x-json-stream',
  'text/x-ndjson',
]);

/**
 * The splitter for a body of this content type; `undefined` where it is no stream of events.
 *
 * @param contentType - the header, with its parameters
 * @param maxEventBytes - an event that is longer is passed over
 */
export function splitterFor(
  contentType: string | null | undefined,
  maxEventBytes?: number,
): EventSplitter | undefined {
  if (contentType == null) return undefined;
  const [type = ''] = contentType.toLowerCase().split(';', 1);
  const essence = type.trim();
  if (essence === 'text/event-stream') return new ServerSentEvents(maxEventBytes);
  return JSON_LINES.has(essence) ? new JsonLines(maxEventBytes) : undefined;
}
