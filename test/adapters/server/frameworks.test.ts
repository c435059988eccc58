import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import {
  circuitBreaker,
  orThrow,
  resilientFetch,
  type ResilienceEvent,
} from '../../../src/index.ts';
import { resultFetch } from '../../../src/result.ts';
import { incomingSignal, signalOf, type AnswerOptions } from '../../../src/server.ts';
import { eventually, pause, type PlainServer } from '../../integration/plain-server.ts';
import { FRAMEWORKS, type Handle } from './framework-servers.ts';
import { NOBODY, answerOf, useErrorsOfBothRealms, useTestServers } from './test-servers.ts';

// Hono's way with an error that nobody answers.
beforeEach(() => void jest.spyOn(console, 'error').mockImplementation(() => {}));
afterEach(() => void jest.restoreAllMocks());

useErrorsOfBothRealms();
const servers = useTestServers();
let upstream: PlainServer;

beforeEach(async () => {
  upstream = await servers.upstream((_request, response) => {
    response.writeHead(503, { 'content-type': 'application/json' });
    response.end('{"message":"secret of the upstream","errorCode":"resource_unavailable"}');
  });
});

const fetchOnce = () => resilientFetch(fetch, { retry: false });

describe.each(Object.entries(FRAMEWORKS))('%s', (_name, start) => {
  const serverWith = (handle: Handle, options?: AnswerOptions) =>
    servers.keep(start(handle, options));

  const answerWith = async (handle: Handle, options?: AnswerOptions) =>
    answerOf(await serverWith(handle, options));

  test('leaves what goes well alone', async () => {
    const { status, text } = await answerWith(async () => 'fine');
    expect([status, text]).toEqual([200, 'fine']);
  });

  test('answers an open circuit with 503 and Retry-After, and does not speak of the circuit', async () => {
    const breaker = circuitBreaker({
      mode: 'classic',
      minimumCalls: 1,
      failureRatio: 1,
      openMs: 2500,
    });
    const fragile = resilientFetch(fetch, { retry: false, circuitBreaker: breaker });
    await (await fragile(upstream.url)).text();
    const { status, headers, text } = await answerWith(async () =>
      (await fragile(upstream.url)).text(),
    );
    expect(status).toBe(503);
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(4);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(JSON.parse(text)).toEqual({
      type: 'about:blank',
      title: 'Service Unavailable',
      status: 503,
      detail: expect.stringContaining('not asked for the time being'),
      errorCode: 'resource_unavailable',
    });
    expect(text).not.toContain(upstream.url);
  });

  test('answers an unwrapped result that was thrown with problem+json, none of the upstream in it', async () => {
    const results = resultFetch(fetchOnce());
    const handle: Handle = async () => {
      const result = await results(upstream.url);
      if (result.isErr()) throw result.error;
      return result.value.text();
    };
    const typeBase = 'https://example.com/problems/';
    const { status, headers, text } = await answerWith(handle, { typeBase });
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

  test('answers in the shape of the OnDemand contract where the options say so', async () => {
    const handle: Handle = async () => orThrow(await fetchOnce()(upstream.url)).text();
    const { status, headers, text } = await answerWith(handle, { body: 'ondemand' });
    expect(status).toBe(503);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(JSON.parse(text)).toEqual({
      message: 'A service that this request needs is not available now.',
      errorCode: 'resource_unavailable',
    });
  });

  test('answers the TypeError of a fetch that found nobody with 502', async () => {
    const { status, text } = await answerWith(async () => (await fetchOnce()(NOBODY)).text());
    expect([status, JSON.parse(text)]).toMatchObject([502, { errorCode: 'bad_gateway' }]);
  });

  test("leaves an error that is not holdfast's to the framework", async () => {
    const { status, text } = await answerWith(async () => {
      throw new Error('a bug');
    });
    expect(status).toBe(500);
    expect(text).not.toContain('errorCode');
  });

  test("answers an error that is not holdfast's with 500 server_error where otherErrors is 'answer'", async () => {
    const handle: Handle = async () => {
      throw new Error('a bug');
    };
    const { status, text } = await answerWith(handle, { otherErrors: 'answer' });
    expect([status, JSON.parse(text)]).toMatchObject([500, { errorCode: 'server_error' }]);
    expect(text).not.toContain('a bug');
  });

  test('stops the outgoing call at once when the client leaves while it backs off', async () => {
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

  test('ends the outgoing call by the deadline of a header, and the client hears 504', async () => {
    const hanging = await servers.upstream(() => {});
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
      { errorCode: 'gateway_timeout' },
    ]);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(75);
    expect(signals[0]!.reason).toMatchObject({ name: 'TimeoutError' });
    expect(await eventually(() => hanging.counts.inFlight === 0)).toBe(true);
  });

  test('leaves the signal alone when it answers in time', async () => {
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

  test('answers an abort of the program itself, as long as the client is still there', async () => {
    const handle: Handle = async () =>
      (await fetchOnce()(upstream.url, { signal: AbortSignal.abort() })).text();
    const { status } = await answerWith(handle);
    expect(status).toBe(500);
  });
});

describe.each(['node:http', 'express', 'koa'])('%s', (name) => {
  test('does not answer twice where an error comes after the head was sent', async () => {
    const breaker = circuitBreaker();
    breaker.forceOpen(upstream.url);
    const refusing = resilientFetch(fetch, { circuitBreaker: breaker });
    const handle: Handle = async (_request, connection) => {
      (connection as unknown as { write(text: string): void }).write('begun ');
      return (await refusing(upstream.url)).text();
    };
    const server = await servers.keep(FRAMEWORKS[name]!(handle));
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
