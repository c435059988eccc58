import { get } from 'node:http';
import type { Server } from 'node:net';
import { serve } from '@hono/node-server';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { HTTPException } from 'hono/http-exception';
import { resilientFetch } from '../../../src/index.ts';
import { honoErrorHandler, incomingSignal } from '../../../src/server.ts';
import { virtualClock } from '../../../src/testing.ts';
import { eventually } from '../../integration/plain-server.ts';
import { listening } from './framework-servers.ts';
import { NOBODY, answerOf, useErrorsOfBothRealms, useTestServers } from './test-servers.ts';

useErrorsOfBothRealms();
const servers = useTestServers();
const bug = new Error('a bug');

const serverOf = (app: Hono) =>
  servers.keep(listening(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server));

describe("errors that are not holdfast's are answered as Hono does", () => {
  let logged: unknown[];
  beforeEach(() => {
    logged = [];
    jest.spyOn(console, 'error').mockImplementation((value) => void logged.push(value));
  });
  afterEach(() => void jest.restoreAllMocks());

  /** The same program, with Hono's own handler and with holdfast's. */
  const programs = () => {
    const build = () => {
      const app = new Hono();
      app.use('/cors/*', cors());
      app.get('/bug', (context) => {
        context.header('x-request-id', '7');
        throw bug;
      });
      app.get('/cors/bug', () => {
        throw bug;
      });
      app.get('/refusal', (context) => {
        context.header('x-request-id', '7');
        const res = new Response('who are you', { status: 401, headers: { 'x-realm': 'here' } });
        throw new HTTPException(401, { res });
      });
      return app;
    };
    return { bare: build(), handled: build().onError(honoErrorHandler()) };
  };

  test.each(['/bug', '/cors/bug', '/refusal'])('on %s', async (path) => {
    const { bare, handled } = programs();
    const [expected, actual] = [await bare.request(path), await handled.request(path)];
    expect(actual.status).toBe(expected.status);
    expect(await actual.text()).toBe(await expected.text());
    expect(Object.fromEntries(actual.headers)).toEqual(Object.fromEntries(expected.headers));
  });

  test('a bug is logged, a refusal is not', async () => {
    const { handled } = programs();
    await handled.request('/bug');
    await handled.request('/refusal');
    expect(logged).toEqual([bug]);
  });

  test('or by a handler of your own, where you give one', async () => {
    const app = new Hono();
    app.onError(
      honoErrorHandler({}, (error, context) => context.json({ own: error.message }, 418)),
    );
    app.get('/', () => {
      throw bug;
    });
    const { status, text } = await answerOf(await serverOf(app));
    expect([status, text, logged]).toEqual([418, '{"own":"a bug"}', []]);
  });
});

test('with the context, a response that has ended leaves no timer', async () => {
  const clock = virtualClock();
  const app = new Hono();
  let timersWhileRunning = 0;
  app.get('/', (context) => {
    incomingSignal(context.req.raw, context, { maxMs: 10_000, clock });
    timersWhileRunning = clock.pendingTimers;
    return context.text('fine');
  });
  expect((await answerOf(await serverOf(app))).text).toBe('fine');
  expect(timersWhileRunning).toBe(1);
  expect(await eventually(() => clock.pendingTimers === 0)).toBe(true);
});

test('with the context, a client that leaves stops the outgoing call, and nothing is logged', async () => {
  const log = jest.spyOn(console, 'error').mockImplementation(() => {});
  const upstream = await servers.upstream(() => {});
  const app = new Hono();
  app.onError(honoErrorHandler());
  app.get('/', async (context) => {
    const signal = incomingSignal(context.req.raw, context, { maxMs: 60_000 });
    return resilientFetch()(upstream.url, { signal });
  });
  const client = get((await serverOf(app)).url);
  client.on('error', () => {});
  expect(await eventually(() => upstream.counts.inFlight === 1)).toBe(true);
  client.destroy();
  expect(await eventually(() => upstream.counts.inFlight === 0)).toBe(true);
  expect(log).not.toHaveBeenCalled();
  log.mockRestore();
});

test('a middleware that fails when the route has answered is answered instead', async () => {
  const app = new Hono();
  app.onError(honoErrorHandler());
  app.use(async (_context, next) => {
    await next();
    await resilientFetch(fetch, { retry: false })(NOBODY);
  });
  app.get('/', (context) => context.body('a,b', 200, { 'content-encoding': 'gzip', etag: '"1"' }));
  const { status, headers, text } = await answerOf(await serverOf(app));
  expect([status, JSON.parse(text)]).toMatchObject([502, { errorCode: 'bad_gateway' }]);
  expect([headers.get('content-encoding'), headers.get('etag')]).toEqual([null, null]);
});

test('with the context on a runtime that shows no response, the request tells of a client that leaves', async () => {
  const client = new AbortController();
  const app = new Hono();
  const signals: AbortSignal[] = [];
  app.get('/', (context) => {
    signals.push(incomingSignal(context.req.raw, context));
    return context.text('fine');
  });
  await app.request(new Request('http://x/', { signal: client.signal }));
  client.abort('left');
  expect(signals[0]!.reason).toMatchObject({ name: 'AbortError' });
});
