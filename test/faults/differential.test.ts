import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { resilientFetch, systemClock, type Clock, type Fetch } from '../../src/index.ts';
import { ondemand } from '../../src/catalogs.ts';
import { freePort } from './nginx.ts';
import {
  argumentsOf,
  BODIES,
  plans,
  REASON,
  requests,
  type GeneratedRequest,
  type Plan,
} from './generated-exchanges.ts';

// Beside test/integration/differential.test.ts, which generates what succeeds: here is what fails
// and is repeated, one-shot bodies, wrong arguments, odd addresses; and what the server sees of it.
// HOLDFAST_DIFFERENTIAL_RUNS=2000 runs more of them.
const RUNS = Number(process.env['HOLDFAST_DIFFERENTIAL_RUNS'] ?? 200);

const HUNG_MS = 5000;

/** Fifty seconds in one, so that a pause after a throttle does not hold up thousands of runs. */
const HASTE = 50;
const hastyClock: Clock = {
  now: () => systemClock.now() * HASTE,
  epochNow: () => systemClock.epochNow(),
  setTimer: (wake, delayMs) => systemClock.setTimer(wake, delayMs / HASTE),
};

let plan: Plan;
/** What arrived since it was last looked at. */
let arrived: unknown[] = [];
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => receive(request, response, Buffer.concat(chunks)));
  request.on('error', () => {});
});
const addresses = { url: '', refusedUrl: '' };
beforeAll(async () => {
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  addresses.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  addresses.refusedUrl = `http://127.0.0.1:${await freePort()}/`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

function receive(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const { method, url, rawHeaders } = request;
  arrived.push(
    JSON.stringify({ method, url, rawHeaders, body: body.toString('latin1') })
      // The one thing that fetch itself makes up anew each time.
      .replaceAll(/formdata-undici-\d+/g, 'boundary'),
  );
  const { status, retryAfter, framing, earlyHints, location, end } = plan;
  if (end === 'reset') return void request.socket.resetAndDestroy();
  if (end === 'garbage') return void request.socket.end('HTTP/1.1 twenty OK\r\n\r\n');
  if (earlyHints) response.writeEarlyHints({ link: '</a.css>; rel=preload' });
  response.sendDate = false;
  const isRedirected = url === '/end?of' || url === '/';
  const text = BODIES[plan.body];
  response.writeHead(isRedirected && status < 400 ? 200 : status, {
    'set-cookie': ['a=1', 'b=2'],
    // Where there is no body to cut (204, HEAD), the next request must not meet the cut instead.
    ...(end === 'cut' && { connection: 'close' }),
    ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
    ...(location !== undefined && !isRedirected && { location }),
    ...(framing === 'content-length' && { 'content-length': Buffer.byteLength(text) }),
  });
  // A redirect that is cut off is followed or not: a race in fetch itself.
  const isFollowed = location !== undefined && !isRedirected && status >= 300 && status < 400;
  if (end === 'whole' || isFollowed) return void response.end(text);
  response.write(text.slice(0, text.length >> 1) || ' ', () => {
    setTimeout(() => request.socket.destroy(), 2);
  });
}

const errorSeen = (error: unknown) => {
  const { name, message, cause } = error as Error;
  const { name: causeName, message: causeMessage, code } = (cause ?? {}) as NodeJS.ErrnoException;
  return {
    name,
    message,
    cause: [causeName, causeMessage, code],
    isTheReason: error === REASON,
  };
};

/** Everything that a program can see of one exchange. */
async function seen(fetch: Fetch, request: GeneratedRequest) {
  let response: Response;
  try {
    response = await fetch(...argumentsOf(request, addresses));
  } catch (error) {
    return { rejected: errorSeen(error) };
  }
  const { status, statusText, ok, url, redirected, type, bodyUsed, headers } = response;
  const visible = { status, statusText, ok, url, redirected, type, bodyUsed };
  const body = await response.arrayBuffer().then(
    (bytes) => Buffer.from(bytes).toString('latin1'),
    // How far a body came that broke off is a race; that it did is not.
    (error: unknown) => errorSeen(error).name,
  );
  return { ...visible, headers: [...headers], body };
}

/** What a side saw, and what the server saw of it. */
async function exchange(fetch: Fetch, request: GeneratedRequest) {
  arrived = [];
  // Whatever hangs is named with the request that it hangs on, in place of the whole test.
  const outcome = await Promise.race([seen(fetch, request), hung()]);
  return { outcome, arrived: [...arrived] };
}

const hung = async (): Promise<never> => {
  await pause(HUNG_MS, undefined, { ref: false });
  throw new Error(`no end after ${HUNG_MS} ms`);
};

const bare: Fetch = (input, init) => globalThis.fetch(input, init);
let calls = 0;
const wrapped = resilientFetch(bare, {
  catalog: [ondemand],
  retry: { maxRetries: 2, baseDelayMs: 1 },
  rateLimit: { ratePerSecond: 1000 },
  circuitBreaker: {},
  attemptTimeoutMs: 3_000_000,
  totalTimeoutMs: 9_000_000,
  // What one generated server did is not held against the next one.
  key: () => `server ${(calls += 1)}`,
  onEvent: () => {},
  clock: hastyClock,
});

test(
  'generated failures, redirects and wrong requests look the same through the wrapped fetch',
  async () => {
    await fc.assert(
      fc.asyncProperty(plans, requests, async (given, request) => {
        plan = given;
        const without = await exchange(bare, request);
        const through = await exchange(wrapped, request);
        expect(through.outcome).toEqual(without.outcome);
        // The first attempt is what fetch would have sent, and each further one is the same again.
        const one = without.arrived;
        const times = one.length === 0 ? 0 : through.arrived.length / one.length;
        expect(times).toBeLessThanOrEqual(3);
        expect(through.arrived).toEqual(Array.from({ length: times }, () => one).flat());
      }),
      // Not shrunk: one exchange is small enough to read, and one that hangs would be tried for long.
      { numRuns: RUNS, endOnFailure: true },
    );
  },
  20_000 + RUNS * 100,
);
