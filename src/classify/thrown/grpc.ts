import type { Category, Classification } from '../../core/classification.ts';
import { meaningOfMessage } from './network-messages.ts';
import { withoutSecrets, type ThrownShape } from './causes.ts';
import { read, readNumber, readObject, readText } from '../untrusted.ts';

/**
 * The gRPC status codes (grpc/grpc doc/statuscodes.md), by number. Which of them are worth a retry
 * follows google/rpc/code.proto: UNAVAILABLE as it is; ABORTED for the whole step; UNKNOWN and
 * INTERNAL like the HTTP 500 that they are mapped to; RESOURCE_EXHAUSTED like a 429.
 */
const STATUSES: readonly (readonly [name: string, category: Category])[] = [
  ['OK', 'fatal'], // never thrown by a correct client
  ['CANCELLED', 'fatal'],
  ['UNKNOWN', 'retryable'],
  ['INVALID_ARGUMENT', 'fatal'],
  ['DEADLINE_EXCEEDED', 'retryable'],
  ['NOT_FOUND', 'fatal'],
  ['ALREADY_EXISTS', 'fatal'],
  ['PERMISSION_DENIED', 'fatal'],
  ['RESOURCE_EXHAUSTED', 'throttle'],
  ['FAILED_PRECONDITION', 'fatal'],
  ['ABORTED', 'retryable'],
  ['OUT_OF_RANGE', 'fatal'],
  ['UNIMPLEMENTED', 'fatal'],
  ['INTERNAL', 'retryable'],
  ['UNAVAILABLE', 'retryable'],
  ['DATA_LOSS', 'fatal'],
  ['UNAUTHENTICATED', 'fatal'],
];

/** The classification of a gRPC error (grpc-js, google-gax, Connect, nice-grpc); `undefined` for others. */
export function classifyGrpc(shapes: readonly ThrownShape[]): Classification | undefined {
  for (const shape of shapes) {
    const number = statusNumber(shape);
    const status = number === undefined ? undefined : STATUSES[number];
    if (number === undefined || status === undefined) continue;
    const [name, category] = status;
    const pushback = pushbackMs(shape);
    // gRPC A6: a negative (or unreadable) pushback says not to try again.
    const told: Category = pushback === 'never' ? 'fatal' : category;
    const said = detailsOf(shape);
    return {
      category: told,
      errorCode: name,
      message: withoutSecrets(said),
      status: undefined,
      retryAfterMs:
        told === 'fatal' ? undefined : typeof pushback === 'number' ? pushback : delayMs(shape),
      unprocessed: told === 'throttle' || wasNotSent(name, said),
      decidedBy: pushback === 'never' ? 'hint' : name === 'CANCELLED' ? 'caller' : 'code',
      rule:
        pushback === 'never'
          ? 'grpc-retry-pushback-ms says not to try again'
          : `gRPC status ${number} ${name}`,
    };
  }
  return undefined;
}

// A bare number in `code` means nothing: DOMException has 20, Discord 50001. gRPC errors have
// details and metadata beside it.
function statusNumber({ value, number, message }: ThrownShape): number | undefined {
  if (number === undefined || !Number.isInteger(number) || number < 1 || number > 16) {
    return undefined;
  }
  const isGrpc =
    typeof read(value, 'details') === 'string' ||
    readObject(value, 'metadata') !== undefined ||
    typeof read(value, 'rawMessage') === 'string' ||
    message.startsWith(`${number} ${STATUSES[number]?.[0]}`);
  return isGrpc ? number : undefined;
}

function detailsOf({ value, message }: ThrownShape): string {
  return readText(value, 'details') ?? readText(value, 'rawMessage') ?? message;
}

// The client's own words where no connection could be made; a stream that was refused likewise.
function wasNotSent(name: string, details: string): boolean {
  if (name !== 'UNAVAILABLE') return false;
  return (
    /no connection established|name resolution failed|failed to connect/i.test(details) ||
    meaningOfMessage(details)?.meaning === 'not-sent' ||
    /\b(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)\b/.test(details)
  );
}

function pushbackMs({ value }: ThrownShape): number | 'never' | undefined {
  const metadata = readObject(value, 'metadata');
  const text = metadataText(metadata, 'grpc-retry-pushback-ms');
  if (text === undefined) return undefined;
  return /^\d{1,10}$/.test(text) ? Number(text) : 'never';
}

function metadataText(metadata: object | undefined, name: string): string | undefined {
  const get = read(metadata, 'get');
  if (typeof get !== 'function') return undefined;
  try {
    const found: unknown = get.call(metadata, name);
    // grpc-js answers with a list, Connect's Headers with text or null.
    const first: unknown = Array.isArray(found) ? found[0] : found;
    return typeof first === 'string' ? first : undefined;
  } catch {
    return undefined;
  }
}

/** google.rpc.RetryInfo, where the client has decoded it (google-gax: `statusDetails`). */
function delayMs({ value }: ThrownShape): number | undefined {
  const details = read(value, 'statusDetails');
  if (!Array.isArray(details)) return undefined;
  for (const detail of details.slice(0, 20) as unknown[]) {
    const delay = readObject(detail, 'retryDelay');
    const seconds = Number(read(delay, 'seconds') ?? 0);
    const nanos = readNumber(delay, 'nanos') ?? 0;
    const wait = seconds * 1_000 + nanos / 1e6;
    if (delay !== undefined && Number.isFinite(wait) && wait >= 0) return Math.ceil(wait);
  }
  return undefined;
}
