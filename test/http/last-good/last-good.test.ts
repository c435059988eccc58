import { describe, expect, test } from '@jest/globals';
import {
  OptionError,
  asMiddleware,
  fallback,
  lastGood,
  type LastGoodOptions,
  type StoredResponse,
} from '../../../src/index.ts';
import { repeat, scriptedFetch, virtualClock, type ScriptedStep } from '../../../src/testing.ts';

const API = 'https://api.example.com/things';

function remembering(steps: readonly ScriptedStep[], options?: LastGoodOptions) {
  const clock = virtualClock();
  const upstream = scriptedFetch(steps, { clock });
  const policy = fallback({ lastGood: lastGood({ clock, ...options }) });
  const wrapped = asMiddleware(policy)(upstream);
  const fetch = async (...request: Parameters<typeof wrapped>) => {
    const response = await clock.run(wrapped(...request));
    const text = await response.text();
    await clock.settle();
    return { response, text };
  };
  return { clock, upstream, fetch };
}

const good = (headers: Record<string, string> = {}, body = 'good') => ({
  status: 200,
  headers,
  body,
});

describe('the last good response', () => {
  test('answers where the server fails, with its age', async () => {
    const { clock, fetch } = remembering([good({ etag: '"1"' }), repeat(503)]);
    const { response: first } = await fetch(API);
    expect([first.status, first.headers.get('age')]).toEqual([200, null]);
    await clock.advance(2_500);
    for (const _time of [1, 2]) {
      const { response, text } = await fetch(API);
      expect([response.status, text, response.url]).toEqual([200, 'good', API]);
      expect([...response.headers]).toEqual(
        expect.arrayContaining([
          ['age', '2'],
          ['etag', '"1"'],
        ]),
      );
    }
  });

  test('is the latest', async () => {
    const { fetch } = remembering([good({}, 'old'), good({}, 'new'), 503]);
    await fetch(API);
    await fetch(API);
    expect((await fetch(API)).text).toBe('new');
  });

  test('answers up to maxAgeMs and not longer', async () => {
    const { clock, fetch } = remembering([good(), repeat(503)], { maxAgeMs: 10_000 });
    await fetch(API);
    await clock.advance(10_000);
    expect((await fetch(API)).response.status).toBe(200);
    await clock.advance(1);
    expect((await fetch(API)).response.status).toBe(503);
  });

  test('answers for a lost connection, and not for a 404', async () => {
    const lost = Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' } });
    const { fetch } = remembering([good(), lost, 404]);
    await fetch(API);
    expect((await fetch(API)).text).toBe('good');
    expect((await fetch(API)).response.status).toBe(404);
  });

  test('is kept byte for byte, and can be changed without harm to the next one', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const clock = virtualClock();
    const upstream = scriptedFetch([{ body: bytes }, repeat(503)], { clock });
    const fetch = asMiddleware(fallback({ lastGood: lastGood({ clock }) }))(upstream);
    await (await fetch(API)).arrayBuffer();
    await clock.settle();
    for (const _time of [1, 2]) {
      const body = new Uint8Array(await (await fetch(API)).arrayBuffer());
      expect(body).toEqual(bytes);
      body.fill(0);
    }
  });

  test.each<[string, RequestInit | undefined, RequestInit | undefined]>([
    [
      'another credential',
      { headers: { authorization: 'a' } },
      { headers: { authorization: 'b' } },
    ],
    ['no credential', { headers: { authorization: 'a' } }, undefined],
    ['another cookie', { headers: { cookie: 'a' } }, { headers: { cookie: 'b' } }],
    ['another language', { headers: { 'accept-language': 'de' } }, undefined],
    ['another method', { method: 'HEAD' }, { method: 'GET' }],
    ['an unsafe method', { method: 'POST' }, { method: 'POST' }],
    ['a body', { method: 'PUT', body: 'x' }, { method: 'PUT', body: 'x' }],
    ['a range', { headers: { range: 'bytes=0-' } }, { headers: { range: 'bytes=0-' } }],
    ['a caller that wants it fresh', undefined, { headers: { 'cache-control': 'no-cache' } }],
  ])('is not given to %s', async (_name, one, other) => {
    const { fetch } = remembering([good(), 503]);
    await fetch(API, one);
    expect((await fetch(API, other)).response.status).toBe(503);
  });

  test('is given to what differs in an ignored header only', async () => {
    const { fetch } = remembering([good(), 503], { ignoredHeaders: ['TraceParent'] });
    await fetch(API, { headers: { traceparent: '1' } });
    expect((await fetch(API, { headers: { traceparent: '2' } })).text).toBe('good');
  });

  test.each<[string, ScriptedStep]>([
    ['no-store', good({ 'cache-control': 'no-store' })],
    ['no-cache', good({ 'cache-control': 'max-age=60, No-Cache' })],
    ['must-revalidate', good({ 'cache-control': 'max-age=0, must-revalidate' })],
    ['a cookie', good({ 'set-cookie': 'a=1' })],
    ['Vary: *', good({ vary: '*' })],
    ['a part of it', { status: 206, body: 'part' }],
    ['nothing', 204],
    ['a stream of events', good({ 'content-type': 'text/event-stream' })],
    ['more than maxBytes', good({}, 'x'.repeat(11))],
    ['more than maxBytes, as it says', good({ 'content-length': '11' }, 'short')],
  ])('is not kept where it says or is: %s', async (_name, step) => {
    const { fetch } = remembering([step, 503], { maxBytes: 10 });
    await fetch(API);
    expect((await fetch(API)).response.status).toBe(503);
  });

  test('of exactly maxBytes is kept', async () => {
    const { fetch } = remembering([good({}, 'x'.repeat(10)), 503], { maxBytes: 10 });
    await fetch(API);
    expect((await fetch(API)).text).toBe('x'.repeat(10));
  });

  test('is not kept where its body broke off, or took longer than maxReadMs', async () => {
    const broken = { chunks: ['go'], bodyError: new TypeError('terminated') };
    const endless = { chunks: ['go', 'od'], chunkDelayMs: 60 };
    for (const step of [broken, endless]) {
      const clock = virtualClock();
      const upstream = scriptedFetch([step, 503], { clock });
      const memory = lastGood({ clock, maxReadMs: 100 });
      const fetch = asMiddleware(fallback({ lastGood: memory }))(upstream);
      await clock.run((await fetch(API)).text().catch(() => {}));
      await clock.runAll();
      expect((await fetch(API)).status).toBe(503);
      expect(clock.pendingTimers).toBe(0);
    }
  });

  test('is one of maxEntries: the least recently used leaves', async () => {
    const { fetch } = remembering([repeat(good(), 3), repeat(503)], { maxEntries: 2 });
    for (const path of ['a', 'b', 'c']) await fetch(`${API}/${path}`);
    const statuses = [];
    for (const path of ['a', 'b', 'c'])
      statuses.push((await fetch(`${API}/${path}`)).response.status);
    expect(statuses).toEqual([503, 200, 200]);
  });
});

describe('stale-if-error', () => {
  test.each<[string, Record<string, string>, Record<string, string>, number]>([
    ['of the server, after max-age', { 'cache-control': 'max-age=2, stale-if-error=3' }, {}, 5],
    ['of the server alone', { 'cache-control': 'stale-if-error=3' }, {}, 3],
    ['of the server, of 0', { 'cache-control': 'max-age=2, stale-if-error=0' }, {}, 2],
    ['that cannot be read', { 'cache-control': 'max-age=2, stale-if-error=soon' }, {}, 2],
    [
      'after Expires',
      {
        date: 'Thu, 01 Jan 2026 00:00:00 GMT',
        expires: 'Thu, 01 Jan 2026 00:00:04 GMT',
        'cache-control': 'stale-if-error=1',
      },
      {},
      5,
    ],
    ['of the caller', {}, { 'cache-control': 'stale-if-error=4' }, 4],
    ['that is longer than maxAgeMs', { 'cache-control': 'stale-if-error=100' }, {}, 10],
    ['beside max-age of the caller', {}, { 'cache-control': 'max-age=6' }, 6],
  ])('%s', async (_name, headers, asked, seconds) => {
    const { clock, fetch } = remembering([good(headers), repeat(503)], { maxAgeMs: 10_000 });
    await fetch(API, { headers: asked });
    await clock.advance(seconds * 1000);
    expect((await fetch(API, { headers: asked })).response.status).toBe(200);
    await clock.advance(1);
    expect((await fetch(API, { headers: asked })).response.status).toBe(503);
  });

  test('counts the age that the response had when it came', async () => {
    const { clock, fetch } = remembering([good({ age: '7' }), repeat(503)], { maxAgeMs: 10_000 });
    await fetch(API);
    await clock.advance(3_000);
    expect((await fetch(API)).response.headers.get('age')).toBe('10');
    await clock.advance(1);
    expect((await fetch(API)).response.status).toBe(503);
  });
});

describe('a store of the user’s own', () => {
  test('is given plain data under a name without secrets, and may be asynchronous', async () => {
    const kept = new Map<string, StoredResponse>();
    const store = {
      get: async (id: string) => kept.get(id),
      set: async (id: string, stored: StoredResponse) => void kept.set(id, structuredClone(stored)),
    };
    const { fetch } = remembering([good({ etag: '"1"' }), 503], { store });
    const init = { headers: { authorization: 'Bearer secret' } };
    await fetch(`${API}?key=hidden`, init);
    const [id = ''] = kept.keys();
    expect(id).toMatch(/^https:\/\/api\.example\.com [0-9a-f]{16}$/);
    expect([...kept.values()]).toEqual([
      {
        status: 200,
        statusText: '',
        url: `${API}?key=hidden`,
        redirected: false,
        type: 'default',
        headers: expect.arrayContaining([['etag', '"1"']]),
        body: new TextEncoder().encode('good'),
        bornAt: Date.UTC(2026, 0, 1),
      },
    ]);
    expect((await fetch(`${API}?key=hidden`, init)).text).toBe('good');
  });

  test('that fails changes nothing', async () => {
    const fails = () => Promise.reject(new Error('gone'));
    const { fetch } = remembering([good(), 503], { store: { get: fails, set: fails } });
    expect((await fetch(API)).text).toBe('good');
    expect((await fetch(API)).response.status).toBe(503);
  });
});

describe('lastGood', () => {
  test('remembers nothing of an operation that is no fetch', async () => {
    const policy = fallback({ lastGood: lastGood() });
    expect(await policy.execute(async () => new Response('own'))).toBeInstanceOf(Response);
    const failure = Object.assign(new Error('status 503'), { status: 503 });
    await expect(policy.execute(() => Promise.reject(failure))).rejects.toBe(failure);
  });

  test.each<[object, RegExp]>([
    [{ maxAgeMs: 0 }, /lastGood.maxAgeMs must be a number above 0, or Infinity/],
    [{ maxBytes: 1.5 }, /lastGood.maxBytes must be a whole number/],
    [{ store: {} }, /lastGood.store must be an object with get\(\), set\(\)/],
  ])('refuses %j', (options, message) => {
    expect(() => lastGood(options)).toThrow(OptionError);
    expect(() => lastGood(options)).toThrow(message);
  });
});
