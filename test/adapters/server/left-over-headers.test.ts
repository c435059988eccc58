import { once } from 'node:events';
import { connect } from 'node:http2';
import type { Server } from 'node:net';
import { serve } from '@hono/node-server';
import { describe, expect, test } from '@jest/globals';
import express from 'express';
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { resilientFetch } from '../../../src/index.ts';
import { expressErrorHandler, honoErrorHandler } from '../../../src/server.ts';
import { FRAMEWORKS, HTTP2_FRAMEWORKS, listening, type Handle } from './framework-servers.ts';
import {
  NOBODY,
  answerOf,
  useErrorsOfBothRealms,
  useTestServers,
  useWarnings,
} from './test-servers.ts';

useErrorsOfBothRealms();
const servers = useTestServers();
const warnings = useWarnings();
const fetchOnce = resilientFetch(fetch, { retry: false, circuitBreaker: false });

/** What a handler said about the body that it did not get to send. */
const OF_THE_BODY = {
  'content-length': '5000',
  'content-encoding': 'gzip',
  'content-language': 'tlh',
  'content-location': '/things.csv',
  'content-range': 'bytes 0-1/2',
  'content-disposition': 'attachment; filename=things.csv',
  'content-digest': 'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:',
  etag: '"abc"',
  'last-modified': 'Wed, 21 Oct 2015 07:28:00 GMT',
  expires: 'Wed, 21 Oct 2065 07:28:00 GMT',
  'cdn-cache-control': 'max-age=3600',
};
const OF_THE_EXCHANGE = {
  'access-control-allow-origin': '*',
  'set-cookie': 'session=1',
  'x-request-id': '7',
};

describe.each(Object.entries(FRAMEWORKS))('%s', (_name, start) => {
  const answerAfter = async (headers: Record<string, string>) => {
    const handle: Handle = async (_request, _connection, setHeader) => {
      for (const [name, value] of Object.entries(headers)) setHeader(name, value);
      return (await fetchOnce(NOBODY)).text();
    };
    return answerOf(await servers.keep(start(handle)));
  };

  test('headers of the body that does not come are withdrawn, the others stay', async () => {
    const { status, headers, text } = await answerAfter({
      ...OF_THE_BODY,
      ...OF_THE_EXCHANGE,
      'content-type': 'text/csv',
      'cache-control': 'public, max-age=3600',
    });
    expect([status, JSON.parse(text)]).toMatchObject([502, { errorCode: 'bad_gateway' }]);
    const { 'content-length': _, ...gone } = OF_THE_BODY;
    expect(Object.keys(gone).filter((name) => headers.has(name))).toEqual([]);
    expect(headers.get('content-length') ?? String(text.length)).toBe(String(text.length));
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(headers.get('cache-control')).toBe('no-store');
    for (const [name, value] of Object.entries(OF_THE_EXCHANGE)) {
      expect([name, headers.get(name)]).toEqual([name, value]);
    }
  });

  test('an answer says how long it is, and the connection stays open for the next request', async () => {
    const { headers, text } = await answerAfter({});
    expect(headers.get('content-length')).toBe(String(text.length));
    expect(headers.get('connection')).toBe('keep-alive');
  });
});

test.each(['node:http', 'koa'])(
  '%s: a body announced in chunks is sent with its length instead',
  async (name) => {
    const handle: Handle = async (_request, _connection, setHeader) => {
      setHeader('transfer-encoding', 'chunked');
      return (await fetchOnce(NOBODY)).text();
    };
    const { headers, text } = await answerOf(await servers.keep(FRAMEWORKS[name]!(handle)));
    expect(headers.has('transfer-encoding')).toBe(false);
    expect(headers.get('content-length')).toBe(String(text.length));
  },
);

test("a success's reason phrase does not stay on the answer", async () => {
  const app = express();
  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 hands rejections on
  app.get('/', async (_request, response) => {
    response.statusMessage = 'Fine';
    await fetchOnce(NOBODY);
  });
  app.use(expressErrorHandler());
  const { status, statusText } = await answerOf(
    await servers.keep(listening(app.listen(0, '127.0.0.1'))),
  );
  expect([status, statusText]).toEqual([502, 'Bad Gateway']);
});

test('the length of an answer is counted in bytes', async () => {
  const server = FRAMEWORKS['node:http']!(async () => (await fetchOnce(NOBODY)).text(), {
    body: 'problem',
    instance: '/things/ø/✓',
  });
  const { headers, text } = await answerOf(await servers.keep(server));
  expect(JSON.parse(text)).toMatchObject({ instance: '/things/ø/✓' });
  expect(headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
});

test('over HTTP/2, which has no reason phrase, no warning is given of one', async () => {
  const start = HTTP2_FRAMEWORKS['node:http2']!;
  const { url } = await servers.keep(start(async () => (await fetchOnce(NOBODY)).text()));
  const session = connect(url);
  const stream = session.request({ ':path': '/' });
  stream.resume();
  await once(stream, 'close');
  session.destroy();
  expect(warnings).toEqual([]);
});

test('hono: what a middleware says of caching does not hold for the answer, its CORS headers do', async () => {
  const app = new Hono();
  app.use(cors());
  app.use(async (context, next) => {
    context.res.headers.set('cache-control', 'public');
    context.res.headers.set('content-length', '5000');
    await next();
  });
  app.get('/', async (context) => context.text(await (await fetchOnce(NOBODY)).text()));
  app.onError(honoErrorHandler());
  const starting = listening(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server);
  const { status, headers } = await answerOf(await servers.keep(starting));
  expect(status).toBe(502);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('access-control-allow-origin')).toBe('*');
});
