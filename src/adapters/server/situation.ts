import type { Classification } from '../../core/classification.ts';
import { isResilienceError, type ResilienceError } from '../../core/errors.ts';
import { reportOf } from '../../http/report.ts';
import { toResilienceError } from '../result.ts';
import { abortCauseOf } from './reasons.ts';

/** What an error means for the one who asked this server. */
export type Situation =
  /** A breaker refuses to ask the upstream. */
  | 'circuit-open'
  /** The upstream, or the limiter in front of it, says: slow down. */
  | 'throttled'
  /** The upstream says that it cannot answer now. */
  | 'unavailable'
  /** The upstream's answer, or its absence, is of no use. */
  | 'upstream-failed'
  /** No answer in time, or the deadline of the request itself has passed. */
  | 'timed-out'
  /** This program's own fault. */
  | 'unexpected'
  /** The client has left; nobody reads what is written. */
  | 'aborted';

/** How an error is to be taken. */
export interface Reading {
  /** `undefined` for an error that did not come out of holdfast. */
  readonly situation: Situation | undefined;
  /** When it is worth coming back, in milliseconds; `undefined` where nobody said. */
  readonly retryAfterMs: number | undefined;
}

/** Statuses by which an upstream, or a proxy in front of it, says that the time was up. */
const UPSTREAM_TIMEOUTS: readonly (number | undefined)[] = [408, 504, 522, 524, 598];

/**
 * Reads an error: holdfast's own, and those that came out of a holdfast fetch as they were (`fetch
 * failed`, a signal's reason). Never throws.
 *
 * @param otherErrors - `'answer'` to read any other error by its shape too
 */
export function readError(error: unknown, otherErrors: 'pass' | 'answer'): Reading {
  const abortCause = abortCauseOf(error);
  if (abortCause !== undefined) {
    const situation = abortCause === 'client-left' ? 'aborted' : 'timed-out';
    return { situation, retryAfterMs: undefined };
  }
  const isOurs = isResilienceError(error);
  if (!isOurs && otherErrors === 'pass' && reportOf(error) === undefined) {
    return { situation: undefined, retryAfterMs: undefined };
  }
  const read = isOurs ? error : toResilienceError(error);
  const situation = isTimeout(error) ? 'timed-out' : situationOf(read);
  const isForeign = !isOurs && situation === 'unexpected' && otherErrors === 'pass';
  return { situation: isForeign ? undefined : situation, retryAfterMs: read.retryAfterMs };
}

function situationOf({ kind, classification }: ResilienceError): Situation {
  switch (kind) {
    case 'circuit-open':
      return 'circuit-open';
    case 'rate-limited':
      return 'throttled';
    case 'timeout':
      return 'timed-out';
    case 'network':
      return 'upstream-failed';
    case 'aborted':
      return 'aborted';
    case 'http':
      return situationOfAnswer(classification);
    case 'unexpected':
      // An SDK's own error for an answer that its server gave.
      return classification.status === undefined ? 'unexpected' : situationOfAnswer(classification);
  }
}

function situationOfAnswer({ category, status }: Classification): Situation {
  if (category === 'throttle') return 'throttled';
  if (category === 'fatal') return 'upstream-failed';
  if (UPSTREAM_TIMEOUTS.includes(status)) return 'timed-out';
  return status === 503 ? 'unavailable' : 'upstream-failed';
}

/** A `TimeoutError` is one, also where it was the reason of a signal that the program made. */
function isTimeout(error: unknown): boolean {
  try {
    return (error as { name?: unknown } | null | undefined)?.name === 'TimeoutError';
  } catch {
    return false;
  }
}
