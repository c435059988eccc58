import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { isNativeError } from 'node:util/types';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { circuitBreaker, resilientFetch, type ResilienceEvent } from '../../../src/index.ts';
import { resultFetch } from '../../../src/result.ts';
import { incomingSignal, signalOf, type AnswerOptions } from '../../../src/server.ts';
import {
  eventually,
  pause,
  plainServer,
  type PlainServer,
} from '../../integration/plain-server.ts';
import { FRAMEWORKS, type FrameworkServer, type Handle } from './framework-servers.ts';

let upstream: PlainServer;
let servers: FrameworkServer[];
/** Errors that nobody caught: a server would die of them. */
let uncaught: unknown[];
const note = (error: unknown) => void uncaught.push(error);

beforeEach(async () => {
  upstream = await plainServer((_request, response) => {
    response.writeHead(503, { 'content-type': 'application/json' });
    response.end('{"message":"secret of the upstream","errorCode":"resource_unavailable"}');
  });
  servers = [];
  uncaught = [];
  process.on('uncaughtException', note);
  process.on('unhandledRejection', note);
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await upstream.close();
  process.off('uncaughtException', note);
  process.off('unhandledRejection', note);
  if (uncaught.length > 0) throw new AggregateError(uncaught, 'errors that nobody caught');
});

// Jest runs tests in a realm of their own: errors of the platform's fetch come from outside, where
// `instanceof Error`, by which Hono tells errors, says no. Nowhere else are there two realms.
const hasInstance = Object.getOwnPropertyDescriptor(Error, Symbol.hasInstance);
beforeAll(() => {
  Object.defineProperty(Error, Symbol.hasInstance, {
    configurable: true,
    value(this: unknown, value: unknown) {
      const isError = Function.prototype[Symbol.hasInstance].call(this as () => void, value);
      return isError || (this === Error && (isNativeError(value) || value instanceof DOMException));
    },
  });
});
afterAll(() => {
  if (hasInstance) Object.defineProperty(Error, Symbol.hasInstance, hasInstance);
  else Reflect.deleteProperty(Error, Symbol.hasInstance);
});

const fetchOnce = () => resilientFetch(fetch, { retry: false });

describe.each(Object.entries(FRAMEWORKS))('%s', (_name, start) => {
  async function serverWith(handle: Handle, options?: AnswerOptions): Promise<FrameworkServer> {
    const server = await start(handle, options);
    servers.push(server);
    return server;
  }

  async function answerOf(handle: Handle, options?: AnswerOptions) {
    const response = await fetch((await serverWith(handle, options)).url);
    const text = await response.text();
    return { status: response.status, headers: response.headers, text };
  }

  test('leaves what goes well alone', async () => {
    const { status, text } = await answerOf(async () => 'fine');
    expect([status, text]).toEqual([200, 'fine']);
  });

  test('an open circuit: 503 with Retry-After, and the circuit is not spoken of', async () => {
    const breaker = circuitBreaker({ minimumCalls: 1, failureRatio: 1, openMs: 2500 });
    const fragile = resilientFetch(fetch, { retry: false, circuitBreaker: breaker });
    await (await fragile(upstream.url)).text();
    const { status, headers, text } = await answerOf(async () =>
      (await fragile(upstream.url)).text(),
    );
    expect(status).toBe(503);
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(4);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(JSON.parse(text)).toEqual({
      message: expect.stringContaining('not asked for the time being'),
      errorCode: 'resource_unavailable',
    });
    expect(text).not.toContain(upstream.url);
  });

  test('a result that is unwrapped and thrown: problem+json, none of the upstream in it', async () => {
    const results = resultFetch(fetchOnce());
    const handle: Handle = async () => {
      const result = await results(upstream.url);
      if (result.isErr()) throw result.error;
      return result.value.text();
    };
    const { status, headers, text } = await answerOf(handle, {
      body: 'problem',
      typeBase: 'https://example.com/problems/',
    });
    expect(status).toBe(503);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(JSON.parse(text)).toEqual({
      type: 'https://example.com/problems/unavailable',
      title: 'Service Unavailable',
      status: 503,
      detail: expect.any(String),
      errorCode: 'resource_unavailable',
    });
    expect(text).not.toContain('secret');
  });

  test('the TypeError of a fetch that found nobody: 502', async () => {
    const gone = await plainServer(() => {});
    await gone.close();
    const { status, text } = await answerOf(async () => (await fetchOnce()(gone.url)).text());
    expect([status, JSON.parse(text)]).toMatchObject([502, { errorCode: 'bad_gateway' }]);
  });

  test("an error that is not holdfast's: the framework's own answer", async () => {
    const { status, text } = await answerOf(async () => {
      throw new Error('a bug');
    });
    expect(status).toBe(500);
    expect(text).not.toContain('errorCode');
  });

  test("an error that is not holdfast's, with otherErrors: 'answer': 500 server_error", async () => {
    const handle: Handle = async () => {
      throw new Error('a bug');
    };
    const { status, text } = await answerOf(handle, { otherErrors: 'answer' });
    expect([status, JSON.parse(text)]).toMatchObject([500, { errorCode: 'server_error' }]);
    expect(text).not.toContain('a bug');
  });

  test('a client that leaves while the outgoing call backs off: the call stops at once', async () => {
    const events: ResilienceEvent[] = [];
    const patient = resilientFetch(fetch, {
      retry: { baseDelayMs: 400, jitter: 'none' },
      onEvent: (event) => events.push(event),
    });
    let outcome: unknown = 'none';
    let abortedAt: number | undefined;
    let settledAt: number | undefined;
    const handle: Handle = async (_request, connection) => {
      const signal = signalOf(connection);
      signal.addEventListener('abort', () => {
        abortedAt = performance.now();
        void turn().then(() => (settledAt ??= Infinity));
      });
      try {
        return await (await patient(upstream.url, { signal })).text();
      } catch (error) {
        settledAt ??= performance.now();
        outcome = error;
        throw error;
      }
    };
    const { url } = await serverWith(handle);
    const client = get(url);
    client.on('error', () => {});
    expect(await eventually(() => events.some(({ type }) => type === 'retry-scheduled'))).toBe(
      true,
    );
    client.destroy();
    expect(await eventually(() => outcome !== 'none')).toBe(true);
    expect(outcome).toMatchObject({ name: 'AbortError' });
    expect(settledAt! - abortedAt!).toBeLessThan(Infinity);
    await pause(450);
    expect(upstream.counts.requests).toBe(1);
  });

  test('a deadline header: the outgoing call ends by then, and the client hears 504', async () => {
    const hanging = await plainServer(() => {});
    const signals: AbortSignal[] = [];
    const handle: Handle = async (request, connection) => {
      const signal = incomingSignal(request, connection);
      signals.push(signal);
      return (await resilientFetch()(hanging.url, { signal })).text();
    };
    const { url } = await serverWith(handle);
    const startedAt = performance.now();
    const response = await fetch(url, { headers: { 'x-request-timeout-ms': '80' } });
    expect([response.status, await response.json()]).toMatchObject([
      504,
      { errorCode: 'plugin_execution_timeout' },
    ]);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(75);
    expect(signals[0]!.reason).toMatchObject({ name: 'TimeoutError' });
    expect(await eventually(() => hanging.counts.inFlight === 0)).toBe(true);
    await hanging.close();
  });

  test('an answer in time leaves the signal alone', async () => {
    const signals: AbortSignal[] = [];
    const handle: Handle = async (request, connection) => {
      signals.push(signalOf(connection), incomingSignal(request, connection, { maxMs: 60 }));
      return 'fine';
    };
    const { url } = await serverWith(handle);
    expect(await (await fetch(url)).text()).toBe('fine');
    await pause(20);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
  });

  test('an abort of the program itself, with the client still there, is not met with silence', async () => {
    const handle: Handle = async () =>
      (await fetchOnce()(upstream.url, { signal: AbortSignal.abort() })).text();
    const { status } = await answerOf(handle);
    expect(status).toBe(500);
  });
});

describe.each(['node:http', 'express', 'koa'])('%s', (name) => {
  test('an error after the head was sent is not answered twice', async () => {
    const breaker = circuitBreaker();
    breaker.forceOpen(upstream.url);
    const refusing = resilientFetch(fetch, { circuitBreaker: breaker });
    const server = await FRAMEWORKS[name]!(async (_request, connection) => {
      (connection as unknown as { write(text: string): void }).write('begun ');
      return (await refusing(upstream.url)).text();
    });
    servers.push(server);
    const request = get(server.url);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let text = '';
    response.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await new Promise((resolve) => {
      response.on('error', () => {}).on('close', resolve);
    });
    // Koa's status is 404 until there is a body.
    expect([200, 404]).toContain(response.statusCode);
    expect(text).not.toContain('errorCode');
  });
});
