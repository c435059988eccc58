import { readHeaders } from '../../../classify/headers/response-headers.ts';
import { parseHttpMessage } from '../../explain/http-message.ts';
import { elementsOf } from './array-elements.ts';
import { curlEntries, isCurlLog } from './curl-log.ts';
import { harEntry } from './har.ts';
import { jsonEntry } from './json-lines.ts';
import { linesOf } from './lines.ts';
import type { LogEntry } from './logged-attempt.ts';
import { textOf, withHead } from './text-chunks.ts';

/** What a log is, told by its beginning. */
export type LogFormat = 'HAR' | 'curl' | 'JSON lines' | 'JSON array' | 'HTTP response';

/** A log that is read piece by piece. */
export interface Log {
  readonly format: LogFormat;
  readonly entries: AsyncIterable<LogEntry>;
}

/** Tells what a log is, and reads it as it comes: memory is bounded, however long it is. */
export async function readLog(chunks: AsyncIterable<Uint8Array>): Promise<Log> {
  const { head, all } = await withHead(textOf(chunks));
  const format = formatOf(head.replace(/^\uFEFF/, ''));
  return { format, entries: READERS[format](all) };
}

function formatOf(head: string): LogFormat {
  if (/^\s*\{\s*"log"\s*:\s*\{/.test(head)) return 'HAR';
  if (/^\s*\[\s*[{\]]/.test(head)) return 'JSON array';
  if (/^HTTP\/\d/.test(head)) return 'HTTP response';
  return isCurlLog(head) && !/^\s*\{/.test(head) ? 'curl' : 'JSON lines';
}

const READERS: Readonly<
  Record<LogFormat, (text: AsyncIterable<string>) => AsyncIterable<LogEntry>>
> = {
  HAR: (text) => mapped(elementsOf(text, ['log', 'entries']), harEntry),
  curl: (text) => curlEntries(linesOf(text)),
  'JSON lines': (text) => mapped(linesOf(text), jsonEntry),
  'JSON array': (text) => mapped(elementsOf(text, []), jsonEntry),
  'HTTP response': httpResponse,
};

async function* mapped<From, To>(
  items: AsyncIterable<From>,
  map: (item: From) => To,
): AsyncGenerator<To> {
  for await (const item of items) yield map(item);
}

/** What `curl -i` prints is one response. */
async function* httpResponse(text: AsyncIterable<string>): AsyncGenerator<LogEntry> {
  let whole = '';
  for await (const chunk of text) if (whole.length < 1_048_576) whole += chunk;
  const { status = 0, headers, body } = parseHttpMessage(new TextEncoder().encode(whole));
  yield {
    method: 'GET',
    url: undefined,
    requestHeaders: readHeaders(undefined),
    startedAt: undefined,
    durationMs: undefined,
    outcome: { status, headers, body },
  };
}
