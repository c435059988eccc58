import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import crossFetch from 'cross-fetch';
// @ts-expect-error -- it has no types
import minipassFetch from 'minipass-fetch';
import nodeFetch from 'node-fetch';
// @ts-expect-error -- its types would have its own name
import nodeFetch2 from 'node-fetch-2';
import { fetch as undiciFetch } from 'undici';
import { reportOf, resilientFetch, type Fetch } from '../../src/index.ts';

const { Request: NodeRequest } = await import('node-fetch');
const { Request: NodeRequest2 } = nodeFetch2 as { Request: typeof Request };
const { Request: CrossRequest } = await import('cross-fetch');
const { Request: MinipassRequest } = minipassFetch as { Request: typeof Request };

/** What each request got, in the order of arrival. */
const seen: { method: string; body: string; authorization: string | undefined }[] = [];
type Answer = (request: IncomingMessage) => { status: number; body?: string; pieces?: number };
let answers: Answer[] = [];
let server: Server;
let url: string;
let sockets = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      seen.push({ method: request.method!, body, authorization: request.headers.authorization });
      const { status, body: answer = '', pieces = 1 } = (answers.shift() ?? ok)(request);
      response.writeHead(status, { 'content-type': 'application/json' });
      const size = Math.ceil(answer.length / pieces);
      for (let at = 0; at < answer.length; at += size) response.write(answer.slice(at, at + size));
      response.end();
    });
  });
  server.on('connection', () => (sockets += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/things`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  seen.length = 0;
  answers = [];
  sockets = 0;
});

const ok: Answer = () => ({ status: 200, body: '{"answer":42}' });
const unavailable: Answer = () => ({ status: 503 });
const error = (code: string, filler = '') =>
  JSON.stringify({ error: { code, message: 'no', filler } });

const QUICK = { retry: { baseDelayMs: 0 } };
const asFetch = (fetch: unknown): Fetch => fetch as Fetch;
const READ: [string, Fetch][] = [
  ['node-fetch 3', asFetch(nodeFetch)],
  ['node-fetch 2', asFetch(nodeFetch2)],
  ['cross-fetch', asFetch(crossFetch)],
  ['undici', asFetch(undiciFetch)],
];

describe.each(READ)('a body of %s', (_name, bare) => {
  test.each([0, 5_000, 20_000, 40_000, 200_000])(
    'is read, and stays whole for the caller, with %i bytes more',
    async (bytes) => {
      const body = error('insufficient_quota', 'x'.repeat(bytes));
      answers = [() => ({ status: 429, body, pieces: 7 })];
      const startedAt = performance.now();
      const response = await resilientFetch(bare, QUICK)(url);
      // Nothing waits for a reader who does not come: that would take a second.
      expect(performance.now() - startedAt).toBeLessThan(950);
      expect(reportOf(response)!.attempts).toMatchObject([
        { classification: { category: 'fatal', errorCode: 'insufficient_quota' } },
      ]);
      expect(response.bodyUsed).toBe(false);
      expect(await response.text()).toBe(body);
      expect(seen).toHaveLength(1);
    },
  );

  test('is drained before a repetition', async () => {
    answers = [() => ({ status: 503, body: error('busy', 'x'.repeat(100_000)) }), ok];
    const response = await resilientFetch(bare, QUICK)(url);
    expect(await response.json()).toEqual({ answer: 42 });
    expect(seen).toHaveLength(2);
  });

  test('of a success is not touched', async () => {
    const response = await resilientFetch(bare)(url);
    expect(response.bodyUsed).toBe(false);
    expect(await response.json()).toEqual({ answer: 42 });
  });
});

const REQUESTS: [string, Fetch, typeof Request][] = [
  ['node-fetch 3', asFetch(nodeFetch), NodeRequest as unknown as typeof Request],
  ['node-fetch 2', asFetch(nodeFetch2), NodeRequest2],
  ['cross-fetch', asFetch(crossFetch), CrossRequest as unknown as typeof Request],
  ['minipass-fetch', asFetch(minipassFetch), MinipassRequest],
];

describe.each(REQUESTS)('a Request of %s is protected like any other', (_name, bare, Request) => {
  test('its retries send it as it was', async () => {
    answers = [unavailable, unavailable, ok];
    const request = new Request(url, { method: 'PUT', body: 'x', headers: { authorization: 'a' } });
    const response = await resilientFetch(bare, QUICK)(request);
    expect(await response.json()).toEqual({ answer: 42 });
    const sent = { method: 'PUT', body: 'x', authorization: 'a' };
    expect(seen).toEqual([sent, sent, sent]);
    expect(reportOf(response)!.attempts).toHaveLength(3);
  });

  test('without a body', async () => {
    answers = [unavailable, ok];
    const response = await resilientFetch(bare, QUICK)(new Request(url));
    expect([response.status, seen.length]).toEqual([200, 2]);
  });

  test('the answer to a PUT with a body and a signal is given', async () => {
    const { signal } = new AbortController();
    const request = new Request(url, { method: 'PUT', body: 'x', signal });
    const response = await resilientFetch(bare, QUICK)(request);
    expect(await response.json()).toEqual({ answer: 42 });
    expect(seen).toMatchObject([{ method: 'PUT', body: 'x' }]);
  });

  test('its own signal aborts it', async () => {
    const caller = new AbortController();
    answers = [unavailable];
    const request = new Request(url, { signal: caller.signal });
    const call = resilientFetch(bare, { retry: { baseDelayMs: 60_000, jitter: 'none' } })(request);
    setTimeout(() => caller.abort(new Error('enough')), 50);
    await expect(call).rejects.toThrow(/enough|aborted/);
  });

  test('a time-out ends it', async () => {
    const hanging = asFetch(() => new Promise(() => {}));
    const fetch = resilientFetch(hanging, { attemptTimeoutMs: 20, retry: false });
    await expect(fetch(new Request(url))).rejects.toMatchObject({ kind: 'timeout' });
  });

  test('a large body arrives whole, though it may be sent only once', async () => {
    const body = 'y'.repeat(300_000);
    const response = await resilientFetch(bare, QUICK)(new Request(url, { method: 'PUT', body }));
    expect(response.status).toBe(200);
    expect(seen[0]!.body).toHaveLength(body.length);
  });

  test('a body that is a stream is sent once, and the report says why', async () => {
    const { Readable } = await import('node:stream');
    answers = [unavailable];
    const body = Readable.from([Buffer.alloc(100_000, 'z')]) as unknown as BodyInit;
    const response = await resilientFetch(bare, QUICK)(new Request(url, { method: 'PUT', body }));
    expect(response.status).toBe(503);
    expect(seen[0]!.body).toHaveLength(100_000);
    expect(reportOf(response)!.stoppedBecause).toMatch(/stream, which can be sent only once/);
  });
});
