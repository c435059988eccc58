import type { Classification } from '../core/classification.ts';
import type { AttemptEndedEvent } from '../core/attempt-events.ts';
import type { CallIdentity, ResilienceEvent } from '../core/events.ts';
import type { StreamFailedEvent } from '../classify/streams/stream-outcome.ts';
import { duration } from './duration.ts';
import { foreignEvent } from './foreign-event.ts';

/**
 * One plain sentence for an event: where it happened, and what happened. It holds no header, no body
 * and no query, and none of the server's own prose. Never throws for an event of holdfast.
 *
 * @example
 * sentenceOf(event); // 'api.example.com GET /users/:id: attempt 2 ended with 503 db_down after 120 ms'
 */
export const sentenceOf = (event: ResilienceEvent): string =>
  `${placeOf(event)}: ${happened(event)}`;

/** Where an event belongs: its key without the scheme, and its route. */
function placeOf({ key, route }: Pick<CallIdentity, 'key' | 'route'>): string {
  return route === undefined ? shortKey(key) : `${shortKey(key)} ${route}`;
}

/** A failure in a few words: its status and its code, or the rule that read it. */
function failureOf({ status, errorCode, rule }: Classification): string {
  const named = [status, errorCode].filter((part) => part !== undefined && part !== '');
  return named.length > 0 ? named.join(' ') : rule;
}

const shortKey = (key: string): string => key.replace(/^https?:\/\//, '');

function happened(event: ResilienceEvent): string {
  switch (event.type) {
    case 'attempt-ended':
      return howItEnded(event);
    case 'retry-scheduled':
      return `attempt ${event.attempt} follows in ${duration(event.waitMs)}, after ${failureOf(event.classification)}`;
    case 'gave-up':
      return `gave up after ${counted(event.attempts, 'attempt')} with ${failureOf(event.classification)}: ${event.because}`;
    case 'queued':
      return `attempt ${event.attempt} waits for ${AWAITED[event.by]}${about(event.waitMs)}`;
    case 'key-paused':
      return `the server accepts nothing after ${failureOf(event.classification)}; the next attempt starts in ${duration(event.pauseMs)}`;
    case 'refused':
      return `attempt ${event.attempt} was refused by ${NAMES[event.by] ?? event.by}: ${event.because}${since(event.causedBy)}${comeBack(event.retryAfterMs)}`;
    case 'circuit-changed':
      return howTheCircuitChanged(event);
    case 'timed-out':
      return `attempt ${event.attempt} had no answer within ${duration(event.timeoutMs)}`;
    case 'hedged':
      return event.because === 'slow'
        ? `attempt ${event.attempt} was sent beside one that is slow: no answer after ${duration(event.afterMs)}`
        : `attempt ${event.attempt} was sent at once: the one before it failed after ${duration(event.afterMs)}`;
    case 'failed-over':
      return `the call goes on at ${shortKey(event.to)}, after ${failureOf(event.classification)}`;
    case 'endpoint-out':
      return `the endpoint is passed over for ${duration(event.outMs)}, after ${failureOf(event.classification)}`;
    case 'endpoint-back':
      return 'the endpoint works again';
    case 'fallback-used':
      return `${SOURCES[event.from]} stands in for the answer, after ${failureOf(event.classification)}`;
    case 'fallback-failed':
      return `the fallback failed too (${failureOf(event.classification)}), and the failure remains`;
    case 'coalesced':
      return `a call waits for a request that is under way; ${counted(event.callers, 'call')} share it`;
    case 'store-error':
      return `${STORES[event.by]} failed (${event.kind})${askedAgain(event.retryAfterMs)}`;
    case 'store-recovered':
      return `${STORES[event.by]} answers again after ${duration(event.aloneMs)}; ${counted(event.members, 'process', 'processes')} share it`;
    case 'fleet-stopped':
      return `the server accepts nothing after ${counted(event.throttles, 'throttle')} in a row: all processes stop, and one of them tries in ${duration(event.pauseMs)}`;
    case 'fleet-resumed':
      return `the server accepts again after ${duration(event.stoppedMs)}: all processes go on`;
    case 'stream-failed':
      return howTheStreamFailed(event);
    case 'nested-retry':
      return `the client inside says that it retries by itself (repetition ${event.announcedRetries}): its retries multiply with these`;
    default: {
      const { type, by } = foreignEvent(event);
      return `${type} (${by})`;
    }
  }
}

function howItEnded({ attempt, durationMs, classification }: AttemptEndedEvent): string {
  const after = `after ${duration(durationMs)}`;
  const { category, decidedBy, rule } = classification;
  if (category === 'success') return `attempt ${attempt} succeeded ${after}`;
  // The server has said nothing: an abort, or an error of the program.
  if (decidedBy === 'caller') return `attempt ${attempt} ended ${after}: ${rule}`;
  return `attempt ${attempt} ended with ${failureOf(classification)} ${after}`;
}

function howTheCircuitChanged({
  to,
  openMs,
  classification,
}: Extract<ResilienceEvent, { readonly type: 'circuit-changed' }>): string {
  if (to === 'closed') return 'the circuit closed: attempts go through again';
  if (to === 'half-open') return 'the circuit is half-open: a few attempts try the server';
  if (classification === undefined) return 'the circuit was opened by hand';
  return `the circuit opened${openMs === undefined ? '' : ` for ${duration(openMs)}`}, after ${failureOf(classification)}`;
}

function howTheStreamFailed({
  attempt,
  because,
  durationMs,
  classification,
}: StreamFailedEvent): string {
  const stream = `the stream of attempt ${attempt}`;
  const after = `after ${duration(durationMs)}`;
  if (because === 'idle') return `${stream} fell silent, and was ended ${after}`;
  const how = because === 'broken' ? 'broke off' : 'ended with an error';
  return `${stream} ${how} ${after}: ${failureOf(classification)}`;
}

const AWAITED = {
  'token-bucket': 'a token',
  'redis-token-bucket': 'a token',
  'concurrency-limit': 'a place',
  'usage-limits': 'its units',
} as const;

const STORES = {
  'redis-token-bucket': 'the store of the shared limit',
  'redis-circuit-breaker': 'the store of the shared circuit',
} as const;

const NAMES: Readonly<Record<string, string>> = {
  'token-bucket': 'the token bucket',
  'redis-token-bucket': 'the shared token bucket',
  'circuit-breaker': 'the circuit breaker',
  'concurrency-limit': 'the concurrency limit',
  'usage-limits': 'the usage limits',
  bottleneck: 'Bottleneck',
  endpoints: 'the endpoints',
};

const SOURCES = {
  value: 'the value of the fallback',
  answer: 'the answer of the fallback',
  'last-good': 'the last good response',
} as const;

const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

const about = (waitMs: number): string => (waitMs > 0 ? `, for about ${duration(waitMs)}` : '');

const since = (causedBy: Classification | undefined): string =>
  causedBy === undefined ? '' : `, since ${failureOf(causedBy)}`;

const comeBack = (retryAfterMs: number | undefined): string =>
  retryAfterMs === undefined ? '' : `; come back in ${duration(retryAfterMs)}`;

const askedAgain = (retryAfterMs: number): string =>
  retryAfterMs > 0 ? `; it is asked again in ${duration(retryAfterMs)}` : '';
