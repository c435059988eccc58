import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import {
  OptionError,
  asMiddleware,
  circuitBreaker,
  concurrencyLimit,
  controlOf,
  endpoints,
  fallback,
  orThrow,
  pipeline,
  reportOf,
  resilientFetch,
  retry,
  retryBudget,
  timeout,
  tokenBucket,
  type EndpointsOptions,
} from '../../../src/index.ts';
import { networkError, repeat, scriptedFetch, virtualClock } from '../../../src/testing.ts';
import { API, ASIA, EU, US, placesOf } from './places.ts';

const json = (status: number, errorCode: string, headers = {}) => ({
  status,
  headers,
  json: { error: { code: errorCode, message: errorCode } },
});
const refused = networkError('ECONNREFUSED');
const lost = networkError('ECONNRESET');

/** How many of nine calls at once ask the preferred endpoint. */
async function triesOfNine({ clock, fetch, asked }: ReturnType<typeof placesOf>): Promise<number> {
  const before = asked().length;
  await clock.run(Promise.all(Array.from({ length: 9 }, () => fetch(API))));
  return asked()
    .slice(before)
    .filter((url) => url === API).length;
}

describe('a call goes on at another endpoint', () => {
  test('where it would have to wait in line at the preferred one', async () => {
    const clock = virtualClock();
    const { fetch, asked } = placesOf(
      { [EU]: 200, [US]: 200 },
      { clock, inside: [tokenBucket({ ratePerSecond: 1, burst: 1, clock })] },
    );
    await clock.run(Promise.all([fetch(API), fetch(API)]));
    expect(asked()).toEqual([API, `${US}/things`]);
    expect(clock.now()).toBe(0);
    // Where it has to wait at each of them, it waits at the preferred one.
    await clock.run(fetch(API));
    expect(asked()).toEqual([API, `${US}/things`, API]);
    expect(clock.now()).toBe(1000);
  });

  test.each<[string, object | number]>([
    ['that fails', 503],
    ['that loses the connection', lost],
    ['that throttles', { status: 429, headers: { 'retry-after': '60' } }],
    ['whose quota is used up', json(429, 'insufficient_quota')],
    ['that wants to be paid', 402],
  ])('after one %s', async (_name, step) => {
    const { clock, fetch, asked, events } = placesOf({ [EU]: step as never, [US]: 200 });
    const response = await clock.run(fetch(API));
    expect(response.status).toBe(200);
    expect(asked()).toEqual([API, `${US}/things`]);
    expect(events.filter(({ type }) => type === 'failed-over')).toMatchObject([
      { by: 'endpoints', key: EU, to: US, attempt: 1 },
    ]);
    expect(clock.now()).toBe(0);
  });

  test('after one whose own key is revoked', async () => {
    const list = [{ url: EU, headers: { authorization: 'own' } }, { url: US }];
    const { clock, fetch, asked } = placesOf({ [EU]: 401, [US]: 200 }, { list });
    expect((await clock.run(fetch(API))).status).toBe(200);
    expect(asked()).toEqual([API, `${US}/things`]);
  });

  test('after a first byte that does not come in time, and the time is its own', async () => {
    const { clock, fetch, upstream } = placesOf(
      { [EU]: 'hangs', [US]: { status: 200, delayMs: 5_000 } },
      { list: [{ url: EU, firstByteTimeoutMs: 800 }, { url: US }] },
    );
    expect((await clock.run(fetch(API))).status).toBe(200);
    expect(upstream.calls.map(({ at }) => at)).toEqual([0, 800]);
    expect(clock.now()).toBe(5_800);
    expect(clock.pendingTimers).toBe(0);
  });

  test('after a refusal of its circuit, which costs no request', async () => {
    const breaker = circuitBreaker();
    const { clock, fetch, asked, events } = placesOf(
      { [EU]: 200, [US]: 200 },
      { inside: [breaker] },
    );
    breaker.forceOpen(EU);
    expect((await clock.run(fetch(API))).status).toBe(200);
    expect(asked()).toEqual([`${US}/things`]);
    expect(events).toEqual([]);
  });

  test('each of them once, and no more often than maxFailovers', async () => {
    const steps = { [EU]: 503, [US]: 503, [ASIA]: 503 };
    const all = placesOf(steps);
    expect((await all.clock.run(all.fetch(API))).status).toBe(503);
    expect(all.asked()).toHaveLength(3);
    const once = placesOf(steps, { options: { maxFailovers: 1 } });
    await once.clock.run(once.fetch(API));
    expect(once.asked()).toHaveLength(2);
  });

  test('as long as its budget pays for it, by the key of the call', async () => {
    const paid: [string, number][] = [];
    const budget = { spend: (key: string, now: number) => paid.push([key, now]) < 2 };
    const { clock, fetch, asked } = placesOf(
      { [EU]: 503, [US]: 503, [ASIA]: 200 },
      { options: { budget } },
    );
    expect((await clock.run(fetch(API))).status).toBe(503);
    expect(asked()).toHaveLength(2);
    expect(paid).toEqual([
      [EU, 0],
      [EU, 0],
    ]);
  });

  test('from the budget that it shares with the retry', async () => {
    const clock = virtualClock();
    const budget = retryBudget({ reserveTokens: 5, tokensPerAnswer: 0.1 });
    const { fetch, upstream } = placesOf(
      { [EU]: 503, [US]: 503 },
      { clock, outside: [retry({ clock, budget })], options: { budget, failuresToLeave: 1_000 } },
    );
    await clock.run(Promise.all(Array.from({ length: 20 }, () => fetch(API))));
    expect(upstream.calls).toHaveLength(25);
  });

  test('within the deadline of the whole call only', async () => {
    const clock = virtualClock();
    const { fetch, asked } = placesOf(
      { [EU]: 'hangs', [US]: 'hangs', [ASIA]: 200 },
      {
        clock,
        outside: [timeout({ timeoutMs: 1_500, clock })],
        options: { firstByteTimeoutMs: 1_000 },
      },
    );
    await expect(clock.run(fetch(API))).rejects.toMatchObject({
      kind: 'timeout',
      timeoutMs: 1_500,
    });
    expect(asked()).toHaveLength(2);
    expect(clock.pendingTimers).toBe(0);
  });

  test('not after the caller has aborted', async () => {
    const { clock, fetch, asked } = placesOf({ [EU]: 'hangs', [US]: 200 });
    const caller = new AbortController();
    const settled = Promise.allSettled([fetch(API, { signal: caller.signal })]);
    await clock.advance(10);
    caller.abort('enough');
    expect(await settled).toEqual([{ status: 'rejected', reason: 'enough' }]);
    expect(asked()).toEqual([API]);
  });
});

describe('a request that is wrong in itself', () => {
  test.each([400, 403, 404, 405, 409, 422, 501])('goes nowhere else: %d', async (status) => {
    const { clock, fetch, asked } = placesOf({ [EU]: status, [US]: 200 });
    expect((await clock.run(fetch(API))).status).toBe(status);
    expect(asked()).toEqual([API]);
    await clock.run(fetch(API));
    expect(asked()).toEqual([API, API]);
  });

  test('a 401 about the caller’s own credential is the caller’s', async () => {
    const { clock, fetch, asked } = placesOf({ [EU]: 401, [US]: 200 });
    const init = { headers: { authorization: 'Bearer of the caller' } };
    expect((await clock.run(fetch(API, init))).status).toBe(401);
    await clock.run(fetch(API, init));
    expect(asked()).toEqual([API, API]);
  });

  test('the answer of the endpoint that works is the answer, whatever came before', async () => {
    const { clock, fetch } = placesOf({ [EU]: 402, [US]: 404 });
    expect((await clock.run(fetch(API))).status).toBe(404);
  });
});

describe('a POST', () => {
  const post = { method: 'POST', body: 'order' };
  test.each<[string, object | number | string, number]>([
    ['goes on where the connection never stood', refused, 2],
    ['goes on after a 429', 429, 2],
    [
      'goes on after a 503 that says when to come back',
      { status: 503, headers: { 'retry-after': '1' } },
      2,
    ],
    ['goes on after a used-up quota', 402, 2],
    ['stays after a bare 503: it may have been acted on', 503, 1],
    ['stays after a 502', 502, 1],
    ['stays after a lost connection', lost, 1],
    ['stays after a first byte that did not come in time', 'hangs', 1],
  ])('%s', async (_name, step, times) => {
    const { clock, fetch, upstream } = placesOf(
      { [EU]: step as never, [US]: 200 },
      { options: { firstByteTimeoutMs: 1_000 } },
    );
    await Promise.allSettled([clock.run(fetch(API, post))]);
    expect(upstream.calls.map(({ method, bodyText }) => [method, bodyText])).toEqual(
      Array.from({ length: times }, () => ['POST', 'order']),
    );
  });

  test('goes on where the endpoint’s own key is revoked: nothing was applied', async () => {
    const list = [{ url: EU, headers: { 'x-api-key': 'own' } }, { url: US }];
    const { clock, fetch, asked } = placesOf({ [EU]: 401, [US]: 200 }, { list });
    expect((await clock.run(fetch(API, post))).status).toBe(200);
    expect(asked()).toHaveLength(2);
  });

  test('with an Idempotency-Key goes on after anything, with the same key', async () => {
    const headers = { 'idempotency-key': 'k1' };
    const { clock, fetch, upstream } = placesOf({ [EU]: lost as never, [US]: 503, [ASIA]: 200 });
    expect((await clock.run(fetch(API, { ...post, headers }))).status).toBe(200);
    expect(
      upstream.calls.map((call) => [call.bodyText, call.headers.get('idempotency-key')]),
    ).toEqual(Array.from({ length: 3 }, () => ['order', 'k1']));
  });

  test('that may have been acted on at the second endpoint is shown as such, and not repeated', async () => {
    const clock = virtualClock();
    const outside = [retry({ clock, maxRetries: 3 })];
    const { fetch, asked } = placesOf({ [EU]: 429, [US]: lost as never }, { clock, outside });
    const error: unknown = await clock.run(fetch(API, post)).catch((reason: unknown) => reason);
    expect(reportOf(error)?.attempts.at(-1)).toMatchObject({ endpoint: US });
    expect(asked()).toHaveLength(2);
  });

  test('whose body is a stream stays, since it can be sent once', async () => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('order'));
        controller.close();
      },
    });
    const init = { method: 'PUT', body, duplex: 'half' } as RequestInit;
    const { clock, fetch, asked } = placesOf({ [EU]: 503, [US]: 200 });
    expect((await clock.run(fetch(API, init))).status).toBe(503);
    expect(asked()).toHaveLength(1);
  });
});

describe('where all fail the caller gets', () => {
  const ownKey = { headers: { authorization: 'own' } };
  test.each<[string, object | number, object | number, number | string]>([
    ['a used-up quota before a 503', 402, 503, 402],
    [
      'a used-up quota before a throttle',
      { status: 429, headers: { 'retry-after': '9' } },
      402,
      402,
    ],
    ['a revoked key before a 503', 503, 401, 401],
    ['a throttle before a 503', 429, 503, 429],
    ['a 503 before a lost connection', lost, 503, 503],
    ['the latest of two alike', 502, 503, 503],
  ])('%s', async (_name, eu, us, status) => {
    const list = [
      { url: EU, ...ownKey },
      { url: US, ...ownKey },
    ];
    const { clock, fetch } = placesOf({ [EU]: eu as never, [US]: us as never }, { list });
    expect((await clock.run(fetch(API))).status).toBe(status);
  });
});

describe('an endpoint', () => {
  test('is stayed with while it works', async () => {
    const { clock, fetch, asked } = placesOf({ [EU]: 200, [US]: 200 });
    for (let call = 0; call < 20; call += 1) await clock.run(fetch(API));
    expect(new Set(asked())).toEqual(new Set([API]));
  });

  test('that fails now and then keeps its place', async () => {
    let calls = 0;
    const { clock, fetch, asked } = placesOf({
      [EU]: () => ((calls += 1) % 3 === 0 ? 200 : 503),
      [US]: 200,
    });
    for (let call = 0; call < 30; call += 1) {
      expect((await clock.run(fetch(API))).status).toBe(200);
    }
    expect(asked().filter((url) => url === API)).toHaveLength(30);
  });

  test('that fails three times in a row is passed over, and has its place back once it works', async () => {
    const { clock, fetch, asked, events, answer } = placesOf({ [EU]: 503, [US]: 200 });
    for (let call = 0; call < 10; call += 1) await clock.run(fetch(API));
    expect(asked().filter((url) => url === API)).toHaveLength(3);
    answer[EU] = 200;
    await clock.advance(500);
    for (let call = 0; call < 10; call += 1) await clock.run(fetch(API));
    expect(asked().slice(13)).toEqual(Array(10).fill(API));
    expect(events.filter(({ type }) => type !== 'failed-over')).toMatchObject([
      { type: 'endpoint-out', key: EU, outMs: 500, classification: { status: 503 } },
      { type: 'endpoint-back', key: EU },
    ]);
  });

  test('is tried by one call in forty at most, and at distances that grow to probeEveryMs', async () => {
    const { clock, fetch, upstream } = placesOf({ [EU]: 503, [US]: 200 });
    for (let call = 0; call < 3_000; call += 1) {
      await clock.run(fetch(API));
      await clock.advance(10);
    }
    const tried = upstream.calls.filter(({ url }) => url === API).map(({ at }) => at);
    const distances = tried.slice(3).map((at, index) => at - tried[index + 2]!);
    expect(distances.slice(0, 3)).toEqual([500, 1_000, 2_000]);
    expect(Math.min(...distances.slice(2))).toBe(2_000);
    expect(upstream.calls.length - 3_000).toBeLessThan(25);
  });

  test('is tried by one call at a time', async () => {
    const places = placesOf({ [EU]: 503, [US]: 200 });
    const { clock, fetch, answer } = places;
    for (let call = 0; call < 3; call += 1) await clock.run(fetch(API));
    answer[EU] = { status: 200, delayMs: 50 };
    await clock.advance(5_000);
    expect(await triesOfNine(places)).toBe(1);
  });

  test('is tried by one call in forty where there are few calls, or each forty seconds', async () => {
    const tries = async (everyMs: number): Promise<number> => {
      const { clock, fetch, asked } = placesOf({ [EU]: 503, [US]: 200 });
      for (let call = 0; call < 400; call += 1) {
        await clock.run(fetch(API));
        await clock.advance(everyMs);
      }
      return asked().filter((url) => url === API).length - 3;
    };
    expect(await tries(100)).toBe(10);
    expect(await tries(4_000)).toBe(40);
  });

  test('is tried by one call at a time after a throttle', async () => {
    const wait = { status: 429, headers: { 'retry-after': '1' } };
    const places = placesOf({ [EU]: wait, [US]: 200 });
    const { clock, fetch } = places;
    await clock.run(fetch(API));
    await clock.advance(1_000);
    expect(await triesOfNine(places)).toBe(1);
  });

  test('is tried by a POST only when others have had the time to', async () => {
    const { clock, fetch, asked } = placesOf({ [EU]: 503, [US]: 200 });
    for (let call = 0; call < 3; call += 1) await clock.run(fetch(API));
    const before = asked().length;
    await clock.advance(500);
    const post = { method: 'POST', body: 'order' };
    expect((await clock.run(fetch(API, post))).status).toBe(200);
    await clock.advance(500);
    expect((await clock.run(fetch(API, post))).status).toBe(503);
    expect(asked().slice(before)).toEqual([`${US}/things`, API]);
  });

  test('that throttles is left alone for as long as it says', async () => {
    const { clock, fetch, asked, answer } = placesOf({
      [EU]: { status: 429, headers: { 'retry-after': '20' } },
      [US]: 200,
    });
    await clock.run(fetch(API));
    answer[EU] = 200;
    await clock.advance(19_999);
    await clock.run(fetch(API));
    await clock.advance(1);
    await clock.run(fetch(API));
    expect(asked()).toEqual([API, `${US}/things`, `${US}/things`, API]);
  });

  test('that throttles and does not say for how long comes back at doubling distances', async () => {
    const { clock, fetch, upstream } = placesOf({ [EU]: 429, [US]: 200 });
    for (let call = 0; call < 400; call += 1) {
      await clock.run(fetch(API));
      await clock.advance(250);
    }
    const tried = upstream.calls.filter(({ url }) => url === API).map(({ at }) => at);
    expect(tried).toEqual([0, 1_000, 3_000, 7_000, 15_000, 31_000, 61_000, 91_000]);
  });

  test('that throttles one caller is left alone by that caller', async () => {
    const { clock, fetch, asked } = placesOf({
      [EU]: ({ headers }) => (headers.get('authorization') === 'a' ? 429 : 200),
      [US]: 200,
    });
    const as = (authorization: string) => clock.run(fetch(API, { headers: { authorization } }));
    for (const caller of ['a', 'a', 'b', 'b', 'a']) await as(caller);
    const us = `${US}/things`;
    expect(asked()).toEqual([API, us, us, API, API, us]);
  });

  test('is tried by another call where the one that tries it hangs', async () => {
    const { clock, fetch, asked, answer } = placesOf({ [EU]: 503, [US]: 200 });
    for (let call = 0; call < 3; call += 1) await clock.run(fetch(API));
    answer[EU] = 'hangs';
    await clock.advance(5_000);
    const hanging = new AbortController();
    const settled = Promise.allSettled([fetch(API, { signal: hanging.signal })]);
    await clock.settle();
    answer[EU] = 200;
    const before = asked().length;
    for (let second = 0; second < 60; second += 1) {
      await clock.run(fetch(API));
      await clock.advance(1_000);
    }
    expect(
      asked()
        .slice(before)
        .filter((url) => url === API).length,
    ).toBeGreaterThan(10);
    hanging.abort();
    await settled;
  });

  test('is not left for calls that ran out of time in a line of ours', async () => {
    const clock = virtualClock();
    const { fetch, upstream, policy } = placesOf(
      { [EU]: { status: 200, delayMs: 90 }, [US]: 200 },
      {
        clock,
        outside: [timeout({ timeoutMs: 100, clock })],
        inside: [concurrencyLimit({ maxConcurrent: 1, clock })],
        list: [{ url: EU }],
      },
    );
    const settled = await clock.run(Promise.allSettled([1, 2, 3, 4, 5, 6].map(() => fetch(API))));
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    // One was sent, and cut off after 10 ms: a single failure.
    expect(upstream.calls).toHaveLength(2);
    expect(controlOf(policy).state(EU).pauses).toEqual([]);
  });

  test('whose key is revoked is left alone for outMs', async () => {
    const list = [{ url: EU, headers: { authorization: 'own' } }, { url: US }];
    const { clock, fetch, asked, events } = placesOf({ [EU]: 401, [US]: 200 }, { list });
    for (let call = 0; call < 5; call += 1) await clock.run(fetch(API));
    expect(asked().filter((url) => url === API)).toHaveLength(1);
    expect(events[0]).toMatchObject({ type: 'endpoint-out', key: EU, outMs: 300_000 });
    await clock.advance(300_000);
    await clock.run(fetch(API));
    expect(asked().filter((url) => url === API)).toHaveLength(2);
  });

  test('is not left for what the words of a message say', async () => {
    const prose = {
      status: 400,
      json: { message: 'temporarily overloaded, please try again later' },
    };
    const { clock, fetch, asked } = placesOf({ [EU]: prose, [US]: 200 });
    for (let call = 0; call < 4; call += 1) await clock.run(fetch(API));
    expect(asked().filter((url) => url === API)).toHaveLength(4);
  });
});

describe('in an outage of all', () => {
  test('each call is one request, and they are tried in turn', async () => {
    const { clock, fetch, upstream } = placesOf({ [EU]: 503, [US]: 503 });
    for (let call = 0; call < 10; call += 1) await clock.run(fetch(API));
    const before = upstream.calls.length;
    for (let call = 0; call < 500; call += 1) {
      await clock.run(fetch(API));
      await clock.advance(10);
    }
    expect(upstream.calls.length - before).toBeLessThan(520);
  });

  test('of which all say to stay away nothing is sent, and the caller knows until when', async () => {
    const wait = (seconds: string) => ({ status: 429, headers: { 'retry-after': seconds } });
    const { clock, fetch, asked, events } = placesOf({ [EU]: wait('30'), [US]: wait('20') });
    await clock.run(fetch(API));
    await clock.advance(5_000);
    await expect(clock.run(fetch(API))).rejects.toMatchObject({
      kind: 'rate-limited',
      retryAfterMs: 15_000,
    });
    expect(asked()).toHaveLength(2);
    expect(events.at(-1)).toMatchObject({
      type: 'refused',
      by: 'endpoints',
      retryAfterMs: 15_000,
      causedBy: { status: 429 },
    });
  });
});

describe('the address', () => {
  test.each([
    ['https://eu.example.com/v1/chat?x=1', 'https://gateway.example.net/openai/v1/chat?x=1'],
    ['https://eu.example.com/v1', 'https://gateway.example.net/openai/v1'],
    ['https://eu.example.com/v1?x=1', 'https://gateway.example.net/openai/v1?x=1'],
  ])('%s is %s elsewhere', async (asked, moved) => {
    const list = [
      { url: 'https://eu.example.com/v1/' },
      { url: 'https://gateway.example.net/openai/v1' },
    ];
    const steps = { [EU]: 503, 'https://gateway.example.net': 200 };
    const { clock, fetch, upstream } = placesOf(steps, { list });
    await clock.run(fetch(asked));
    expect(upstream.calls.map(({ url }) => url)).toEqual([asked, moved]);
  });

  test.each([
    'https://login.example.com/token',
    'https://eu.example.com/v10/things',
    'http://eu.example.com/v1/things',
  ])('that is none of the endpoints’ stays as it is: %s', async (address) => {
    const upstream = scriptedFetch([200]);
    const policy = endpoints([{ url: `${EU}/v1`, headers: { authorization: 'own' } }]);
    await asMiddleware(policy)(upstream)(address);
    expect(upstream.calls.map(({ url, headers }) => [url, headers.get('authorization')])).toEqual([
      [address, null],
    ]);
  });

  test('may be a further base that the caller writes', async () => {
    const upstream = scriptedFetch([200]);
    const policy = endpoints([{ url: `${EU}/v1` }], { base: 'https://api.example.com' });
    await asMiddleware(policy)(upstream)('https://api.example.com/things');
    expect(upstream.calls[0]!.url).toBe(`${EU}/v1/things`);
  });

  test('and the headers are the hook’s to rewrite', async () => {
    const { clock, fetch, upstream } = placesOf(
      { [EU]: 503, [US]: 200 },
      {
        list: [
          { url: EU },
          {
            url: US,
            rewrite({ url, headers }) {
              url.searchParams.set('api-version', '1');
              headers.set('x-place', 'us');
            },
          },
        ],
      },
    );
    await clock.run(fetch(`${API}?a=1`, { headers: { accept: 'text/plain' } }));
    const { url, headers } = upstream.calls[1]!;
    expect([url, headers.get('x-place'), headers.get('accept')]).toEqual([
      `${US}/things?a=1&api-version=1`,
      'us',
      'text/plain',
    ]);
  });
});

describe('a hook or a budget that throws', () => {
  test.each<[string, EndpointsOptions, object]>([
    [
      'a budget',
      {
        budget: {
          spend() {
            throw new Error('my own');
          },
        },
      },
      {},
    ],
    [
      'a hook',
      {},
      {
        rewrite() {
          throw new Error('my own');
        },
      },
    ],
  ])('ends the call with its error, and leaves nothing behind: %s', async (_name, options, own) => {
    const clock = virtualClock();
    const { fetch } = placesOf(
      { [EU]: 503, [US]: 200 },
      {
        clock,
        options,
        list: [{ url: EU }, { url: US, ...own }],
        outside: [timeout({ timeoutMs: 100, clock }), retry({ clock })],
      },
    );
    await expect(clock.run(fetch(API))).rejects.toThrow('my own');
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('the request elsewhere', () => {
  test('is a Request’s own: method, headers, body byte for byte', async () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, index) => index);
    const request = new Request(API, { method: 'PUT', headers: { 'x-a': '1' }, body: bytes });
    const { clock, fetch, upstream } = placesOf({ [EU]: 503, [US]: 200 });
    await clock.run(fetch(request));
    const { url, method, headers, body } = upstream.calls[1]!;
    expect([url, method, headers.get('x-a')]).toEqual([`${US}/things`, 'PUT', '1']);
    expect(body).toEqual(bytes);
  });

  test('at the address that was asked for is untouched', async () => {
    const given: unknown[][] = [];
    const fetch = asMiddleware(endpoints([{ url: EU }]))(async (...request) => {
      given.push(request);
      return new Response();
    });
    const init = { headers: { a: '1' } };
    await fetch(API, init);
    expect(given[0]![0]).toBe(API);
    expect(given[0]![1]).toBe(init);
  });

  test('carries the caller’s credentials, unless the endpoint has its own', async () => {
    const list = [{ url: EU }, { url: US }, { url: ASIA, headers: { 'api-key': 'own' } }];
    const { clock, fetch, upstream } = placesOf({ [EU]: 503, [US]: 503, [ASIA]: 200 }, { list });
    const headers = {
      authorization: 'caller',
      cookie: 'caller',
      'x-api-key': 'caller',
      host: 'eu',
    };
    await clock.run(fetch(API, { headers }));
    const seen = upstream.calls.map(({ headers: sent }) =>
      ['authorization', 'cookie', 'x-api-key', 'api-key', 'host'].map((name) => sent.get(name)),
    );
    expect(seen).toEqual([
      ['caller', 'caller', 'caller', null, 'eu'],
      ['caller', 'caller', 'caller', null, null],
      [null, null, null, 'own', null],
    ]);
  });
});

describe('the weight', () => {
  test('shares calls among endpoints of one priority', async () => {
    let seed = 1;
    const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    const list = [
      { url: EU, priority: 1, weight: 3 },
      { url: US, priority: 1, weight: 1 },
      { url: ASIA },
    ];
    const { clock, fetch, asked } = placesOf(
      { [EU]: 200, [US]: 200, [ASIA]: 200 },
      { list, options: { random } },
    );
    for (let call = 0; call < 1_000; call += 1) await clock.run(fetch(API));
    const share = asked().filter((url) => url === API).length / 1_000;
    expect(share).toBeGreaterThan(0.7);
    expect(share).toBeLessThan(0.8);
    expect(asked()).not.toContain(`${ASIA}/things`);
  });
});

describe('the policies inside', () => {
  test('treat each endpoint apart: circuits', async () => {
    const clock = virtualClock();
    const breaker = circuitBreaker({ clock, mode: 'classic', consecutiveFailures: 2 });
    const { fetch, asked } = placesOf(
      { [EU]: refused as never, [US]: 200 },
      { clock, inside: [breaker] },
    );
    for (let call = 0; call < 5; call += 1) await clock.run(fetch(API));
    expect([breaker.state(EU), breaker.state(US)]).toEqual(['open', 'closed']);
    expect(asked().filter((url) => url === API)).toHaveLength(2);
  });

  test('treat each endpoint apart: limits', async () => {
    const clock = virtualClock();
    const limit = tokenBucket({ ratePerSecond: 1, burst: 1, clock });
    const list = [
      { url: EU, priority: 1 },
      { url: US, priority: 1 },
    ];
    let draw = 0;
    const { fetch, upstream } = placesOf(
      { [EU]: 200, [US]: 200 },
      {
        clock,
        list,
        inside: [limit],
        options: { random: () => ((draw += 1) % 4 < 2 ? 0.9 : 0.1) },
      },
    );
    await clock.run(Promise.all([fetch(API), fetch(API), fetch(API), fetch(API)]));
    const starts = upstream.calls.map(({ url, at }) => [new URL(url).origin, at]);
    expect(starts.filter(([, at]) => at === 0)).toHaveLength(2);
  });

  test('hold nothing against an endpoint where the body of the request broke off', async () => {
    const { fetch, asked, policy } = placesOf({ [EU]: 200, [US]: 200 });
    for (let call = 0; call < 4; call += 1) {
      const body = new Readable({ read() {} });
      body.on('error', () => {});
      body.destroy(new Error('the source has gone'));
      await new Promise((resolve) => setImmediate(resolve));
      const init = { method: 'PUT', body, duplex: 'half' } as never;
      await expect(fetch(API, init)).rejects.toThrow('fetch failed');
    }
    expect(asked()).toEqual([]);
    expect(controlOf(policy).state(EU).pauses).toEqual([]);
  });

  test('read the answer of an endpoint by its own address: a refused connection there is its own', async () => {
    const far = (host: string) =>
      Object.assign(new TypeError('fetch failed'), {
        cause: Object.assign(new Error('refused'), {
          code: 'ECONNREFUSED',
          hostname: host,
          syscall: 'connect',
        }),
      });
    const { clock, fetch, asked } = placesOf({
      [EU]: far('eu.example.com') as never,
      [US]: far('us.example.com') as never,
      [ASIA]: 200,
    });
    expect((await clock.run(fetch(API, { method: 'POST', body: 'x' }))).status).toBe(200);
    expect(asked()).toHaveLength(3);
  });
});

describe('endpoints', () => {
  test('are asked anew by a retry outside', async () => {
    const clock = virtualClock();
    let calls = 0;
    const { fetch, asked } = placesOf(
      { [EU]: () => ((calls += 1) < 2 ? 503 : 200), [US]: 503 },
      { clock, outside: [retry({ clock })] },
    );
    expect((await clock.run(fetch(API))).status).toBe(200);
    expect(asked()).toEqual([API, `${US}/things`, API]);
  });

  test('stand in the report, attempt by attempt', async () => {
    const { clock, fetch } = placesOf({ [EU]: 503, [US]: 200 });
    const response = await clock.run(fetch(API));
    expect(reportOf(response)).toMatchObject({
      key: EU,
      attempts: [
        { number: 1, endpoint: EU, classification: { status: 503 } },
        { number: 2, endpoint: US, classification: { category: 'success' } },
      ],
    });
    expect(orThrow(response)).toBe(response);
  });

  test('are shown by controlOf with who is out and why, and can be lifted', async () => {
    const { clock, fetch, asked, policy } = placesOf({
      [EU]: { status: 429, headers: { 'retry-after': '20' } },
      [US]: 200,
    });
    await clock.run(fetch(API));
    const control = controlOf(policy);
    expect(control.keys()).toEqual([EU, US]);
    expect(control.state(EU).pauses).toMatchObject([{ leftMs: 20_000, because: { status: 429 } }]);
    expect(control.state(US).pauses).toEqual([]);
    control.resume(EU);
    expect(control.state(EU).pauses).toEqual([]);
    await clock.run(fetch(API));
    expect(asked().at(-2)).toBe(API);
  });

  test('in front of which a fallback stands are stood in for', async () => {
    const { clock, fetch } = placesOf(
      { [EU]: 503, [US]: 503 },
      { outside: [fallback({ answer: () => new Response('instead') })] },
    );
    expect(await (await clock.run(fetch(API))).text()).toBe('instead');
  });

  test('need a fetch around them', async () => {
    const policy = pipeline(retry(), endpoints([{ url: EU }]));
    await expect(policy.execute(async () => 1)).rejects.toThrow(
      'endpoints must be inside a wrapped fetch (resilientFetch, asMiddleware)',
    );
  });

  test.each<[unknown, EndpointsOptions | undefined, RegExp]>([
    [[], undefined, /endpoints must be a list of at least one endpoint, but it is an array/],
    [{ url: EU }, undefined, /endpoints must be a list of at least one endpoint/],
    [
      [{}],
      undefined,
      /endpoints\[0\].url must be an http\(s\) URL without user, query and fragment/,
    ],
    [[{ url: 'eu' }], undefined, /endpoints\[0\].url must be an http/],
    [[{ url: `${EU}/?a=1` }], undefined, /endpoints\[0\].url must be/],
    [
      [{ url: EU }, { url: US, weight: 0 }],
      undefined,
      /endpoints\[1\].weight must be a finite number above 0/,
    ],
    [[{ url: EU, headers: 'a' }], undefined, /endpoints\[0\].headers must be an object of headers/],
    [
      [
        { url: EU, name: 'a' },
        { url: US, name: 'a' },
      ],
      undefined,
      /endpoints\[1\].name must be a name that no other/,
    ],
    [[{ url: EU, key: 'a' }], undefined, /endpoints\[0\].key must be left out/],
    [[{ url: EU }], { maxFailovers: -1 }, /endpoints.maxFailovers must be a whole number/],
    [[{ url: EU }], { budget: {} as never }, /endpoints.budget must be an object with spend\(\)/],
  ])('refuses %j %j', (list, options, message) => {
    expect(() => endpoints(list as never, options)).toThrow(OptionError);
    expect(() => endpoints(list as never, options)).toThrow(message);
  });

  test('of one origin have a key each', async () => {
    const list = ['a', 'b', 'c'].map((key) => ({ url: EU, headers: { 'x-api-key': key } }));
    const { policy } = placesOf({ [EU]: 200 }, { list });
    expect(controlOf(policy).keys()).toEqual([EU, `${EU} #2`, `${EU} #3`]);
  });

  test('in resilientFetch stand between the retry and the limits', async () => {
    const clock = virtualClock();
    const upstream = scriptedFetch([503, repeat(200)], { clock });
    const policy = endpoints([{ url: EU }, { url: US }], { clock });
    const fetch = resilientFetch(upstream, { clock, endpoints: policy });
    expect((await clock.run(fetch(API))).status).toBe(200);
    expect(upstream.calls.map(({ url }) => url)).toEqual([API, `${US}/things`]);
  });
});
