import { createGzip } from 'node:zlib';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { anthropic, ondemand, openai } from '../../src/catalogs.ts';
import { eventStreams, reportOf, resilientFetch, type ResilienceEvent } from '../../src/index.ts';
import { eventually, plainServer, type Answer, type PlainServer } from './plain-server.ts';
import { readToEnd } from '../http/streams/read-to-end.ts';

const SSE = { 'content-type': 'text/event-stream' };
const event = (data: unknown, name?: string): string =>
  `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`;
const delta = (text: string): string => event({ type: 'content_block_delta', delta: { text } });
const overloaded = event(
  { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
  'error',
);

let server: PlainServer;
let answer: Answer;
beforeEach(async () => {
  server = await plainServer((...given) => answer(...given));
});
afterEach(() => server.close());

const POST = { method: 'POST', body: '{"stream":true}' };
const QUICK = { baseDelayMs: 20 };

/** Begins a stream with these events. */
function begin(response: ServerResponse, ...events: readonly string[]): void {
  response.writeHead(200, SSE);
  response.flushHeaders();
  for (const one of events) response.write(one);
}

const isIdle = () => server.counts.inFlight === 0;

describe('over a real socket, a stream', () => {
  test('that fails with its first event heals, and the caller gets the next one whole', async () => {
    answer = (_request, response, number) => {
      if (number <= 2) {
        begin(response, ': ping\n\n', overloaded);
        return void response.end();
      }
      begin(response, delta('a'));
      setTimeout(() => response.end(delta('b')), 20);
    };
    const fetch = resilientFetch(undefined, { catalog: anthropic, retry: QUICK });
    const response = await fetch(server.url, POST);
    expect(await response.text()).toBe(delta('a') + delta('b'));
    expect(server.counts).toMatchObject({ requests: 3, connectionsOpened: 1 });
    expect(
      reportOf(response)?.attempts.map(({ classification }) => classification?.category),
    ).toEqual(['throttle', 'throttle', 'success']);
  });

  test('of OnDemand’s, which stays open after its error, heals too', async () => {
    const error =
      'event:message\ndata:[ERROR]:{"message":"busy","errorCode":"resource_unavailable"}\n\n';
    answer = (_request, response, number) =>
      number === 1
        ? begin(response, 'event:heartbeat\ndata:{"time":"t"}\n\n', error)
        : void response.writeHead(200, SSE).end(event({ eventType: 'fulfillment', answer: 'a' }));
    const fetch = resilientFetch(undefined, { catalog: ondemand, retry: QUICK });
    const response = await fetch(`${server.url}/chat/v1/sessions/6/query`, POST);
    expect(await response.text()).toBe(event({ eventType: 'fulfillment', answer: 'a' }));
    expect(await eventually(isIdle)).toBe(true);
  });

  test('that is compressed is read as it is meant, and as it comes', async () => {
    answer = (_request, response, number) => {
      response.writeHead(200, { ...SSE, 'content-encoding': 'gzip' });
      const gzip = createGzip();
      gzip.pipe(response);
      if (number === 1) return void gzip.end(overloaded);
      gzip.write(delta('a'));
      gzip.flush();
      setTimeout(() => gzip.end(delta('b')), 50);
    };
    const fetch = resilientFetch(undefined, { catalog: anthropic, retry: QUICK });
    const response = await fetch(server.url, POST);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect(await reader?.read()).toEqual({ done: false, value: delta('a') });
    expect(await reader?.read()).toEqual({ done: false, value: delta('b') });
    expect((await reader?.read())?.done).toBe(true);
  });

  test('that is silent after three events ends in time, and leaves no socket', async () => {
    answer = (_request, response) => begin(response, delta('1'), delta('2'), delta('3'));
    const told: ResilienceEvent[] = [];
    const streams = eventStreams({ streamIdleTimeoutMs: 400 });
    const fetch = resilientFetch(undefined, { streams, onEvent: (one) => void told.push(one) });
    const response = await fetch(server.url, POST);
    const startedAt = performance.now();
    const { text, error } = await readToEnd(response);
    const tookMs = performance.now() - startedAt;
    expect(text).toBe(delta('1') + delta('2') + delta('3'));
    expect(error).toMatchObject({ name: 'TimeoutError', kind: 'timeout', timeoutMs: 400 });
    expect(tookMs).toBeGreaterThanOrEqual(399);
    // Up to 1.1 times the bound, and what a machine under load takes.
    expect(tookMs).toBeLessThan(440 + 60);
    expect(await eventually(isIdle)).toBe(true);
    expect(told.at(-1)).toMatchObject({ type: 'stream-failed', because: 'idle' });
  });

  test('whose connection is lost gives fetch’s own error, and is told', async () => {
    answer = (request, response) => {
      begin(response, delta('1'));
      setTimeout(() => request.socket.destroy(), 20);
    };
    const response = await resilientFetch(undefined, { catalog: openai })(server.url, POST);
    const { text, error } = await readToEnd(response);
    expect(text).toBe(delta('1'));
    expect(error).toMatchObject({ name: 'TypeError', message: 'terminated' });
    const [attempt] = reportOf(response)?.attempts ?? [];
    expect(attempt?.streamFailure).toMatchObject({ category: 'retryable', decidedBy: 'network' });
  });
});

describe('over a real socket, an abort', () => {
  test.each([
    ['while the answer is held', [': ping\n\n']],
    ['while the body is read', [delta('1')]],
  ])('%s settles at once, and leaves no socket', async (_when, events) => {
    answer = (_request, response) => begin(response, ...events);
    const fetch = resilientFetch(undefined, { catalog: anthropic });
    const caller = new AbortController();
    const reason = new Error('enough');
    const reading = fetch(server.url, { ...POST, signal: caller.signal }).then(readToEnd);
    expect(await eventually(() => server.counts.inFlight === 1)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 50));
    caller.abort(reason);
    const outcome = await reading.catch((error: unknown) => ({ error }));
    expect(outcome.error).toBe(reason);
    expect(await eventually(isIdle)).toBe(true);
  });

  test('of the reader, by cancel(), leaves no socket', async () => {
    answer = (_request, response) => begin(response, delta('1'));
    const response = await resilientFetch(undefined, { catalog: anthropic })(server.url, POST);
    await response.body?.cancel();
    expect(await eventually(isIdle)).toBe(true);
  });
});
