import { describe, expect, test } from '@jest/globals';
import { defineCatalog } from '../../src/classify/catalog/catalog.ts';
import { classifyResponse } from '../../src/classify/response.ts';
import { SUCCESS } from '../../src/core/classification.ts';
import { virtualClock } from '../../src/testing.ts';

const LIMITED = '{"error":{"code":"rate_limit_exceeded","message":"Slow down"}}';

/** A response that counts what is done to it. */
function watched(body: BodyInit | null, init: ResponseInit) {
  const response = new Response(body, init);
  let clones = 0;
  const clone = response.clone.bind(response);
  response.clone = () => {
    clones += 1;
    return clone();
  };
  return { response, clones: () => clones };
}

/** A body that gives a first piece and then nothing more. */
function stalled(text: string) {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode(text)),
    cancel: () => {
      cancelled = true;
    },
  });
  return { body, cancelled: () => cancelled };
}

describe('classifyResponse', () => {
  test('reads a copy: the response stays readable', async () => {
    const response = new Response(LIMITED, { status: 429 });
    expect(await classifyResponse(response)).toMatchObject({
      category: 'throttle',
      errorCode: 'rate_limit_exceeded',
      message: 'Slow down',
      status: 429,
    });
    expect(response.bodyUsed).toBe(false);
    expect(await response.text()).toBe(LIMITED);
  });

  test('reads once, however many ask and whenever', async () => {
    const { response, clones } = watched(LIMITED, { status: 429 });
    const [first, second] = await Promise.all([
      classifyResponse(response),
      classifyResponse(response),
    ]);
    expect(second).toBe(first);
    expect(await classifyResponse(response)).toBe(first);
    expect(clones()).toBe(1);
  });

  test('reads once for different catalogs too, and answers each with its own classification', async () => {
    const mine = defineCatalog({ name: 'mine', codes: { rate_limit_exceeded: 'fatal' } });
    const { response, clones } = watched(LIMITED, { status: 429 });
    expect((await classifyResponse(response)).category).toBe('throttle');
    expect((await classifyResponse(response, { catalog: mine })).category).toBe('fatal');
    expect((await classifyResponse(response)).category).toBe('throttle');
    expect(clones()).toBe(1);
  });

  test('a success is not touched', async () => {
    const { response, clones } = watched('{"errors":[{"message":"x"}]}', { status: 200 });
    expect(await classifyResponse(response)).toBe(SUCCESS);
    expect(clones()).toBe(0);
  });

  test('a success is read where the catalog says that errors stand in it', async () => {
    const graphql = defineCatalog({ name: 'graphql', codes: {}, errorBodies: 'in-success' });
    const failed = new Response('{"errors":[{"message":"x","type":"RATE_LIMITED"}]}');
    expect(await classifyResponse(failed, { catalog: graphql })).toMatchObject({
      category: 'throttle',
    });
    expect(await classifyResponse(failed, { catalog: [graphql] })).toMatchObject({
      category: 'throttle',
    });
    expect(failed.bodyUsed).toBe(false);
    const fine = new Response('{"data":{"x":1}}');
    expect(await classifyResponse(fine, { catalog: graphql })).toBe(SUCCESS);
    const empty = new Response(null, { status: 204 });
    expect(await classifyResponse(empty, { catalog: graphql })).toBe(SUCCESS);
  });

  test('redirects, 304 and opaque responses are successes', async () => {
    expect(await classifyResponse(new Response(null, { status: 304 }))).toBe(SUCCESS);
    expect(await classifyResponse(Response.redirect('https://a.test/', 307))).toBe(SUCCESS);
    expect(await classifyResponse(Response.error())).toBe(SUCCESS);
  });

  test('a body that has been read, or is being read, is done without', async () => {
    const used = new Response(LIMITED, { status: 429 });
    await used.text();
    expect(await classifyResponse(used)).toMatchObject({
      category: 'throttle',
      errorCode: undefined,
    });
    const locked = new Response(LIMITED, { status: 500, headers: { 'retry-after': '3' } });
    locked.body!.getReader();
    expect(await classifyResponse(locked)).toMatchObject({
      category: 'retryable',
      errorCode: undefined,
      retryAfterMs: 3_000,
    });
  });

  test('a body that stalls is judged after a second by what has come', async () => {
    const clock = virtualClock();
    const { body } = stalled('{"error":{"code":"insufficient_quota"');
    const classification = classifyResponse(new Response(body, { status: 429 }), { clock });
    await clock.advance(999);
    await expect(Promise.race([classification, Promise.resolve('waiting')])).resolves.toBe(
      'waiting',
    );
    await clock.advance(1);
    expect(await classification).toMatchObject({
      category: 'fatal',
      errorCode: 'insufficient_quota',
    });
    expect(clock.pendingTimers).toBe(0);
  });

  test('a body that breaks off is judged by what has come', async () => {
    const pieces = ['{"code":"slow_down"'];
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const piece = pieces.shift();
          if (piece === undefined) controller.error(new Error('reset'));
          else controller.enqueue(new TextEncoder().encode(piece));
        },
      },
      { highWaterMark: 0 },
    );
    const response = new Response(body, { status: 503 });
    expect(await classifyResponse(response)).toMatchObject({ category: 'throttle' });
  });

  test('64 KiB of a body are read, and no more', async () => {
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(16 * 1024).fill(0x20));
      },
    });
    const response = new Response(body, { status: 500 });
    expect(await classifyResponse(response)).toMatchObject({ category: 'retryable' });
    expect(pulled).toBeLessThanOrEqual(6);
    expect(response.bodyUsed).toBe(false);
    await response.body?.cancel();
  });

  test('a wait hint counts from the first time that anybody asked', async () => {
    const clock = virtualClock({ epochMs: Date.UTC(2026, 0, 15, 12) });
    const headers = { 'retry-after': 'Thu, 15 Jan 2026 12:00:30 GMT' };
    const response = new Response(null, { status: 503, headers });
    expect((await classifyResponse(response, { clock })).retryAfterMs).toBe(30_000);
    await clock.advance(10_000);
    expect((await classifyResponse(response, { clock })).retryAfterMs).toBe(30_000);
    const now = clock.epochNow();
    expect((await classifyResponse(response, { clock, now })).retryAfterMs).toBe(20_000);
  });

  test('a response of another make that cannot be cloned is judged by status and headers', async () => {
    const headers = new Headers({ 'retry-after': '1' });
    const odd = { status: 429, headers, bodyUsed: false, body: {} } as unknown as Response;
    expect(await classifyResponse(odd)).toMatchObject({
      category: 'throttle',
      retryAfterMs: 1_000,
    });
  });
});
