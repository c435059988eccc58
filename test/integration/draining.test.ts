import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { resilientFetch } from '../../src/index.ts';
import { faultyServer, ondemandFault, type FaultyServer } from '../../src/testing.ts';
import { plainServer } from './plain-server.ts';

const ATTEMPTS = 20;
const MIB = 1024 * 1024;
const HUGE_503 = ondemandFault('resource_unavailable', { paddedToBytes: MIB });

let server: FaultyServer;
beforeEach(async () => {
  server = await faultyServer();
  server.startOutage(HUGE_503);
});
afterEach(() => server.close());

const resilient = (maxRetries: number) =>
  resilientFetch(undefined, {
    retry: { maxRetries, baseDelayMs: 1, maxDelayMs: 1 },
    circuitBreaker: false,
  });

test('20 attempts against a 503 of 1 MiB open one socket', async () => {
  const response = await resilient(ATTEMPTS - 1)(`${server.url}/plugin/v1/list`);
  expect(response.status).toBe(503);
  expect(server.counts).toMatchObject({ requests: ATTEMPTS, connectionsOpened: 1 });
  expect((await response.arrayBuffer()).byteLength).toBeGreaterThanOrEqual(MIB);
});

test.each<[string, (response: Response) => unknown]>([
  ['is left unread', () => undefined],
  ['is cancelled', (response) => response.body?.cancel()],
])(
  '20 attempts without draining, where the body %s, open 19 or 20 sockets',
  async (_what, discard) => {
    const kept: Response[] = [];
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const response = await fetch(`${server.url}/plugin/v1/list`);
      await discard(response);
      kept.push(response);
    }
    expect(server.counts.requests).toBe(ATTEMPTS);
    expect(server.counts.connectionsOpened).toBeGreaterThanOrEqual(ATTEMPTS - 1);
  },
);

test('draining is bounded in bytes: a body without end is cancelled', async () => {
  const chunk = Buffer.alloc(64 * 1024);
  let sent = 0;
  const endless = await plainServer((_request, response, number) => {
    if (number > 1) return void response.end('fine');
    response.writeHead(503);
    // Node 26 says of a client that has left only here.
    const write = (error?: Error | null) => {
      if (error || response.destroyed) return;
      sent += chunk.byteLength;
      response.write(chunk, write);
    };
    write();
  });
  try {
    const startedAt = performance.now();
    const response = await resilient(1)(endless.url);
    expect(await response.text()).toBe('fine');
    expect(performance.now() - startedAt).toBeLessThan(3000);
    // What is on its way in the sockets' buffers has left the server too.
    expect(sent).toBeLessThan(32 * MIB);
  } finally {
    await endless.close();
  }
});

test('draining is bounded in time: a body that stalls is cancelled', async () => {
  const stalling = await plainServer((_request, response, number) => {
    if (number > 1) return void response.end('fine');
    response.writeHead(503, { 'content-length': '1000' });
    response.write('{"message":');
  });
  try {
    const startedAt = performance.now();
    const response = await resilient(1)(stalling.url);
    expect(await response.text()).toBe('fine');
    // A second to read the error's beginning, and a second to drain the rest.
    expect(performance.now() - startedAt).toBeLessThan(5000);
  } finally {
    await stalling.close();
  }
});

test('a body that breaks off while it is drained harms nobody', async () => {
  const breaking = await plainServer((_request, response, number) => {
    if (number > 1) return void response.end('fine');
    response.writeHead(503, { 'content-length': '1000' });
    response.write('{"message":');
    setTimeout(() => response.destroy(), 10);
  });
  try {
    expect(await (await resilient(1)(breaking.url)).text()).toBe('fine');
  } finally {
    await breaking.close();
  }
});

test('each response is read once, and the last one is handed over unread', async () => {
  server.endOutage();
  server.play([ondemandFault('bad_gateway'), ondemandFault('server_error')]);
  let clones = 0;
  const responses: Response[] = [];
  const counting: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    const clone = response.clone.bind(response);
    response.clone = () => {
      clones += 1;
      return clone();
    };
    responses.push(response);
    return response;
  };
  const url = `${server.url}/plugin/v1/list`;
  const response = await resilientFetch(counting, { retry: { maxRetries: 1, baseDelayMs: 1 } })(
    url,
  );
  expect(response).toBe(responses[1]);
  expect([responses.length, clones]).toEqual([2, 2]);
  expect([response.bodyUsed, response.body!.locked]).toEqual([false, false]);
  expect(await response.json()).toMatchObject({ errorCode: 'server_error' });
});
