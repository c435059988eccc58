import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { reportOf, resilientFetch, type ResilientFetchOptions } from '../../src/index.ts';
import { eventually, pause } from '../integration/plain-server.ts';
import { rawServer, type RawExchange, type RawServer, type WireFault } from './raw-server.ts';
import {
  DYING_BODIES,
  DYING_ERROR_BODIES,
  GARBAGE,
  LOST_CONNECTIONS,
  OVERLONG_HEADERS,
  UNASKED_UPGRADE,
  answer,
  dripping,
  silence,
} from './wire-faults.ts';

let server: RawServer;
const received: RawExchange[] = [];
// The first fetch of a process loads what it needs: that time is no attempt's.
beforeAll(async () => {
  await playing();
  await (await fetch(server.url)).text();
  await server.close();
});
afterEach(async () => {
  received.length = 0;
  await server.close();
});

/** Plays each fault to one connection or request, and then answers as it should. */
async function playing(...faults: readonly WireFault[]): Promise<void> {
  const left = [...faults];
  server = await rawServer(
    () => left.shift() ?? answer(),
    (exchange) => void received.push(exchange),
  );
}

const wrapped = (options?: ResilientFetchOptions) =>
  resilientFetch(undefined, {
    retry: { baseDelayMs: 1 },
    rateLimit: false,
    circuitBreaker: false,
    ...options,
  });

const errorOf = (call: Promise<unknown>): Promise<Error> =>
  call.then(
    () => {
      throw new Error('it succeeded');
    },
    (error: Error) => error,
  );

const attemptsOf = (outcome: unknown) => reportOf(outcome)?.attempts ?? [];

describe.each(Object.entries({ ...LOST_CONNECTIONS, 'an upgrade': UNASKED_UPGRADE }))(
  'after %s',
  (_name, fault) => {
    test('a GET is sent again, and succeeds', async () => {
      await playing(fault);
      const response = await wrapped()(server.url);
      expect(await response.text()).toBe('all is well');
      const [failed, succeeded, ...further] = attemptsOf(response);
      expect(failed?.classification).toMatchObject({ category: 'retryable', decidedBy: 'network' });
      expect(succeeded?.classification?.category).toBe('success');
      expect(further).toEqual([]);
    });

    test('a POST reaches the server once, and its error is fetch’s own', async () => {
      await playing(fault);
      const outcome = await wrapped()(server.url, { method: 'POST', body: 'once' }).catch(
        (error: Error) => error,
      );
      expect(received.length).toBeLessThanOrEqual(1);
      const [first] = attemptsOf(outcome);
      // A reset on accepting is seen while connecting, or after it: only then may it have arrived.
      const isRepeated = first?.classification?.unprocessed === true;
      expect(isRepeated && fault.at !== 'connection').toBe(false);
      expect(attemptsOf(outcome)).toHaveLength(isRepeated ? 2 : 1);
      if (!isRepeated)
        expect(outcome).toMatchObject({ name: 'TypeError', message: 'fetch failed' });
    });

    test('a POST with an Idempotency-Key is sent again, byte for byte', async () => {
      await playing(fault);
      const body = new Uint8Array(10_000).map((_, index) => index % 251);
      const response = await wrapped()(server.url, {
        method: 'POST',
        body,
        headers: { 'idempotency-key': 'order-7' },
      });
      expect(response.status).toBe(200);
      expect(attemptsOf(response)).toHaveLength(2);
      for (const request of received) expect(request.body.equals(body)).toBe(true);
      expect(received.length).toBeGreaterThan(0);
    });
  },
);

// The server answered, and the next answer would be no better: it is not lost, and not sick.
describe.each(Object.entries(GARBAGE))('after %s', (_name, fault) => {
  test.each(['GET', 'POST'])(
    'a %s is not sent again, and its error is fetch’s own',
    async (method) => {
      await playing(fault);
      const body = method === 'POST' ? 'once' : null;
      const error = await errorOf(wrapped()(server.url, { method, body }));
      expect(error).toMatchObject({ name: 'TypeError', message: 'fetch failed' });
      const [only, ...further] = attemptsOf(error);
      expect(only?.classification).toMatchObject({ category: 'fatal', decidedBy: 'network' });
      expect(further).toEqual([]);
    },
  );
});

describe.each(Object.entries(DYING_BODIES))('%s', (_name, fault) => {
  test('is the caller’s: one attempt, the response as it came, and fetch’s own error', async () => {
    await playing(fault);
    const response = await wrapped()(server.url);
    expect(response.status).toBe(200);
    expect(attemptsOf(response)).toHaveLength(1);
    const error = await errorOf(response.text());
    await server.close();
    await playing(fault);
    const bare = await fetch(server.url);
    const bareError = await errorOf(bare.text());
    expect([error.name, error.message]).toEqual([bareError.name, bareError.message]);
    expect((error.cause as Error).message).toBe((bareError.cause as Error).message);
  });
});

describe.each(Object.entries(DYING_ERROR_BODIES))('%s', (_name, fault) => {
  test('is a 503 all the same, and is tried again', async () => {
    await playing(fault);
    const response = await wrapped()(server.url, { method: 'PUT', body: 'once more' });
    expect(response.status).toBe(200);
    expect(attemptsOf(response).map((attempt) => attempt.classification)).toMatchObject([
      { category: 'retryable', status: 503 },
      { category: 'success' },
    ]);
    expect(received.map(({ body }) => body.toString())).toEqual(['once more', 'once more']);
  });

  test('comes back unread when there is no further attempt', async () => {
    await playing(fault);
    const response = await wrapped({ retry: false })(server.url);
    expect(response.status).toBe(503);
    expect(response.bodyUsed).toBe(false);
    expect(await errorOf(response.text())).toMatchObject({ message: 'terminated' });
  });
});

test('a megabyte of headers is fatal: one attempt', async () => {
  await playing(OVERLONG_HEADERS);
  const error = await errorOf(wrapped()(server.url));
  expect(error).toMatchObject({ cause: { code: 'UND_ERR_HEADERS_OVERFLOW' } });
  expect(attemptsOf(error).map((attempt) => attempt.classification?.category)).toEqual(['fatal']);
});

describe('a server that takes its time', () => {
  test('one that never answers is left at the attempt timeout, and asked again', async () => {
    await playing(silence);
    const response = await wrapped({ attemptTimeoutMs: 500 })(server.url);
    const [late, second] = attemptsOf(response);
    expect(late?.durationMs).toBeGreaterThanOrEqual(500);
    expect(late?.classification).toMatchObject({ category: 'retryable' });
    expect(second?.classification?.category).toBe('success');
  });

  test('a POST that was never answered is not repeated', async () => {
    await playing(silence);
    const error = await errorOf(
      wrapped({ attemptTimeoutMs: 500 })(server.url, { method: 'POST', body: 'once' }),
    );
    expect(error).toMatchObject({ name: 'TimeoutError', kind: 'timeout', timeoutMs: 500 });
    expect(received).toHaveLength(1);
  });

  test('headers that drip, one byte a second, do not hold an attempt beyond its timeout', async () => {
    await playing(dripping('HTTP/1.1 200 OK\r\n\r\n', 1000));
    const startedAt = performance.now();
    const response = await wrapped({ attemptTimeoutMs: 1300 })(server.url);
    expect(await response.text()).toBe('all is well');
    expect(performance.now() - startedAt).toBeLessThan(2600);
    expect(attemptsOf(response)).toHaveLength(2);
  });

  test('the total deadline ends a server that never answers, however often it is asked', async () => {
    await playing(...Array.from({ length: 20 }, () => silence));
    const startedAt = performance.now();
    const error = await errorOf(
      wrapped({ attemptTimeoutMs: 300, totalTimeoutMs: 1000, retry: { maxRetries: 20 } })(
        server.url,
      ),
    );
    expect(error).toMatchObject({ name: 'TimeoutError' });
    expect(performance.now() - startedAt).toBeLessThan(2000);
    expect(attemptsOf(error).length).toBeGreaterThan(1);
  });

  test('a body that drips is never cut off by the attempt timeout', async () => {
    const bytes = 'HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n';
    await playing({
      at: 'request',
      play: ({ socket, after }) => {
        socket.write(bytes);
        for (let piece = 1; piece <= 12; piece += 1) after(100 * piece, () => socket.write('.'));
      },
    });
    const response = await wrapped({ attemptTimeoutMs: 600, totalTimeoutMs: 800 })(server.url);
    expect(await response.text()).toBe('............');
  });

  test('an abort ends the drip, for the caller and on the wire', async () => {
    await playing(dripping(`HTTP/1.1 200 OK\r\n\r\n${'.'.repeat(1000)}`, 10));
    const controller = new AbortController();
    const reason = new Error('enough');
    const call = wrapped()(server.url, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 120);
    expect(await errorOf(call)).toBe(reason);
    expect(await eventually(() => received[0]?.socket.destroyed === true)).toBe(true);
    expect(received).toHaveLength(1);
  });

  test('a failure whose body never ends is read for a second at most, then tried again', async () => {
    await playing({
      at: 'request',
      play: ({ socket }) => void socket.write('HTTP/1.1 503 Busy\r\n\r\n{"errorCode": "resource_'),
    });
    const startedAt = performance.now();
    const response = await wrapped()(server.url);
    expect(response.status).toBe(200);
    // A second for its verdict, another for its connection's sake.
    expect(performance.now() - startedAt).toBeLessThan(2500);
  });
});

test('a server that is not there yet is waited for', async () => {
  await playing();
  const { port, url } = server;
  await server.close();
  const call = wrapped({
    retry: { maxRetries: 20, baseDelayMs: 50, jitter: 'none', maxDelayMs: 50 },
  })(url, { method: 'POST', body: 'hello' });
  await pause(120);
  server = await rawServer(
    () => answer(),
    (exchange) => void received.push(exchange),
    port,
  );
  const response = await call;
  expect(response.status).toBe(200);
  expect(attemptsOf(response)[0]?.classification).toMatchObject({
    errorCode: 'ECONNREFUSED',
    unprocessed: true,
  });
  expect(received).toHaveLength(1);
});

test('a name that does not exist is a failed connection: retried, a POST too, and then fetch’s own error', async () => {
  await playing();
  const error = await errorOf(
    wrapped({ retry: { maxRetries: 1, baseDelayMs: 1 } })('http://no-such-host.invalid/', {
      method: 'POST',
      body: 'hello',
    }),
  );
  expect(error).toMatchObject({ name: 'TypeError', message: 'fetch failed' });
  expect((error.cause as { code: string }).code).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
  expect(attemptsOf(error).map((attempt) => attempt.classification)).toMatchObject([
    { category: 'retryable', unprocessed: true },
    { category: 'retryable', unprocessed: true },
  ]);
});
