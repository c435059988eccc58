import { SUCCESS, UNREAD, ownClassification, type Classification } from '../core/classification.ts';
import type { Clock } from '../core/clock.ts';
import { isFailure } from '../core/errors.ts';
import type { OutcomeReader } from '../core/outcome-reader.ts';
import { cancelBody } from './discarding-reader.ts';
import { retryAfterOf, type HeadersByName } from './retry-after.ts';

/** What is looked at of a response or an error, whoever made it. */
export interface Shape {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly status?: unknown;
  readonly statusCode?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
  readonly response?: Shape;
  readonly headers?: HeadersByName;
}

const isShape = (value: unknown): value is Shape => typeof value === 'object' && value !== null;

/** RFC 9110 §15.5.9 and §15.6. Every other status of 400 and above is fatal, but for a 429. */
const RETRYABLE: readonly unknown[] = [408, 500, 502, 503, 504];
/** RFC 6585 §4. */
const TOO_MANY_REQUESTS = 429;
const UNAVAILABLE = 503;

const MAX_CAUSES = 5;

/** How a status classifies what it came with; `undefined` where it is no failure's. */
function byStatus({ headers }: Shape, status: unknown, clock: Clock): Classification | undefined {
  if (typeof status !== 'number' || !(status >= 400 && status < 600)) return undefined;
  const isThrottle = status === TOO_MANY_REQUESTS;
  const waitMs = headers && retryAfterOf(headers, clock);
  return ownClassification({
    category: isThrottle ? 'throttle' : RETRYABLE.includes(status) ? 'retryable' : 'fatal',
    decidedBy: 'status',
    rule: `status ${status}`,
    status,
    // A 503 by itself also comes from a gateway that lost the connection after it had sent.
    unprocessed: isThrottle || (status === UNAVAILABLE && waitMs !== undefined),
    // A throttle that may be repeated at once says nothing.
    retryAfterMs: isThrottle ? waitMs || undefined : waitMs,
    retryAfterFrom: waitMs === undefined ? undefined : 'header',
  });
}

/** A returned value by its status, if it is a response; every other value is a success. */
export const classifyByStatus = (value: unknown, clock: Clock): Classification =>
  (isShape(value) &&
    typeof value.headers?.get === 'function' &&
    byStatus(value, value.status, clock)) ||
  SUCCESS;

/**
 * An error by what it or one of its causes says: that it is holdfast's own, its status, or what
 * `further` reads.
 *
 * @returns `undefined` where none of them says anything
 */
export function classifyByCauses(
  error: unknown,
  clock: Clock,
  further?: (cause: Shape) => Classification | undefined,
): Classification | undefined {
  let cause = error;
  for (let depth = 0; depth < MAX_CAUSES && isShape(cause); depth += 1) {
    if (isFailure(cause)) return cause.classification;
    const { response, status, statusCode } = cause;
    const read =
      byStatus(response ?? cause, status ?? statusCode ?? response?.status, clock) ??
      further?.(cause);
    if (read !== undefined) return read;
    ({ cause } = cause);
  }
  return undefined;
}

/** What a reading finds; nothing where a getter or a proxy throws. */
export function found(
  read: () => Classification | undefined,
  otherwise: Classification,
): Classification {
  try {
    return read() ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** For policies on their own that need to know of throttles and successes alone. */
export const readStatuses = (clock: Clock): OutcomeReader => ({
  isPartial: true,
  classifyValue: (value) => classifyByStatus(value, clock),
  classifyError: (error) => found(() => classifyByCauses(error, clock), UNREAD),
  discard: cancelBody,
});
