import { ondemandFault } from 'holdfast/testing';
import {
  answersWithin,
  attempts,
  callerGets,
  callerGetsError,
  circuit,
  holds,
  requests,
  unless,
  verdict,
} from '../expectations.ts';
import type { Situation } from '../situation.ts';
import { count } from '../words.ts';

const GROUP = 'Lost, late, silent, hung up';
const LIST = '/plugin/v1/list';
const MEBIBYTE = 2 ** 20;

export const lost: readonly Situation[] = [
  {
    group: GROUP,
    title: 'Connection reset before an answer',
    server: 'resets the connection once, then answers properly',
    ways: 'each',
    expected: [requests(2), verdict('retryable', 'ECONNRESET'), circuit('closed'), callerGets(200)],
    async act({ server, call }) {
      server.play({ kind: 'reset', when: 'before-headers' });
      await call(LIST);
    },
  },
  {
    group: GROUP,
    title: 'Connection reset mid-body',
    server: 'sends 200 and half a body, then resets the connection',
    ways: 'each',
    expected: [
      requests(1),
      holds('caller gets the 200, and the break when it reads on', ({ outcomes: [outcome] }) =>
        unless(
          outcome?.gave === 'response' && outcome.status === 200 && outcome.body === 'broken off',
          'it did not',
        ),
      ),
      circuit('closed'),
    ],
    async act({ server, call }) {
      server.play({ kind: 'reset', when: 'mid-body' });
      await call(LIST);
    },
  },
  {
    group: GROUP,
    title: 'Refused port',
    server: 'does not listen there',
    options: { retry: { maxRetries: 2 } },
    ways: 'each',
    expected: [
      requests(0),
      attempts(3),
      verdict('retryable', 'ECONNREFUSED'),
      callerGetsError('TypeError', 'network', 'ECONNREFUSED'),
      circuit('closed'),
    ],
    async act({ server, call }) {
      await call(server.refusedUrl + LIST);
    },
  },
  {
    group: GROUP,
    title: 'Slow headers, attemptTimeoutMs: 300',
    server: 'stays silent once, then answers properly',
    options: { attemptTimeoutMs: 300 },
    ways: 'each',
    expected: [
      requests(2),
      verdict('retryable'),
      callerGets(200),
      answersWithin(1_000, 300),
      circuit('closed'),
    ],
    async act({ server, call }) {
      server.play({ kind: 'never-answers' });
      await call(LIST);
    },
  },
  {
    group: GROUP,
    title: 'Silence, totalTimeoutMs: 600',
    server: 'never answers',
    options: { totalTimeoutMs: 600, attemptTimeoutMs: 350 },
    ways: 'each',
    expected: [callerGetsError('TimeoutError', 'timeout'), answersWithin(900), circuit('closed')],
    async act({ server, call }) {
      server.startOutage({ kind: 'never-answers' });
      await call(LIST);
    },
  },
  {
    group: GROUP,
    title: 'Slow body, attemptTimeoutMs: 200',
    server: 'answers at once, the body dripping for 0.5 s',
    options: { attemptTimeoutMs: 200 },
    ways: 'each',
    expected: [requests(1), callerGets(200), answersWithin(2_000, 450), circuit('closed')],
    async act({ server, call }) {
      server.play({ kind: 'slow-body', pieces: 6, everyMs: 100 });
      await call(LIST);
    },
  },
  {
    group: GROUP,
    title: '503 with 1 MiB bodies',
    server: 'answers three times with 503 and 1 MiB, then properly',
    // With jitter the wait could be 0, and fetch needs a moment to take a connection back.
    options: { retry: { jitter: 'none' } },
    ways: 'each',
    expected: [
      requests(4),
      verdict('retryable', 'resource_unavailable'),
      callerGets(200),
      holds('one connection: each body is drained', ({ counts: { connectionsOpened } }) =>
        unless(connectionsOpened === 1, `there were ${connectionsOpened}`),
      ),
      circuit('closed'),
    ],
    note: ({ counts }) => count(counts.connectionsOpened, 'connection'),
    async act({ server, call }) {
      server.play(ondemandFault('resource_unavailable', { paddedToBytes: MEBIBYTE }), { times: 3 });
      await call(LIST);
    },
  },
  {
    group: GROUP,
    title: 'The caller hangs up during a wait of 5 s',
    server: 'answers with 503, Retry-After: 5',
    ways: 'each',
    expected: [
      requests(1),
      verdict('retryable', 'resource_unavailable'),
      callerGetsError('AbortError', 'aborted'),
      // The abort comes from a platform timer, which may fire a millisecond early.
      answersWithin(400, 149),
      circuit('closed'),
    ],
    async act({ server, call }) {
      const retryAfter = { form: 'seconds', ms: 5_000 } as const;
      server.play(ondemandFault('resource_unavailable', { retryAfter }));
      const controller = new AbortController();
      const calling = call(LIST, { signal: controller.signal });
      const hangsUpAt = performance.now() + 150;
      // A timer of a busy loop may fire early.
      const hangUp = () => {
        const leftMs = hangsUpAt - performance.now();
        if (leftMs > 0) setTimeout(hangUp, leftMs);
        else controller.abort();
      };
      hangUp();
      await calling;
    },
  },
];
