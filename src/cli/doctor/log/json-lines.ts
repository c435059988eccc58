import type { Failure } from '../../../classify/classify.ts';
import { readHeaders } from '../../../classify/headers/response-headers.ts';
import { isRecord, type JsonRecord } from '../../json-record.ts';
import { errorOfMessage, revivedError } from '../../revived-error.ts';
import { MAX_BODY_LENGTH } from './body-length.ts';
import { attemptOfEvent, isEventLine } from './event-line.ts';
import type { LogEntry } from './logged-attempt.ts';

/**
 * Reads one line of a log: an object of JSON, with what a collector may have put before it.
 *
 * The fields are `status`, `headers`, `body`, `url`, `method`, `error`, `time` and `durationMs`; the
 * shapes of pino (`err`, `req`, `res`), of winston (an error's fields beside `level`), of axios and
 * of SDKs' errors (`response`, `config`) are known too, and holdfast's own events.
 */
export function jsonEntry(line: string | undefined): LogEntry {
  if (line === undefined) return 'broken';
  const begin = line.indexOf('{');
  if (begin < 0) return line.trim() === '' ? 'other' : 'broken';
  try {
    const record: unknown = JSON.parse(line.slice(begin));
    return isRecord(record) ? recordEntry(record) : 'broken';
  } catch {
    return 'broken';
  }
}

/** Reads one object of a log. */
function recordEntry(record: JsonRecord): LogEntry {
  // What was thrown may carry the request and the response, as the errors of clients do.
  const error = firstRecord(record, ['error', 'err', 'exception']);
  const places = [record, ...(error === undefined ? [] : [error])];
  const response = firstOf(places, ['response', 'res'], isRecord);
  const request = firstOf(places, ['request', 'req', 'config', 'options'], isRecord);
  const event = isEventLine(record) ? attemptOfEvent(record) : undefined;
  if (event === undefined && isEventLine(record)) return 'other';
  const outcome = event?.outcome ?? outcomeOf(record, response, error);
  if (outcome === undefined) return 'other';
  const [headers, url, method] = [
    firstOf([record, ...maybe(request)], ['requestHeaders'], isRecord) ??
      (request && firstOf([request], ['headers'], isRecord)),
    firstOf([record, ...maybe(request), ...maybe(error)], ['url', 'uri', 'href'], isText),
    firstOf([record, ...maybe(request), ...maybe(error)], ['method'], isText),
  ];
  const requestHeaders = readHeaders(headers);
  const durationMs = firstOf([record, ...maybe(response)], DURATIONS, isAmount);
  const endedAt = timeOf(
    firstOf([record], ['time', 'timestamp', '@timestamp', 'ts', 'date'], isTime),
  );
  return {
    method: /^[A-Za-z]+$/.test(method ?? '') ? String(method).toUpperCase() : 'GET',
    url: event?.url ?? absolute(url, request, requestHeaders.get('host')),
    requestHeaders,
    // A line is written when its request is over.
    startedAt: endedAt === undefined ? undefined : endedAt - (durationMs ?? 0),
    durationMs,
    outcome,
  };
}

/** Names that say their unit; `responseTime` is pino-http's, in milliseconds. */
const DURATIONS = [
  'durationMs',
  'duration_ms',
  'responseTime',
  'elapsedMs',
  'elapsed_ms',
  'latencyMs',
  'latency_ms',
];

const STATUSES = ['status', 'statusCode', 'status_code'];

function outcomeOf(
  record: JsonRecord,
  response: JsonRecord | undefined,
  error: JsonRecord | undefined,
): Failure | undefined {
  const status = firstOf([...maybe(response), record], STATUSES, isStatus);
  if (status !== undefined) {
    const places = [...maybe(response), record, ...maybe(error)];
    return {
      status: Number(status),
      headers: readHeaders(
        firstOf([...maybe(response), record], ['responseHeaders', 'headers'], isObject),
      ),
      body: bodyOf(firstOf(places, ['body', 'data', 'responseBody'], (one) => one != null)),
    };
  }
  if (error !== undefined) return { error: revivedError(error) };
  const text = firstOf([record], ['error', 'err', 'exception'], isText);
  if (text !== undefined) return { error: errorOfMessage(text) };
  // Winston writes the fields of an error beside its own.
  return isErrorLine(record) ? { error: revivedError(withoutLogger(record)) } : undefined;
}

const ERROR_NAME = /(?:Error|Exception)$/;
const ERROR_CODE = /^(?:E[A-Z]{3,}|UND_ERR_[A-Z_]+|ERR_[A-Z_]+)$/;

/** Whether a line has what only errors have: a `name` may be the logger's, and a `code` a currency. */
const isErrorLine = ({ name, code, stack }: JsonRecord): boolean =>
  typeof stack === 'string' ||
  (typeof name === 'string' && ERROR_NAME.test(name)) ||
  (typeof code === 'string' && ERROR_CODE.test(code));

const withoutLogger = ({ level: _level, name, ...rest }: JsonRecord): JsonRecord =>
  typeof name === 'string' && ERROR_NAME.test(name) ? { name, ...rest } : rest;

function bodyOf(body: unknown): unknown {
  return typeof body === 'string' ? body.slice(0, MAX_BODY_LENGTH) : body;
}

function absolute(
  url: string | undefined,
  request: JsonRecord | undefined,
  host: string | undefined,
): string | undefined {
  if (url === undefined) return undefined;
  const base =
    request === undefined ? undefined : firstOf([request], ['baseURL', 'prefixUrl'], isText);
  for (const [address, from] of [
    [url, undefined],
    [url, base],
    [url, host === undefined ? undefined : `https://${host}`],
  ] as const) {
    if (from === undefined ? URL.canParse(address) : URL.canParse(address, from)) {
      const parsed = new URL(address, from);
      if (parsed.protocol === 'http:' || parsed.protocol === 'https:') return parsed.href;
    }
  }
  return undefined;
}

/** The larger a count of time is, the smaller is its unit: seconds, milliseconds, micro-, nanoseconds. */
function timeOf(time: string | number | undefined): number | undefined {
  if (time === undefined) return undefined;
  const count = typeof time === 'number' || /^\d+(?:\.\d+)?$/.test(time) ? Number(time) : undefined;
  if (count === undefined) {
    const parsed = Date.parse(String(time));
    return Number.isFinite(parsed) ? parsed : undefined;
  }
  if (count < 1e11) return count * 1e3;
  if (count < 1e14) return count;
  return count < 1e17 ? count / 1e3 : count / 1e6;
}

const maybe = <Value>(value: Value | undefined): readonly Value[] =>
  value === undefined ? [] : [value];

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
const isAmount = (value: unknown): value is number => typeof value === 'number' && value >= 0;
const isTime = (value: unknown): value is string | number => isText(value) || isAmount(value);
const isStatus = (value: unknown): value is string | number =>
  (typeof value === 'number' || typeof value === 'string') && /^[1-9]\d\d$/.test(String(value));

const firstRecord = (record: JsonRecord, names: readonly string[]): JsonRecord | undefined =>
  firstOf([record], names, isRecord);

/** The first of these members, in the first of these objects, that is what is looked for. */
function firstOf<Value>(
  records: readonly JsonRecord[],
  names: readonly string[],
  is: (value: unknown) => value is Value,
): Value | undefined;
function firstOf(
  records: readonly JsonRecord[],
  names: readonly string[],
  is: (value: unknown) => boolean,
): unknown;
function firstOf(
  records: readonly JsonRecord[],
  names: readonly string[],
  is: (value: unknown) => boolean,
): unknown {
  for (const record of records) {
    for (const name of names) {
      if (Object.hasOwn(record, name) && is(record[name])) return record[name];
    }
  }
  return undefined;
}
