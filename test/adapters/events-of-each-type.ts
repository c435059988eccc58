import {
  ABORTED,
  CALLER_TIMED_OUT,
  NOT_NEEDED,
  SUCCESS,
  ownClassification,
} from '../../src/core/classification.ts';
import type { ResilienceEvent } from '../../src/index.ts';

/** The call of all these events. */
export const CALL = {
  callId: 'a-1',
  key: 'https://payments.example.com',
  method: 'POST',
  route: 'POST /charges/:id',
};
const TIMES = { durationMs: 120.4, waitedMs: 0, queuedMs: 0 };
const FAILURE = ownClassification({
  category: 'retryable',
  decidedBy: 'status',
  rule: 'status 503',
  status: 503,
});
const NAMED = { ...FAILURE, errorCode: 'db_down' };

const ended = (classification: object) => ({
  type: 'attempt-ended',
  by: 'pipeline',
  attempt: 2,
  ...TIMES,
  classification,
});
const refused = {
  type: 'refused',
  by: 'circuit-breaker',
  attempt: 1,
  because: 'the circuit is open',
};
const changed = { type: 'circuit-changed', by: 'circuit-breaker', from: 'closed' };

/** Events of every type, with the sentence and the level of each. */
export const ROWS: readonly (readonly [sentence: string, level: string, event: object])[] = [
  ['attempt 2 succeeded after 120 ms', 'debug', ended(SUCCESS)],
  ['attempt 2 ended with 503 db_down after 120 ms', 'info', ended(NAMED)],
  ['attempt 2 ended with 503 after 120 ms', 'info', ended(FAILURE)],
  ['attempt 2 ended after 120 ms: the caller aborted the call', 'debug', ended(ABORTED)],
  [
    'attempt 2 ended after 120 ms: the caller aborted the call, by a time-out of its own',
    'info',
    ended(CALLER_TIMED_OUT),
  ],
  [
    'attempt 2 ended after 120 ms: another attempt of the same call was answered first',
    'debug',
    ended(NOT_NEEDED),
  ],
  [
    'attempt 3 follows in 400 ms, after 503 db_down',
    'info',
    { type: 'retry-scheduled', by: 'retry', attempt: 3, waitMs: 400, classification: NAMED },
  ],
  [
    'gave up after 1 attempt with 503 db_down: it is not repeated',
    'warn',
    {
      type: 'gave-up',
      by: 'retry',
      attempts: 1,
      because: 'it is not repeated',
      classification: NAMED,
    },
  ],
  [
    'gave up after 3 attempts with 404: fatal: status 404',
    'info',
    {
      type: 'gave-up',
      by: 'retry',
      attempts: 3,
      because: 'fatal: status 404',
      classification: { ...FAILURE, category: 'fatal', status: 404 },
    },
  ],
  [
    'attempt 1 waits for a token, for about 2.5 s',
    'debug',
    { type: 'queued', by: 'token-bucket', attempt: 1, waitMs: 2_500 },
  ],
  [
    'attempt 1 waits for a place',
    'debug',
    { type: 'queued', by: 'concurrency-limit', attempt: 1, waitMs: 0 },
  ],
  [
    'the server accepts nothing after 503 db_down; the next attempt starts in 30 s',
    'warn',
    { type: 'key-paused', by: 'token-bucket', pauseMs: 30_000, classification: NAMED },
  ],
  [
    'attempt 1 was refused by the circuit breaker: the circuit is open, since 503 db_down; come back in 5 min',
    'warn',
    { ...refused, retryAfterMs: 300_000, causedBy: NAMED },
  ],
  [
    'attempt 1 was refused by the circuit breaker: the circuit is open',
    'warn',
    { ...refused, retryAfterMs: undefined },
  ],
  [
    'the circuit opened for 12 s, after 503 db_down',
    'error',
    { ...changed, to: 'open', openMs: 12_000, classification: NAMED },
  ],
  ['the circuit was opened by hand', 'error', { ...changed, to: 'open' }],
  [
    'the circuit is half-open: a few attempts try the server',
    'info',
    { ...changed, to: 'half-open' },
  ],
  ['the circuit closed: attempts go through again', 'info', { ...changed, to: 'closed' }],
  [
    'attempt 2 had no answer within 3 h',
    'warn',
    { type: 'timed-out', by: 'timeout', attempt: 2, timeoutMs: 10_800_000 },
  ],
  [
    'attempt 2 was sent beside one that is slow: no answer after 80 ms',
    'info',
    { type: 'hedged', by: 'hedge', attempt: 2, afterMs: 80, because: 'slow' },
  ],
  [
    'attempt 2 was sent at once: the one before it failed after 80 ms',
    'info',
    { type: 'hedged', by: 'hedge', attempt: 2, afterMs: 80, because: 'failed' },
  ],
  [
    'the call goes on at b.example.com, after 503 db_down',
    'warn',
    {
      type: 'failed-over',
      by: 'endpoints',
      to: 'https://b.example.com',
      attempt: 1,
      classification: NAMED,
    },
  ],
  [
    'the endpoint is passed over for 30 s, after 503 db_down',
    'warn',
    { type: 'endpoint-out', by: 'endpoints', outMs: 30_000, classification: NAMED },
  ],
  ['the endpoint works again', 'info', { type: 'endpoint-back', by: 'endpoints' }],
  [
    'the last good response stands in for the answer, after 503 db_down',
    'warn',
    { type: 'fallback-used', by: 'fallback', from: 'last-good', classification: NAMED },
  ],
  [
    'the fallback failed too (503 db_down), and the failure remains',
    'error',
    { type: 'fallback-failed', by: 'fallback', from: 'answer', classification: NAMED },
  ],
  [
    'a call waits for a request that is under way; 3 calls share it',
    'debug',
    { type: 'coalesced', by: 'coalesce', callers: 3 },
  ],
  [
    'the store of the shared limit failed (timeout); it is asked again in 1 s',
    'warn',
    {
      type: 'store-error',
      by: 'redis-token-bucket',
      kind: 'timeout',
      message: 'x',
      retryAfterMs: 1_000,
    },
  ],
  [
    'the store of the shared limit answers again after 9.8 s; 2 processes share it',
    'info',
    { type: 'store-recovered', by: 'redis-token-bucket', aloneMs: 9_800, members: 2 },
  ],
  [
    'the client inside says that it retries by itself (repetition 1): its retries multiply with these',
    'warn',
    { type: 'nested-retry', by: 'fetch', announcedRetries: 1 },
  ],
  ['cache-hit (my-cache)', 'warn', { type: 'cache-hit', by: 'my-cache' }],
];

/** The events themselves. */
export const EVENTS: readonly ResilienceEvent[] = ROWS.map(
  ([, , event]) => Object.assign({ ...CALL }, event) as ResilienceEvent,
);
