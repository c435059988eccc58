import { ondemandFault, type Fault } from 'holdfast/testing';
import { callerGets, circuit, requests, verdict, waitsAtLeast } from '../expectations.ts';
import type { Situation } from '../situation.ts';

const GROUP = 'The error table: each documented code and its consequence';

interface Call {
  readonly path: string;
  readonly init?: RequestInit;
}

const get = (path: string): Call => ({ path });
const post = (path: string, body: object, headers: Record<string, string> = {}): Call => ({
  path,
  init: {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  },
});
const query = (text: string, headers?: Record<string, string>) =>
  post('/chat/v1/sessions/session-1/query', { query: text, responseMode: 'sync' }, headers);

/** The request is wrong: it is sent once, and the caller gets the answer as it came. */
function fatal(status: number, errorCode: string, call: Call, fault: Fault): Situation {
  return {
    group: GROUP,
    title: `${status} ${errorCode}`,
    server: `answers every request with ${status} ${errorCode}`,
    ways: 'each',
    expected: [
      requests(1),
      verdict('fatal', errorCode),
      circuit('closed'),
      callerGets(status, errorCode),
    ],
    async act({ server, call: make }) {
      server.startOutage(fault);
      await make(call.path, call.init);
    },
  };
}

/** The failure passes: the request is repeated until then. */
function passing(
  status: number,
  errorCode: string,
  call: Call,
  faults: readonly Fault[],
  ...further: Situation['expected']
): Situation {
  const category = status === 429 ? 'throttle' : 'retryable';
  const times = faults.length === 1 ? 'once' : 'twice';
  return {
    group: GROUP,
    title: `${status} ${errorCode}`,
    server: `answers with ${status} ${errorCode} ${times}, then properly`,
    ways: 'each',
    expected: [
      requests(faults.length + 1),
      verdict(category, errorCode),
      ...further,
      circuit('closed'),
      callerGets(call.init?.method === 'POST' && call.path.endsWith('sessions') ? 201 : 200),
    ],
    async act({ server, call: make }) {
      server.play(faults);
      await make(call.path, call.init);
    },
  };
}

const nested = { envelope: 'nested' } as const;

/** The twelve rows. Both envelopes, all endpoints, and safe and unsafe methods occur in them. */
export const errorTable: readonly Situation[] = [
  fatal(400, 'invalid_request', post('/chat/v1/sessions', {}), ondemandFault('invalid_request')),
  fatal(
    400,
    'context_length_exceeded',
    query('A very long question'),
    ondemandFault('context_length_exceeded', nested),
  ),
  fatal(401, 'unauthenticated', get('/plugin/v1/list'), ondemandFault('unauthenticated')),
  fatal(403, 'unauthorized', get('/media/v1/public/file'), ondemandFault('unauthorized', nested)),
  fatal(404, 'not_found', get('/chat/v1/sessions/gone/messages'), ondemandFault('not_found')),
  fatal(
    405,
    'method_not_allowed',
    { path: '/plugin/v1/list', init: { method: 'DELETE' } },
    ondemandFault('method_not_allowed', { headers: { allow: 'GET' } }),
  ),
  passing(
    429,
    'rate_limit_exceeded',
    query('Where is the harbour?'),
    [ondemandFault('rate_limit_exceeded', { retryAfter: { form: 'seconds', ms: 1_000 } })],
    waitsAtLeast(1_000),
  ),
  passing(500, 'server_error', get('/plugin/v1/list'), [
    ondemandFault('server_error'),
    ondemandFault('server_error', nested),
  ]),
  passing(500, 'model_error', query('What is the weather?', { 'idempotency-key': 'query-1' }), [
    ondemandFault('model_error'),
    ondemandFault('model_error', nested),
  ]),
  passing(
    502,
    'bad_gateway',
    post('/execute/speech_to_text', { audioUrl: 'https://a.example/b.mp3' }),
    [ondemandFault('bad_gateway'), ondemandFault('bad_gateway', nested)],
  ),
  passing(
    503,
    'resource_unavailable',
    get('/media/v1/public/file'),
    [
      ondemandFault('resource_unavailable', {
        ...nested,
        retryAfter: { form: 'imf-fixdate', ms: 500 },
      }),
    ],
    waitsAtLeast(500),
  ),
  passing(504, 'plugin_execution_timeout', query('Use the slow plugin'), [
    ondemandFault('plugin_execution_timeout'),
  ]),
];
