import { causesOf } from '../../classify/thrown/causes.ts';
import { read, readText } from '../../classify/untrusted.ts';
import type { Classification } from '../../core/classification.ts';
import { reportOf } from '../../http/report.ts';
import type { ResilienceError } from '../../http/resilience-error.ts';
import { toResilienceError } from '../result.ts';
import { abortCauseOf } from './reasons.ts';

/** What an error means for the one who asked this server. */
export type ErrorKind =
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
  readonly errorKind: ErrorKind | undefined;
  /** When it is worth coming back, in milliseconds; `undefined` where nobody said. */
  readonly retryAfterMs: number | undefined;
}

/** Statuses by which an upstream, or a proxy in front of it, says that the time was up. */
const UPSTREAM_TIMEOUTS: readonly (number | undefined)[] = [408, 504, 522, 524, 598];

const NOT_OURS: Reading = { errorKind: undefined, retryAfterMs: undefined };

/**
 * Reads an error: holdfast's own, and those that came out of a holdfast fetch as they were (`fetch
 * failed`, a signal's reason), also where another error has one of them as its cause, to depth 10.
 * What a program or its framework has for the client is theirs. Never throws.
 *
 * @param otherErrors - `'answer'` to read any other error by its shape too
 */
export function readError(error: unknown, otherErrors: 'pass' | 'answer'): Reading {
  if (isForTheClient(error)) return NOT_OURS;
  const layers = causesOf(error).map(({ value }) => value);
  const abortCauses = layers.map(abortCauseOf);
  if (abortCauses.includes('client-left')) return { ...NOT_OURS, errorKind: 'aborted' };
  if (abortCauses.includes('deadline-passed')) return { ...NOT_OURS, errorKind: 'timed-out' };

  const origin = layers.find((layer) => reportOf(layer) !== undefined);
  if (origin === undefined && otherErrors === 'pass') return NOT_OURS;
  const thrown = origin ?? error;
  const told = toResilienceError(thrown);
  // A `TimeoutError` is one, also where it was the reason of a signal that the program made.
  const errorKind = read(thrown, 'name') === 'TimeoutError' ? 'timed-out' : errorKindOf(told);
  const isOurs = told === origin || errorKind !== 'unexpected';
  if (!isOurs && otherErrors === 'pass') return NOT_OURS;
  return { errorKind, retryAfterMs: told.retryAfterMs };
}

/** Whether a program, or its framework, says by this error what the client is to hear. */
function isForTheClient(error: unknown): boolean {
  const isOfHttpErrors = read(error, 'expose') === true;
  const isOfFastify =
    readText(error, 'code')?.startsWith('FST_') === true ||
    Array.isArray(read(error, 'validation'));
  const isOfHono = typeof read(error, 'getResponse') === 'function';
  return isOfHttpErrors || isOfFastify || isOfHono;
}

function errorKindOf({ kind, classification }: ResilienceError): ErrorKind {
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
      return errorKindOfAnswer(classification);
    case 'unexpected':
      // An SDK's own error for an answer that its server gave.
      return classification.status === undefined ? 'unexpected' : errorKindOfAnswer(classification);
  }
}

function errorKindOfAnswer({ category, status }: Classification): ErrorKind {
  if (category === 'throttle') return 'throttled';
  if (category === 'fatal') return 'upstream-failed';
  if (UPSTREAM_TIMEOUTS.includes(status)) return 'timed-out';
  return status === 503 ? 'unavailable' : 'upstream-failed';
}
