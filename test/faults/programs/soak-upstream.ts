// The other side of the soak, in a process of its own: a faultyServer and a raw TCP server that
// draw their faults at random, and count what reaches them.
import {
  faultyServer,
  ondemandFault,
  type Fault,
  type ReceivedRequest,
} from '../../../src/testing.ts';
import { rawServer, type WireFault } from '../raw-server.ts';
import {
  DYING_BODIES,
  DYING_ERROR_BODIES,
  GARBAGE,
  LOST_CONNECTIONS,
  answer,
  dripping,
  silence,
} from '../wire-faults.ts';
import { arrivals } from '../soak/arrivals.ts';
import type { FromUpstream, ToUpstream } from '../soak/messages.ts';
import { seededRandom, weighted } from '../soak/seeded-random.ts';

const random = seededRandom(Number(process.argv[2] ?? 1));
const seen = arrivals();
const requestsByFault: Record<string, number> = {};
let requests = 0;
const count = (name: string) => {
  requests += 1;
  requestsByFault[name] = (requestsByFault[name] ?? 0) + 1;
};
const say = (message: FromUpstream) => void process.send?.(message);

const soon = { form: 'retry-after-ms', ms: 50 } as const;
const STORM: readonly (readonly [Fault, number])[] = [
  [{ kind: 'slow-headers', delayMs: 30 }, 4],
  [{ kind: 'slow-body', pieces: 10, everyMs: 10 }, 4],
  [{ kind: 'truncated-body', framing: 'chunked' }, 2],
  [{ kind: 'truncated-body', framing: 'content-length' }, 2],
  [{ kind: 'reset', when: 'before-headers' }, 3],
  [{ kind: 'reset', when: 'mid-body' }, 2],
  [{ kind: 'never-answers' }, 1],
  [{ kind: 'not-http' }, 2],
  [ondemandFault('server_error', { paddedToBytes: 200_000 }), 3],
  [ondemandFault('model_error'), 2],
  [ondemandFault('bad_gateway'), 4],
  [ondemandFault('resource_unavailable'), 4],
  [ondemandFault('resource_unavailable', { retryAfter: soon, paddedToBytes: 1_000_000 }), 1],
  [ondemandFault('plugin_execution_timeout'), 2],
  [ondemandFault('rate_limit_exceeded', { retryAfter: soon }), 2],
  [ondemandFault('invalid_request'), 2],
  [ondemandFault('not_found'), 1],
];
/** How many requests in a hundred meet a fault, by where they go. */
const ODDS: Readonly<Record<string, number>> = { '/plugin': 10, '/media': 40, '/chat': 70 };

const server = await faultyServer();
/** Forgets what has been counted, and plans anew. */
function plan(): void {
  server.clear();
  for (const [path, odds] of Object.entries(ODDS)) {
    const faults = Array.from({ length: 500 }, (): Fault =>
      random() * 100 < odds ? weighted(STORM, random) : { kind: 'none' },
    );
    server.play(faults, { path, times: 1000 });
  }
}
plan();

let pending: { readonly request: ReceivedRequest; readonly since: number }[] = [];
function takeIn(): void {
  const now = performance.now();
  pending.push(...server.requests.map((request) => ({ request, since: now })));
  plan();
  // A request whose body never comes in whole was not acted on.
  pending = pending.filter(({ request: { fault, headers, body }, since }) => {
    if (fault === undefined) return now - since < 10_000;
    const status = fault.kind === 'error' ? fault.status : undefined;
    count(status === undefined ? fault.kind : String(status));
    seen.note(headers['x-call'], body, status !== 429 && status !== 503);
    return false;
  });
  seen.settle(now);
}

const group = (
  faults: Readonly<Record<string, WireFault>>,
  weight: number,
): (readonly [[string, WireFault], number])[] =>
  Object.entries(faults).map((entry) => [entry, weight] as const);
const busy = answer(503, 'busy', { 'retry-after-ms': '20' });
const slowDown = answer(429, 'slow down', { 'retry-after-ms': '50' });
const drip = dripping(`HTTP/1.1 200 OK\r\n\r\n${'.'.repeat(200)}`, 20);
const WIRE: readonly (readonly [[string, WireFault], number])[] = [
  [['whole', answer()], 45],
  [['a long answer', answer(200, 'x'.repeat(300_000))], 5],
  [['503', busy], 4],
  [['429', slowDown], 2],
  [['silence', silence], 1],
  [['drip', drip], 1],
  ...group(LOST_CONNECTIONS, 1),
  ...group(GARBAGE, 1),
  ...group(DYING_BODIES, 1),
  ...group(DYING_ERROR_BODIES, 1),
];
const names = new Map(WIRE.map(([[name, fault]]) => [fault, name] as const));
const raw = await rawServer(
  () => weighted(WIRE, random)[1],
  ({ headers, body }, fault) => {
    const name = names.get(fault) ?? '';
    count(`raw: ${name}`);
    seen.note(headers['x-call'], body, !/503|429/.test(name));
  },
);

const taking = setInterval(takeIn, 250);
process.on('message', (message: ToUpstream) => {
  switch (message.type) {
    case 'finished': {
      const now = performance.now();
      for (const call of message.calls) seen.finish(call, now);
      break;
    }
    case 'report':
      takeIn();
      say({
        type: 'report',
        requests,
        requestsByFault,
        connectionsOpen: server.counts.connectionsOpen + raw.counts.connectionsOpen,
        breaches: seen.breaches,
        openCalls: seen.open,
      });
      break;
    case 'stop':
      clearInterval(taking);
      void Promise.all([server.close(), raw.close()]).then(() => process.disconnect());
  }
});
// A parent that is gone needs no upstream.
process.on('disconnect', () => process.exit(0));
say({ type: 'ready', faulty: server.url, raw: raw.url, refused: server.refusedUrl });
