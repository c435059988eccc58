import { readHeaders } from '../../../classify/headers/response-headers.ts';
import type { Failure } from '../../../classify/classify.ts';
import { isRecord, type JsonRecord } from '../../json-record.ts';
import { MAX_BODY_LENGTH } from './body-length.ts';
import { NETWORK_CODES } from './browser-errors.ts';
import type { LogEntry } from './logged-attempt.ts';

/** Reads one entry of a HAR (HTTP Archive 1.2), as browsers, proxies and test tools write them. */
export function harEntry(text: string | undefined): LogEntry {
  const entry = parsed(text);
  if (!isRecord(entry) || !isRecord(entry['request']) || !isRecord(entry['response'])) {
    return 'broken';
  }
  const { request, response, startedDateTime, time, timings } = entry;
  const outcome = outcomeOf(response);
  if (outcome === undefined) return 'other';
  const { method, url } = request;
  const startedAt = typeof startedDateTime === 'string' ? Date.parse(startedDateTime) : Number.NaN;
  return {
    method: typeof method === 'string' ? method.toUpperCase() : 'GET',
    url: typeof url === 'string' && URL.canParse(url) ? url : undefined,
    requestHeaders: readHeaders(pairsOf(request['headers'])),
    startedAt: Number.isFinite(startedAt) ? startedAt : undefined,
    durationMs: headerTime(time, timings),
    outcome,
  };
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function outcomeOf(response: JsonRecord): Failure | undefined {
  const { status, _error: error, content } = response;
  if (typeof status !== 'number') return undefined;
  if (status > 0) {
    return { status, headers: pairsOf(response['headers']), body: bodyOf(content) };
  }
  // No answer, and no reason: blocked by the browser, served by a worker, or left.
  if (typeof error !== 'string' || error === '') return undefined;
  const code = NETWORK_CODES[error.replace(/^net::/, '')];
  return code === undefined
    ? undefined
    : { error: Object.assign(new TypeError('fetch failed'), { cause: { code, message: code } }) };
}

/** `[{ name, value }]` as pairs. */
function pairsOf(headers: unknown): readonly (readonly [string, string])[] {
  if (!Array.isArray(headers)) return [];
  return headers.flatMap((one: unknown) =>
    isRecord(one) && typeof one['name'] === 'string' && typeof one['value'] === 'string'
      ? [[one['name'], one['value']] as const]
      : [],
  );
}

function bodyOf(content: unknown): string | Uint8Array | undefined {
  if (!isRecord(content) || typeof content['text'] !== 'string') return undefined;
  const text = content['text'].slice(0, MAX_BODY_LENGTH);
  return content['encoding'] === 'base64' ? new Uint8Array(Buffer.from(text, 'base64')) : text;
}

/** `time` is that of the whole exchange; the phases before the body are told where they are known. */
function headerTime(time: unknown, timings: unknown): number | undefined {
  if (typeof time !== 'number' || !(time >= 0)) return undefined;
  const receive = isRecord(timings) ? timings['receive'] : undefined;
  return typeof receive === 'number' && receive > 0 ? Math.max(time - receive, 0) : time;
}
