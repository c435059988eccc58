import {
  ABORTED,
  CALLER_TIMED_OUT,
  NOT_NEEDED,
  SUCCESS,
  ownClassification,
  type Classification,
} from '../../src/core/classification.ts';
import type { EventLevel } from '../../src/adapters/event-level.ts';
import type { ResilienceEvents } from '../../src/core/events.ts';
import type { CallIdentity, ResilienceEvent } from '../../src/index.ts';
// All that adds types of events.
import '../../src/redis.ts';

/** Events as they are written down here: without the call, which is the same in all of them. */
type Written<Event> = Omit<Event, keyof CallIdentity | 'type'> & Partial<CallIdentity>;

type Row<Event> = readonly [sentence: string, level: EventLevel, event: Written<Event>];

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

const ended = (classification: Classification) => ({
  by: 'pipeline' as const,
  attempt: 2,
  ...TIMES,
  classification,
});
const refused = { by: 'circuit-breaker', attempt: 1, because: 'the circuit is open' };
const changed = { by: 'circuit-breaker', from: 'closed' } as const;

const stream = { by: 'streams', attempt: 2, durationMs: 2_500, classification: NAMED } as const;

/** For each type: a type that is missing here does not compile. */
const ROWS_OF: {
  readonly [Type in keyof ResilienceEvents]: readonly [
    Row<ResilienceEvents[Type]>,
    ...Row<ResilienceEvents[Type]>[],
  ];
} = {
  'attempt-ended': [
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
  ],
  'retry-scheduled': [
    [
      'attempt 3 follows in 400 ms, after 503 db_down',
      'info',
      { by: 'retry', attempt: 3, waitMs: 400, classification: NAMED },
    ],
  ],
  'gave-up': [
    [
      'gave up after 1 attempt with 503 db_down: it is not repeated',
      'warn',
      { by: 'retry', attempts: 1, because: 'it is not repeated', classification: NAMED },
    ],
    [
      'gave up after 3 attempts with 404: fatal: status 404',
      'info',
      {
        by: 'retry',
        attempts: 3,
        because: 'fatal: status 404',
        classification: { ...FAILURE, category: 'fatal', status: 404 },
      },
    ],
  ],
  queued: [
    [
      'attempt 1 waits for a token, for about 2.5 s',
      'debug',
      { by: 'token-bucket', attempt: 1, waitMs: 2_500 },
    ],
    ['attempt 1 waits for a place', 'debug', { by: 'concurrency-limit', attempt: 1, waitMs: 0 }],
    [
      'attempt 1 waits for its units, for about 2.5 s',
      'debug',
      { by: 'usage-limits', attempt: 1, waitMs: 2_500 },
    ],
  ],
  'key-paused': [
    [
      'the server accepts nothing after 503 db_down; the next attempt starts in 30 s',
      'warn',
      { by: 'token-bucket', pauseMs: 30_000, classification: NAMED },
    ],
  ],
  refused: [
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
      'attempt 1 was refused by the usage limits: 100 calls wait already; come back in 2.5 s',
      'warn',
      {
        by: 'usage-limits',
        attempt: 1,
        because: '100 calls wait already',
        retryAfterMs: 2_500,
      },
    ],
  ],
  'circuit-changed': [
    [
      'the circuit opened for 12 s, after 503 db_down',
      'error',
      { ...changed, to: 'open', openMs: 12_000, classification: NAMED },
    ],
    [
      'the circuit was opened by hand',
      'error',
      { ...changed, to: 'open', openMs: undefined, classification: undefined },
    ],
    [
      'the circuit is half-open: a few attempts try the server',
      'info',
      { ...changed, to: 'half-open', openMs: undefined, classification: undefined },
    ],
    [
      'the circuit closed: attempts go through again',
      'info',
      { ...changed, to: 'closed', openMs: undefined, classification: undefined },
    ],
  ],
  'timed-out': [
    [
      'attempt 2 had no answer within 3 h',
      'warn',
      { by: 'timeout', attempt: 2, timeoutMs: 10_800_000 },
    ],
  ],
  hedged: [
    [
      'attempt 2 was sent beside one that is slow: no answer after 80 ms',
      'info',
      { by: 'hedge', attempt: 2, afterMs: 80, because: 'slow' },
    ],
    [
      'attempt 2 was sent at once: the one before it failed after 80 ms',
      'info',
      { by: 'hedge', attempt: 2, afterMs: 80, because: 'failed' },
    ],
  ],
  'failed-over': [
    [
      'the call goes on at b.example.com, after 503 db_down',
      'warn',
      { by: 'endpoints', to: 'https://b.example.com', attempt: 1, classification: NAMED },
    ],
  ],
  'endpoint-out': [
    [
      'the endpoint is passed over for 30 s, after 503 db_down',
      'warn',
      { by: 'endpoints', outMs: 30_000, classification: NAMED },
    ],
  ],
  'endpoint-back': [['the endpoint works again', 'info', { by: 'endpoints' }]],
  'fallback-used': [
    [
      'the last good response stands in for the answer, after 503 db_down',
      'warn',
      { by: 'fallback', from: 'last-good', classification: NAMED },
    ],
  ],
  'fallback-failed': [
    [
      'the fallback failed too (503 db_down), and the failure remains',
      'error',
      { by: 'fallback', from: 'answer', classification: NAMED },
    ],
  ],
  coalesced: [
    [
      'a call waits for a request that is under way; 3 calls share it',
      'debug',
      { by: 'coalesce', callers: 3 },
    ],
  ],
  'store-error': [
    [
      'the store of the shared limit failed (timeout); it is asked again in 1 s',
      'warn',
      { by: 'redis-token-bucket', kind: 'timeout', message: 'x', retryAfterMs: 1_000 },
    ],
    [
      'the store of the shared circuit failed (timeout)',
      'warn',
      { by: 'redis-circuit-breaker', kind: 'timeout', message: 'x', retryAfterMs: 0 },
    ],
  ],
  'store-recovered': [
    [
      'the store of the shared limit answers again after 9.8 s; 2 processes share it',
      'info',
      { by: 'redis-token-bucket', aloneMs: 9_800, members: 2 },
    ],
  ],
  'fleet-stopped': [
    [
      'the server accepts nothing after 6 throttles in a row: all processes stop, and one of them tries in 30 s',
      'error',
      { by: 'redis-token-bucket', pauseMs: 30_000, throttles: 6 },
    ],
  ],
  'fleet-resumed': [
    [
      'the server accepts again after 42 s: all processes go on',
      'info',
      { by: 'redis-token-bucket', stoppedMs: 42_000 },
    ],
  ],
  'stream-failed': [
    [
      'the stream of attempt 2 ended with an error after 2.5 s: 503 db_down',
      'warn',
      { ...stream, because: 'error-event' },
    ],
    [
      'the stream of attempt 2 broke off after 2.5 s: 503 db_down',
      'warn',
      { ...stream, because: 'broken' },
    ],
    [
      'the stream of attempt 2 fell silent, and was ended after 2.5 s',
      'warn',
      { ...stream, because: 'idle' },
    ],
  ],
  'nested-retry': [
    [
      'the client inside says that it retries by itself (repetition 1): its retries multiply with these',
      'warn',
      { by: 'fetch', announcedRetries: 1 },
    ],
  ],
};

/** Events of every type, and one of a policy of the user's own, with the sentence and the level of each. */
export const ROWS: readonly (readonly [sentence: string, level: string, event: object])[] = [
  ...Object.entries(ROWS_OF).flatMap(([type, rows]) =>
    rows.map(([sentence, level, event]) => [sentence, level, { type, ...event }] as const),
  ),
  ['cache-hit (my-cache)', 'warn', { type: 'cache-hit', by: 'my-cache' }],
];

/** The events themselves. */
export const EVENTS: readonly ResilienceEvent[] = ROWS.map(
  ([, , event]) => Object.assign({ ...CALL }, event) as ResilienceEvent,
);
