import { describe, expect, test } from '@jest/globals';
import {
  OptionError,
  adaptiveLimit,
  coalesce,
  concurrencyLimit,
  controlOf,
  endpoints,
  fallback,
  lastGood,
  reportOf,
  resilientFetch,
  type ResilienceEvent,
  type ResilientFetchOptions,
} from '../../src/index.ts';
import { resilientFetch as lite } from '../../src/lite.ts';
import { repeat, scriptedFetch, virtualClock, type ScriptedStep } from '../../src/testing.ts';

const API = 'https://api.example.com/things';
const SPARE = 'https://spare.example.com';

function fetchWith(steps: readonly ScriptedStep[], options: ResilientFetchOptions) {
  const clock = virtualClock();
  const upstream = scriptedFetch(steps, { clock });
  const fetch = resilientFetch(upstream, { clock, random: () => 0.5, ...options });
  return { clock, upstream, fetch };
}

describe('the ready-made layers of a wrapped fetch', () => {
  test('a fallback stands outside the total timeout, also for one key and for one call', async () => {
    for (const more of [
      {},
      { forKey: { 'https://api.example.com': { retry: { maxRetries: 1 } } } },
    ]) {
      const { clock, fetch } = fetchWith([repeat('hangs')], {
        totalTimeoutMs: 1_000,
        fallback: fallback({ answer: () => new Response('instead') }),
        ...more,
      });
      for (const init of [undefined, { holdfast: { totalTimeoutMs: 500, maxRetries: 0 } }]) {
        const response = await clock.run(fetch(API, init));
        expect(await response.text()).toBe('instead');
        expect(reportOf(response)?.answeredBy).toBe('fallback');
      }
      expect(clock.now()).toBe(1_500);
    }
  });

  test('endpoints stand inside the retry: a further attempt asks them anew', async () => {
    const { clock, upstream, fetch } = fetchWith([503, 503, repeat(200)], {
      endpoints: endpoints([{ url: 'https://api.example.com' }, { url: SPARE }]),
    });
    const response = await clock.run(fetch(API));
    expect(upstream.calls.map(({ url }) => new URL(url).hostname)).toEqual([
      'api.example.com',
      'spare.example.com',
      'api.example.com',
    ]);
    expect(response.status).toBe(200);
  });

  test('endpoints stand outside limit and circuit breaker: each has its own', async () => {
    const { clock, fetch } = fetchWith([repeat(200)], {
      rateLimit: { ratePerSecond: 1 },
      endpoints: endpoints([{ url: SPARE }], { base: 'https://api.example.com' }),
    });
    await clock.run(fetch(API));
    expect(controlOf(fetch).keys()).toEqual(expect.arrayContaining([SPARE]));
    expect(controlOf(fetch).state('https://api.example.com').circuit?.state).toBe('closed');
  });

  test('coalesce stands outside everything: a thousand calls are retried, fail over and are stood in for as one', async () => {
    const events: ResilienceEvent[] = [];
    const onEvent = (event: ResilienceEvent) => void events.push(event);
    const { clock, upstream, fetch } = fetchWith([repeat(503)], {
      retry: { maxRetries: 1 },
      coalesce: coalesce(),
      fallback: fallback({ value: new Response('instead'), onEvent }),
      endpoints: endpoints([{ url: 'https://api.example.com' }, { url: SPARE }]),
    });
    const calls = Array.from({ length: 1_000 }, () => fetch(API));
    const responses = await clock.run(Promise.all(calls));
    const texts = await Promise.all(responses.map((response) => response.text()));
    expect(new Set(texts)).toEqual(new Set(['instead']));
    expect(upstream.calls).toHaveLength(4);
    expect(events.map(({ type }) => type).filter((type) => type !== 'attempt-ended')).toEqual([
      'fallback-used',
    ]);
    expect(controlOf(fetch).keys()).toContain(SPARE);
  });

  test('a last good response of one endpoint answers for all of them', async () => {
    const { clock, fetch } = fetchWith([{ status: 200, body: 'good' }, repeat(503)], {
      retry: false,
      fallback: fallback({ lastGood: lastGood() }),
      endpoints: endpoints([{ url: 'https://api.example.com' }, { url: SPARE }]),
    });
    await (await clock.run(fetch(API))).text();
    await clock.settle();
    expect(await (await clock.run(fetch(API))).text()).toBe('good');
  });

  test('are the same in holdfast/lite', async () => {
    const clock = virtualClock();
    const upstream = scriptedFetch([503, repeat(200)], { clock });
    const list = [{ url: 'https://api.example.com' }, { url: SPARE }];
    const fetch = lite(upstream, { clock, endpoints: endpoints(list, { clock }) });
    expect((await clock.run(fetch(API))).status).toBe(200);
    expect(upstream.calls.at(-1)!.url).toBe(`${SPARE}/things`);
  });

  test('concurrency stands inside the retry: no place is held during a backoff', async () => {
    const { clock, upstream, fetch } = fetchWith([503, repeat({ status: 200, delayMs: 100 })], {
      concurrency: concurrencyLimit({ maxConcurrent: 1 }),
    });
    const first = fetch(API);
    const second = fetch(API);
    await clock.run(Promise.all([first, second]));
    expect(upstream.calls).toHaveLength(3);
    expect(upstream.calls[1]!.at).toBe(upstream.calls[0]!.at);
  });

  test('concurrency stands inside the limit on starts: what waits for a token holds no place', async () => {
    const { clock, fetch } = fetchWith([repeat(200)], {
      rateLimit: { ratePerSecond: 1, burst: 1 },
      concurrency: concurrencyLimit({ maxConcurrent: 1 }),
    });
    const calls = Array.from({ length: 3 }, () => fetch(API));
    await clock.advance(10);
    expect(controlOf(fetch).state('https://api.example.com')).toMatchObject({
      waiting: 2,
      concurrency: { limit: 1, inFlight: 0, waiting: 0 },
    });
    await clock.run(Promise.all(calls));
  });

  test('concurrency stands outside the circuit breaker: what waits for a place is sent by the circuit as it is then', async () => {
    const { clock, upstream, fetch } = fetchWith([repeat({ status: 500, delayMs: 10 })], {
      retry: false,
      circuitBreaker: { mode: 'classic', consecutiveFailures: 3 },
      concurrency: concurrencyLimit({ maxConcurrent: 1 }),
    });
    const calls = Array.from({ length: 20 }, () => fetch(API).catch(() => {}));
    await clock.run(Promise.all(calls));
    expect(upstream.calls).toHaveLength(3);
  });

  test('a call of a wrapped fetch takes its place in line by its priority, in words too', async () => {
    const clock = virtualClock();
    const upstream = scriptedFetch([repeat({ status: 200, delayMs: 10 })], { clock });
    const fetch = resilientFetch(upstream, {
      clock,
      concurrency: concurrencyLimit({ maxConcurrent: adaptiveLimit({ ceiling: 1 }), clock }),
    });
    const priorities = ['normal', 'batch', undefined, 'critical', 5] as const;
    const calls = priorities.map((priority) =>
      fetch(`https://api.example.com/${priority}`, { holdfast: { priority } }),
    );
    await clock.run(Promise.all(calls));
    expect(upstream.calls.map(({ url }) => new URL(url).pathname)).toEqual([
      '/normal',
      '/critical',
      '/5',
      '/undefined',
      '/batch',
    ]);
    await expect(fetch(API, { holdfast: { priority: 'urgent' as never } })).rejects.toThrow(
      /fetch.holdfast.priority must be a finite number, 'critical', 'normal' or 'batch'/,
    );
  });

  test('may be left out by name', async () => {
    const { clock, fetch } = fetchWith([200], {
      coalesce: false,
      fallback: false,
      endpoints: false,
      concurrency: false,
    });
    expect((await clock.run(fetch(API))).status).toBe(200);
  });

  test.each<[object, RegExp]>([
    [{ coalesce: true }, /resilientFetch.coalesce must be a function, or false/],
    [{ fallback: {} }, /resilientFetch.fallback must be an object with execute\(\), or false/],
    [
      { concurrency: { maxConcurrent: 1 } },
      /resilientFetch.concurrency must be an object with execute\(\), or false/,
    ],
    [{ hedge: true }, /resilientFetch.hedge must be an object with execute\(\), or false/],
    [{ endpoints: [] }, /resilientFetch.endpoints must be an object with execute\(\), or false/],
  ])('refuses %j', (options, message) => {
    expect(() => resilientFetch(undefined, options)).toThrow(OptionError);
    expect(() => resilientFetch(undefined, options)).toThrow(message);
  });
});
