import {
  callerGets,
  callerGetsError,
  circuit,
  holds,
  requests,
  unless,
  verdict,
} from '../expectations.ts';
import type { Situation } from '../situation.ts';

const GROUP = 'Nothing is done twice behind your back';
const SESSIONS = '/chat/v1/sessions';
const BODY = JSON.stringify({ externalUserId: 'user-1', pluginIds: [] });
const headers = { 'content-type': 'application/json' };

export const notTwice: readonly Situation[] = [
  {
    group: GROUP,
    title: 'POST, and its answer is lost',
    server: 'reads the request, then resets the connection',
    // The ondemand catalog allows a repetition, as that API documents it; this option overrules it.
    options: { retry: { unsafeMethods: 'when-unprocessed' } },
    ways: 'each',
    expected: [
      requests(1),
      verdict('retryable', 'ECONNRESET'),
      callerGetsError('TypeError', 'network', 'ECONNRESET'),
      holds('the report says why', ({ outcomes: [outcome] }) => {
        const because = outcome?.report?.stoppedBecause ?? '';
        return unless(because.length > 0, 'it does not');
      }),
      circuit('closed'),
    ],
    note: ({ outcomes: [outcome] }) => outcome?.report?.stoppedBecause,
    async act({ server, call }) {
      server.play({ kind: 'reset', when: 'before-headers' });
      await call(SESSIONS, { method: 'POST', headers, body: BODY });
    },
  },
  {
    group: GROUP,
    title: 'The same POST with an Idempotency-Key',
    server: 'reads the request, resets the connection; then answers properly',
    options: { retry: { unsafeMethods: 'when-unprocessed' } },
    ways: 'each',
    expected: [
      requests(2),
      verdict('retryable', 'ECONNRESET'),
      holds('the same key and the same bytes twice', ({ bodiesByIdempotencyKey }) => {
        const bodies = (bodiesByIdempotencyKey.get('order-1') ?? []).map((bytes) =>
          new TextDecoder().decode(bytes),
        );
        return unless(
          bodies.length === 2 && bodies.every((body) => body === BODY),
          bodies.join(' / '),
        );
      }),
      callerGets(201),
      circuit('closed'),
    ],
    async act({ server, call }) {
      server.play({ kind: 'reset', when: 'before-headers' });
      await call(SESSIONS, {
        method: 'POST',
        headers: { ...headers, 'idempotency-key': 'order-1' },
        body: BODY,
      });
    },
  },
];
