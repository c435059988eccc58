import isNetworkError from 'is-network-error';
import {
  SUCCESS,
  ownClassification,
  type Category,
  type Classification,
  type DecidedBy,
} from '../core/classification.ts';
import type { Clock } from '../core/clock.ts';
import { isFailure } from '../core/errors.ts';
import type { OutcomeReader } from '../core/outcome-reader.ts';

/** What is looked at of a response or an error, whoever made it. */
interface FieldsByName {
  readonly [name: string]: unknown;
}

interface Shape {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly status?: unknown;
  readonly statusCode?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
  readonly response?: Shape;
  readonly headers?: FieldsByName & { get?(name: string): string | null };
  readonly body?: { cancel?(): Promise<void> } | null;
}

/** RFC 9110 §15.5.9 and §15.6. Every other status of 400 and above is fatal, but for a 429. */
const RETRYABLE: readonly unknown[] = [408, 500, 502, 503, 504];
/** RFC 6585 §4. */
const TOO_MANY_REQUESTS = 429;

/** Node's and undici's codes for a connection that never stood, and for one that was lost. */
const NEVER_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|E(NET|HOST)UNREACH|UND_ERR_CONNECT_TIMEOUT)$/;
const LOST =
  /^(ECONN(RESET|ABORTED)|EPIPE|ETIMEDOUT|UND_ERR_(SOCKET|HEADERS_TIMEOUT|BODY_TIMEOUT))$/;
/** Of Workers and React Native, which is-network-error does not know in full. */
const LOST_WORDS = /^Network (connection lost|request timed out)\.?$/;

const MAX_CAUSES = 5;

/**
 * How a policy on its own reads outcomes, so that it carries no classifier: by the status of a
 * response or an error, `Retry-After`, network codes and names. A pipeline and a wrapped fetch hand
 * in a reader that knows far more.
 */
export const readPlainly = (clock: Clock): OutcomeReader => ({
  classifyValue: (value) =>
    isShape(value) && typeof value.headers?.get === 'function'
      ? (byStatus(value, value.status, clock) ?? SUCCESS)
      : SUCCESS,
  classifyError(error) {
    try {
      return readError(error, clock);
    } catch {
      // A getter or a proxy that throws.
      return UNKNOWN;
    }
  },
  discard: (value) => (isShape(value) ? void value.body?.cancel?.().catch(() => {}) : undefined),
});

function readError(error: unknown, clock: Clock): Classification {
  let cause = error;
  for (let depth = 0; depth < MAX_CAUSES && isShape(cause); depth += 1) {
    if (isFailure(cause)) return cause.classification;
    const { name, code, response, statusCode } = cause;
    const read =
      byStatus(response ?? cause, cause.status ?? statusCode ?? response?.status, clock) ??
      byName(name) ??
      byCode(String(code));
    if (read !== undefined) return read;
    cause = cause.cause;
  }
  const message = isShape(error) ? String(error.message) : '';
  if (!isNetworkError(error) && !LOST_WORDS.test(message)) return UNKNOWN;
  // Node's fetch has a cause that says more; a browser's says nothing else.
  return classification(
    'retryable',
    message === 'fetch failed' ? 'network' : 'opaque',
    'the connection failed',
  );
}

const isShape = (value: unknown): value is Shape => typeof value === 'object' && value !== null;

function byStatus({ headers }: Shape, status: unknown, clock: Clock): Classification | undefined {
  if (typeof status !== 'number' || !(status >= 400 && status < 600)) return undefined;
  const isThrottle = status === TOO_MANY_REQUESTS;
  const category = isThrottle ? 'throttle' : RETRYABLE.includes(status) ? 'retryable' : 'fatal';
  const waitMs = headers && waitOf(headers, clock);
  return classification(category, 'status', `status ${status}`, {
    status,
    // A 503 by itself also comes from a gateway that lost the connection after it had sent.
    unprocessed: isThrottle || (status === 503 && waitMs !== undefined),
    retryAfterMs: isThrottle ? waitMs || undefined : waitMs,
    retryAfterFrom: waitMs === undefined ? undefined : 'header',
  });
}

/**
 * `Retry-After` is seconds or a date by the server's own clock (RFC 9110 §10.2.3); of several the
 * longest. `Retry-After-Ms` is Azure's and OpenAI's. A negative number or a past date says nothing.
 */
function waitOf(headers: NonNullable<Shape['headers']>, clock: Clock): number | undefined {
  const inMs = headerOf(headers, 'retry-after-ms');
  const inSeconds = headerOf(headers, 'retry-after');
  const now = Date.parse(headerOf(headers, 'date')) || clock.epochNow();
  const waitMs = inMs
    ? Number(inMs)
    : /^[\d., ]+$/.test(inSeconds)
      ? 1000 * Math.max(...inSeconds.split(',').map(Number))
      : Date.parse(inSeconds) - now || NaN;
  return waitMs >= 0 ? waitMs : undefined;
}

function headerOf(headers: NonNullable<Shape['headers']>, name: string): string {
  const value = typeof headers.get === 'function' ? headers.get(name) : headers[name];
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : '';
}

function byName(name: unknown): Classification | undefined {
  if (name === 'AbortError') return classification('fatal', 'caller', 'the call was aborted');
  return name === 'TimeoutError' ? network('no answer in time') : undefined;
}

function byCode(code: string): Classification | undefined {
  const isUnsent = NEVER_SENT.test(code);
  if (!isUnsent && !LOST.test(code)) return undefined;
  return network(code, { errorCode: code as never, unprocessed: isUnsent });
}

const network = (rule: string, more?: Partial<Classification>) =>
  classification('retryable', 'network', rule, more);

const classification = (
  category: Category,
  decidedBy: DecidedBy,
  rule: string,
  more?: Partial<Classification>,
) => ownClassification({ ...more, category, decidedBy, rule });

const UNKNOWN = classification('fatal', 'caller', 'no rule knows this error');
