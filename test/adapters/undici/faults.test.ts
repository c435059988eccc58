import { setImmediate as turn } from 'node:timers/promises';
import { Readable } from 'node:stream';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Agent, FormData, fetch, request } from 'undici';
import {
  circuitBreaker,
  pipeline,
  retry,
  reportOf,
  type ResilienceEvent,
} from '../../../src/index.ts';
import { graphql, ondemand } from '../../../src/catalogs.ts';
import { resilient, type ResilientDispatcherOptions } from '../../../src/undici.ts';
import {
  eventually,
  pause,
  plainServer,
  type Answer,
  type PlainServer,
} from '../../integration/plain-server.ts';

const MIB = 1024 * 1024;
const FAST = { retry: { baseDelayMs: 1, maxDelayMs: 1 } };

let servers: PlainServer[];
let agent: Agent;
beforeEach(() => {
  servers = [];
  agent = new Agent();
});
afterEach(async () => {
  await agent.destroy();
  await Promise.all(servers.map((server) => server.close()));
});

async function serve(answer: Answer): Promise<PlainServer> {
  const server = await plainServer(answer);
  servers.push(server);
  return server;
}

const composed = (options: ResilientDispatcherOptions = {}) =>
  agent.compose(resilient({ ...FAST, ...options }));

const failure = (promise: Promise<unknown>): Promise<any> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

/** What a promise has come to within this turn of the event loop. */
const settledNow = (promise: Promise<unknown>): Promise<unknown> =>
  Promise.race([promise, Promise.resolve('still waiting')]);

describe('bodies of requests', () => {
  const echoing = () => {
    const bodies: string[] = [];
    const server = serve((incoming, response, number) => {
      bodies.push(incoming.body.toString());
      response.statusCode = number === 1 ? 503 : 200;
      response.end();
    });
    return { server, bodies };
  };

  test.each<[string, () => string | Uint8Array | Buffer]>([
    ['string', () => 'payload'],
    ['Buffer', () => Buffer.from('payload')],
    ['view of a part of a buffer', () => new Uint8Array(Buffer.from('--payload--')).subarray(2, 9)],
  ])('a %s is repeated byte for byte', async (_what, body) => {
    const { server, bodies } = echoing();
    const dispatcher = composed();
    const { statusCode } = await request((await server).url, {
      method: 'PUT',
      body: body(),
      dispatcher,
    });
    expect([statusCode, bodies]).toEqual([200, ['payload', 'payload']]);
  });

  test('bytes that the caller overwrites meanwhile are repeated as they were', async () => {
    const { server, bodies } = echoing();
    const body = Buffer.from('payload');
    const onEvent = ({ type }: ResilienceEvent) => {
      if (type === 'retry-scheduled') body.fill('x');
    };
    await request((await server).url, { method: 'PUT', body, dispatcher: composed({ onEvent }) });
    expect(bodies).toEqual(['payload', 'payload']);
  });

  test.each<[string, () => any]>([
    ['stream', () => Readable.from(['pay', 'load'])],
    ['iterator', () => ['pay', 'load'].values()],
    [
      'form',
      () => {
        const form = new FormData();
        form.append('name', 'value');
        return form;
      },
    ],
  ])('a %s is sent once, and the report says why', async (_what, body) => {
    const { server, bodies } = echoing();
    const { statusCode, context } = await request((await server).url, {
      method: 'PUT',
      body: body() as Readable,
      dispatcher: composed(),
    });
    expect([statusCode, bodies.length]).toEqual([503, 1]);
    expect(reportOf(context)?.stoppedBecause).toContain('can be sent only once');
  });

  test('a body that was given to fetch has become an iterator, and is sent once', async () => {
    const { server, bodies } = echoing();
    const init = { method: 'PUT', body: 'payload', dispatcher: composed() };
    expect((await fetch((await server).url, init)).status).toBe(503);
    expect(bodies).toEqual(['payload']);
  });

  test('a POST that may have been acted on is not repeated', async () => {
    const server = await serve((_incoming, response) => void response.writeHead(500).end());
    const options = { method: 'POST', body: 'x', dispatcher: composed() } as const;
    expect((await request(server.url, options)).statusCode).toBe(500);
    expect(server.counts.requests).toBe(1);
  });

  test.each<[string, object]>([
    ['an Idempotency-Key in a record', { headers: { 'Idempotency-Key': '1' } }],
    ['an Idempotency-Key in a flat list', { headers: ['idempotency-key', '1'] }],
    ['idempotent: true', { idempotent: true }],
  ])('a POST with %s is repeated', async (_what, given) => {
    const { server, bodies } = echoing();
    const url = (await server).url;
    await request(url, { method: 'POST', body: 'x', dispatcher: composed(), ...given });
    expect(bodies).toEqual(['x', 'x']);
  });

  test('a GET with idempotent: false is not repeated, unless the server shows that it did nothing', async () => {
    const server = await serve((_incoming, response, number) => {
      response.writeHead(number === 1 ? 500 : number === 2 ? 429 : 200).end();
    });
    const options = { idempotent: false, dispatcher: composed() };
    expect((await request(server.url, options)).statusCode).toBe(500);
    expect((await request(server.url, options)).statusCode).toBe(200);
  });
});

describe('classification', () => {
  test('the code in the body decides, not the status', async () => {
    const server = await serve((_incoming, response) => {
      response.writeHead(429, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { code: 'insufficient_quota', message: 'no money' } }));
    });
    const { statusCode } = await request(server.url, { dispatcher: composed() });
    expect([statusCode, server.counts.requests]).toEqual([429, 1]);
  });

  test.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])('a body in %s is read too, and reaches the caller as it came', async (coding, compress) => {
    const text = JSON.stringify({ error: { code: 'insufficient_quota' } });
    const server = await serve((_incoming, response) => {
      response.writeHead(429, { 'content-encoding': coding });
      response.end(compress(text));
    });
    const dispatcher = composed();
    const { body } = await request(server.url, { dispatcher });
    expect(Buffer.from(await body.arrayBuffer())).toEqual(compress(text));
    const response = await fetch(server.url, { dispatcher });
    expect([await response.text(), server.counts.requests]).toEqual([text, 2]);
  });

  test('the catalog decides, and says whether unsafe methods are repeated', async () => {
    const server = await serve((_incoming, response, number) => {
      response.writeHead(number === 1 ? 504 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ message: 'slow', errorCode: 'plugin_execution_timeout' }));
    });
    const dispatcher = composed({ catalog: ondemand });
    const { statusCode } = await request(server.url, { method: 'POST', body: '{}', dispatcher });
    expect([statusCode, server.counts.requests]).toEqual([200, 2]);
  });

  test('a success is read where the catalog says that errors come in a 2xx', async () => {
    const server = await serve((_incoming, response, number) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const errors = [{ message: 'slow down', extensions: { code: 'RATE_LIMITED' } }];
      response.end(JSON.stringify(number === 1 ? { errors } : { data: {} }));
    });
    const { body } = await request(server.url, { dispatcher: composed({ catalog: graphql }) });
    expect([await body.json(), server.counts.requests]).toEqual([{ data: {} }, 2]);
  });

  test('a retry waits for Retry-After before the second attempt', async () => {
    const arrivals: number[] = [];
    const server = await serve((_incoming, response, number) => {
      arrivals.push(performance.now());
      response.writeHead(number === 1 ? 429 : 200, { 'retry-after-ms': '150' }).end();
    });
    const { statusCode } = await request(server.url, { dispatcher: composed() });
    expect(statusCode).toBe(200);
    expect(arrivals[1]! - arrivals[0]!).toBeGreaterThanOrEqual(149);
  });

  test('an error body that never ends is judged after 64 KiB, and given up', async () => {
    const chunk = Buffer.alloc(16 * 1024, '{');
    const server = await serve((_incoming, response, number) => {
      if (number > 1) return void response.end('fine');
      response.writeHead(503);
      // Node 26 says of a client that has left only here.
      const write = (error?: Error | null) => {
        if (!error && !response.destroyed) response.write(chunk, write);
      };
      write();
    });
    const startedAt = performance.now();
    const { body } = await request(server.url, { dispatcher: composed() });
    expect(await body.text()).toBe('fine');
    expect(performance.now() - startedAt).toBeLessThan(1500);
  });

  test('a long error body reaches the caller whole once there is no further attempt', async () => {
    const payload = Buffer.alloc(3 * MIB, 'abcdefghi');
    const server = await serve((_incoming, response) => void response.writeHead(503).end(payload));
    const { body } = await request(server.url, {
      dispatcher: composed({ retry: { ...FAST.retry, maxRetries: 1 } }),
    });
    expect(Buffer.from(await body.arrayBuffer()).equals(payload)).toBe(true);
  });

  test('an error body that breaks off breaks off for the caller, after what had come', async () => {
    const server = await serve((_incoming, response) => {
      response.writeHead(404, { 'content-length': '100' });
      response.write('half', () => setTimeout(() => response.destroy(), 20));
    });
    const { statusCode, body } = await request(server.url, { dispatcher: composed() });
    const chunks: string[] = [];
    const error = await failure(
      (async () => {
        for await (const chunk of body) chunks.push(String(chunk));
      })(),
    );
    expect([statusCode, chunks.join(''), error.code]).toEqual([404, 'half', 'UND_ERR_SOCKET']);
  });
});

describe('sockets and memory', () => {
  test('20 attempts against a 503 of 1 MiB open one socket', async () => {
    const payload = Buffer.alloc(MIB, 'x');
    const server = await serve((_incoming, response) => void response.writeHead(503).end(payload));
    const { statusCode, body } = await request(server.url, {
      dispatcher: composed({ retry: { ...FAST.retry, maxRetries: 19 }, circuitBreaker: false }),
    });
    expect([statusCode, (await body.arrayBuffer()).byteLength]).toEqual([503, MIB]);
    expect(server.counts).toMatchObject({ requests: 20, connectionsOpened: 1 });
  });

  test('a large success is not buffered: a reader that stops stops the server', async () => {
    const chunk = Buffer.alloc(64 * 1024);
    const total = 64 * MIB;
    let sent = 0;
    const server = await serve((_incoming, response) => {
      const write = () => {
        if (sent >= total) return void response.end();
        sent += chunk.byteLength;
        response.write(chunk, write);
      };
      write();
    });
    const { body } = await request(server.url, { dispatcher: composed() });
    await pause(300);
    expect(sent).toBeLessThan(16 * MIB);
    let received = 0;
    for await (const part of body) received += (part as Buffer).byteLength;
    expect(received).toBe(total);
  });
});

describe('an abort', () => {
  const reason = new Error('enough');

  test('in flight ends the call with its reason, and the request with it', async () => {
    const server = await serve(() => {});
    const controller = new AbortController();
    const call = failure(
      request(server.url, { dispatcher: composed(), signal: controller.signal }),
    );
    await eventually(() => server.counts.inFlight === 1);
    controller.abort(reason);
    await turn();
    expect(await settledNow(call)).toBe(reason);
    expect(await eventually(() => server.counts.inFlight === 0)).toBe(true);
  });

  test('during a backoff sends nothing more', async () => {
    const server = await serve((_incoming, response) => void response.writeHead(503).end());
    const controller = new AbortController();
    const dispatcher = composed({ retry: { baseDelayMs: 50, jitter: 'none' } });
    const call = failure(request(server.url, { dispatcher, signal: controller.signal }));
    await eventually(() => server.counts.requests === 1);
    await pause(20);
    controller.abort(reason);
    await turn();
    expect(await settledNow(call)).toBe(reason);
    await pause(100);
    expect(server.counts.requests).toBe(1);
  });

  test('before the call sends nothing', async () => {
    const server = await serve((_incoming, response) => void response.end());
    const signal = AbortSignal.abort(reason);
    expect(await failure(request(server.url, { dispatcher: composed(), signal }))).toBe(reason);
    expect(await failure(fetch(server.url, { dispatcher: composed(), signal }))).toBe(reason);
    await pause(20);
    expect(server.counts.requests).toBe(0);
  });

  test('in the midst of a body ends the body', async () => {
    const server = await serve((_incoming, response) => {
      response.write('beginning');
    });
    const controller = new AbortController();
    const { body } = await request(server.url, {
      dispatcher: composed(),
      signal: controller.signal,
    });
    const reading = failure(body.text());
    await pause(20);
    controller.abort(reason);
    expect(await reading).toBe(reason);
    expect(await eventually(() => server.counts.inFlight === 0)).toBe(true);
  });

  test.each([503, 404])('while the body of a %d is read ends the request', async (status) => {
    const server = await serve((_incoming, response) => {
      response.writeHead(status);
      response.write('beginning');
    });
    const controller = new AbortController();
    const dispatcher = agent.compose(resilient(retry()));
    const call = failure(request(server.url, { dispatcher, signal: controller.signal }));
    await eventually(() => server.counts.inFlight === 1);
    await pause(50);
    controller.abort(reason);
    expect(await call).toBe(reason);
    expect(await eventually(() => server.counts.inFlight === 0, 300)).toBe(true);
  });

  test('of fetch rejects as fetch does', async () => {
    const server = await serve(() => {});
    const controller = new AbortController();
    const call = failure(fetch(server.url, { dispatcher: composed(), signal: controller.signal }));
    await eventually(() => server.counts.inFlight === 1);
    controller.abort();
    expect((await call).name).toBe('AbortError');
    expect(await eventually(() => server.counts.inFlight === 0)).toBe(true);
  });
});

describe('the other policies', () => {
  test('the attempt timeout ends its own attempt only', async () => {
    const server = await serve((_incoming, response, number) => {
      if (number > 1) response.end('fine');
    });
    const { body } = await request(server.url, { dispatcher: composed({ attemptTimeoutMs: 100 }) });
    expect(await body.text()).toBe('fine');
    expect(await eventually(() => server.counts.inFlight === 0)).toBe(true);
  });

  test('the attempt timeout does not cut off a body that is slow to come', async () => {
    const server = await serve((_incoming, response) => {
      response.write('slow ');
      setTimeout(() => response.end('body'), 150);
    });
    const { body } = await request(server.url, { dispatcher: composed({ attemptTimeoutMs: 50 }) });
    expect(await body.text()).toBe('slow body');
  });

  test('the total deadline ends the call with a TimeoutError', async () => {
    const server = await serve(() => {});
    const error = await failure(
      request(server.url, { dispatcher: composed({ totalTimeoutMs: 50 }) }),
    );
    expect(error).toMatchObject({ kind: 'timeout', key: server.url });
    expect(await eventually(() => server.counts.inFlight === 0)).toBe(true);
  });

  test('an open circuit refuses without sending', async () => {
    const server = await serve((_incoming, response) => void response.end());
    const breaker = circuitBreaker();
    breaker.forceOpen(server.url);
    const dispatcher = composed({ circuitBreaker: breaker });
    const error = await failure(request(server.url, { dispatcher }));
    expect([error.kind, server.counts.requests]).toEqual(['circuit-open', 0]);
    const fetched = await failure(fetch(server.url, { dispatcher }));
    expect([fetched.message, fetched.cause.kind]).toEqual(['fetch failed', 'circuit-open']);
  });

  test('a full queue refuses without sending', async () => {
    const server = await serve((_incoming, response) => void response.end());
    const rateLimit = { ratePerSecond: 1, burst: 1, onEmpty: 'reject' } as const;
    const dispatcher = composed({ rateLimit, retry: false });
    await (await request(server.url, { dispatcher })).body.dump();
    const error = await failure(request(server.url, { dispatcher }));
    expect([error.kind, server.counts.requests]).toEqual(['rate-limited', 1]);
  });

  test('a policy of your own may have a key of your own', async () => {
    const server = await serve((_incoming, response, number) => {
      response.writeHead(number === 1 ? 503 : 200).end();
    });
    const policy = pipeline(retry({ baseDelayMs: 1 }), circuitBreaker());
    const dispatcher = agent.compose(resilient(policy, { key: ({ path }) => path }));
    const { statusCode, context } = await request(`${server.url}/things`, { dispatcher });
    expect([statusCode, reportOf(context)?.key]).toEqual([200, '/things']);
  });

  test('a policy need not be made by holdfast', async () => {
    const server = await serve((_incoming, response) => void response.end('fine'));
    const dispatcher = agent.compose(
      resilient({ execute: async (operation, options) => operation(options as never) }),
    );
    expect(await (await request(server.url, { dispatcher })).body.text()).toBe('fine');
    const controller = new AbortController();
    const hanging = await serve(() => {});
    const call = failure(request(hanging.url, { dispatcher, signal: controller.signal }));
    await eventually(() => hanging.counts.inFlight === 1);
    controller.abort(new Error('enough'));
    expect((await call).message).toBe('enough');
  });

  test.each<[string, unknown, string]>([
    ['an object', { fallback: true }, 'Object'],
    ['a Response', new Response(), 'Response'],
    ['nothing', undefined, 'Undefined'],
  ])('a policy that resolves with %s fails the call, and says why', async (_what, value, type) => {
    const dispatcher = agent.compose(resilient({ execute: async () => value as never }));
    const error = await failure(request('http://127.0.0.1:1', { dispatcher }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain('must resolve with what its operation gave');
    expect(error.message).toContain(type);
  });

  test('a server that says no to a request that undici refuses is not asked', async () => {
    const server = await serve((_incoming, response) => void response.end());
    const headers = { 'bad header': 'x' };
    const error = await failure(request(server.url, { dispatcher: composed(), headers }));
    expect([error.code, server.counts.requests]).toEqual(['UND_ERR_INVALID_ARG', 0]);
    expect(reportOf(error)?.attempts).toHaveLength(1);
  });
});

test.each<[string, () => unknown, string]>([
  ['an unknown option', () => resilient({ retires: 3 } as never), 'resilient.retires'],
  ['an option out of range', () => resilient({ retry: { maxRetries: -1 } }), 'retry.maxRetries'],
  ['what is read beside options', () => resilient({}, { key: 'x' }), 'resilient.reading'],
])('%s throws at construction', (_what, make, message) => {
  expect(make).toThrow(message);
});
