import { afterEach, describe, expect, test } from '@jest/globals';
import {
  CircuitOpenError,
  OptionError,
  RESILIENT_FETCH_DEFAULTS,
  RateLimitedError,
  TimeoutError,
  circuitBreaker,
  pipeline,
  resilientFetch,
  tokenBucket,
  type Fetch,
  type ResilienceEvent,
  type ResilientFetchOptions,
} from '../../src/index.ts';
import { ondemand } from '../../src/catalogs.ts';
import { resultFetch } from '../../src/result.ts';
import { networkError, repeat, scriptedFetch, virtualClock } from '../../src/testing.ts';

const API = 'https://api.example.com/things';
const ok: Fetch = async () => new Response();

describe('the fetch that is wrapped', () => {
  const platform = globalThis.fetch;
  afterEach(() => {
    globalThis.fetch = platform;
  });

  test('is the platform’s own where none is given, looked up at each call', async () => {
    const fetch = resilientFetch();
    expect([fetch.name, fetch.length]).toEqual(['fetch', 1]);
    const upstream = scriptedFetch([200, 201]);
    globalThis.fetch = upstream as typeof globalThis.fetch;
    expect((await fetch(API)).status).toBe(200);
    expect((await resilientFetch(undefined, { retry: false })(API)).status).toBe(201);
  });

  test('gets as many arguments as were given', async () => {
    const counts: number[] = [];
    const counting = async (...given: unknown[]): Promise<Response> => {
      counts.push(given.length);
      return new Response();
    };
    globalThis.fetch = counting as typeof globalThis.fetch;
    const wrapped = resilientFetch(undefined, { attemptTimeoutMs: false, totalTimeoutMs: false });
    await wrapped(API);
    await wrapped('data:,x');
    await (wrapped as unknown as () => Promise<Response>)();
    await resultFetch(wrapped)('data:,x');
    expect(counts).toEqual([1, 1, 0, 1]);
  });

  test('lends its name and its length', () => {
    const wrapped = resilientFetch(globalThis.fetch);
    expect([wrapped.name, wrapped.length]).toEqual(['fetch', 1]);
    expect(resilientFetch(scriptedFetch([])).name).toBe('scriptedFetch');
  });

  test('the wrapper may be called with any this', async () => {
    const { fetch } = { fetch: resilientFetch(ok) };
    expect((await fetch.call({ not: 'a window' } as never, API)).status).toBe(200);
    expect((await Reflect.apply(fetch, null, [API])).status).toBe(200);
  });
});

describe('the standard stack', () => {
  test('is total timeout, retry, token bucket, circuit breaker, attempt timeout, fetch', async () => {
    const clock = virtualClock();
    const upstream = scriptedFetch([repeat(503)], { clock });
    const events: ResilienceEvent[] = [];
    const fetch = resilientFetch(upstream, {
      clock,
      random: () => 0.5,
      retry: { maxRetries: 9, baseDelayMs: 10, maxDelayMs: 10 },
      rateLimit: { ratePerSecond: 1000, burst: 1 },
      circuitBreaker: { mode: 'classic', minimumCalls: 1, openMs: 60_000 },
      onEvent: (event) => void events.push(event),
    });
    // Only first tries are counted: the first opens it, and no attempt follows.
    expect((await clock.run(fetch(API))).status).toBe(503);
    await expect(clock.run(fetch(API))).rejects.toBeInstanceOf(CircuitOpenError);
    expect(upstream.calls).toHaveLength(1);
    expect(events.map(({ type }) => type)).toEqual([
      'attempt-ended',
      'circuit-changed',
      'gave-up',
      'queued',
      'refused',
      'gave-up',
    ]);
  });

  test('gives a refused call’s token back', async () => {
    const clock = virtualClock();
    const breaker = circuitBreaker({ clock });
    const fetch = resilientFetch(scriptedFetch([200, 200], { clock }), {
      clock,
      rateLimit: { ratePerSecond: 1, burst: 1, onEmpty: 'reject' },
      circuitBreaker: breaker,
    });
    breaker.forceOpen('https://api.example.com');
    for (let call = 0; call < 3; call += 1) {
      await expect(fetch(API)).rejects.toBeInstanceOf(CircuitOpenError);
    }
    breaker.close('https://api.example.com');
    expect((await fetch(API)).status).toBe(200);
    await expect(fetch(API)).rejects.toBeInstanceOf(RateLimitedError);
  });

  test.each<[string, ResilientFetchOptions, number]>([
    ['retry', { retry: false }, 1],
    ['rateLimit', { rateLimit: false }, 4],
    ['circuitBreaker', { circuitBreaker: false }, 4],
    ['attemptTimeoutMs', { attemptTimeoutMs: false }, 4],
    ['totalTimeoutMs', { totalTimeoutMs: false }, 4],
  ])('%s: false leaves that layer out', async (_name, options, attempts) => {
    const clock = virtualClock();
    const upstream = scriptedFetch([repeat(503)], { clock });
    const response = await clock.run(resilientFetch(upstream, { clock, ...options })(API));
    expect([response.status, upstream.calls.length]).toEqual([503, attempts]);
  });

  test('with every layer left out is the identity', async () => {
    const upstream = scriptedFetch([503]);
    const bare = resilientFetch(upstream, {
      retry: false,
      rateLimit: false,
      circuitBreaker: false,
      attemptTimeoutMs: false,
      totalTimeoutMs: false,
    });
    const controller = new AbortController();
    expect((await bare(API, { signal: controller.signal })).status).toBe(503);
    expect(upstream.calls[0]!.signal).toBe(controller.signal);
  });

  test('takes a limiter and a breaker that are shared with others', async () => {
    const clock = virtualClock();
    const rateLimit = tokenBucket({ ratePerSecond: 1, burst: 1, onEmpty: 'reject', clock });
    const options = { rateLimit, clock, key: 'shared' };
    const one = resilientFetch(scriptedFetch([200]), options);
    const other = resilientFetch(scriptedFetch([200]), options);
    expect((await one(API)).status).toBe(200);
    await expect(other(API)).rejects.toBeInstanceOf(RateLimitedError);
  });

  test('a part’s own options win over those of the whole, and undefined wins over nothing', async () => {
    const whole = virtualClock();
    const events: string[] = [];
    const fetch = resilientFetch(scriptedFetch([repeat(503)], { clock: whole }), {
      clock: whole,
      random: () => 0,
      onEvent: ({ type }) => void events.push(type),
      retry: { maxRetries: 1, clock: undefined, random: undefined, onEvent: undefined },
      rateLimit: { clock: undefined, onEvent: undefined },
      circuitBreaker: { clock: undefined, random: undefined, onEvent: undefined },
    });
    await whole.run(fetch(API));
    expect(events).toEqual(['attempt-ended', 'retry-scheduled', 'attempt-ended', 'gave-up']);
  });
});

describe('the time that a call may take', () => {
  test('no default cuts off an answer that takes as long as any that is documented', () => {
    expect(RESILIENT_FETCH_DEFAULTS.attemptTimeoutMs).toBeGreaterThan(2.5 * 60_000);
    expect(RESILIENT_FETCH_DEFAULTS.totalTimeoutMs).toBeGreaterThan(
      RESILIENT_FETCH_DEFAULTS.attemptTimeoutMs as number,
    );
  });

  test('a chat query of two and a half minutes succeeds', async () => {
    const clock = virtualClock();
    const upstream = scriptedFetch([{ delayMs: 150_000 }], { clock });
    expect((await clock.run(resilientFetch(upstream, { clock })(API))).status).toBe(200);
  });

  test('the attempt timeout ends its own attempt only, and the next one has all its time', async () => {
    const clock = virtualClock();
    const upstream = scriptedFetch(['hangs', { delayMs: 90 }], { clock });
    const fetch = resilientFetch(upstream, { clock, attemptTimeoutMs: 100, random: () => 0.5 });
    expect((await clock.run(fetch(API))).status).toBe(200);
    expect(upstream.calls.map(({ signal }) => signal!.aborted)).toEqual([true, false]);
  });

  test('the total deadline bounds everything, waits included', async () => {
    const clock = virtualClock();
    const upstream = scriptedFetch([repeat('hangs')], { clock });
    const fetch = resilientFetch(upstream, {
      clock,
      attemptTimeoutMs: 400,
      totalTimeoutMs: 1000,
      retry: { maxRetries: Infinity, jitter: 'none', baseDelayMs: 10, maxDelayMs: 10 },
    });
    const error = await clock.run(fetch(API).catch((thrown: unknown) => thrown));
    expect(error).toBeInstanceOf(TimeoutError);
    expect([clock.now(), upstream.calls.length, clock.pendingTimers]).toEqual([1000, 3, 0]);
  });

  test('nothing starts that could not end in time: the last response comes back early', async () => {
    const clock = virtualClock();
    const upstream = scriptedFetch([{ status: 503, headers: { 'retry-after': '30' } }], { clock });
    const response = await clock.run(
      resilientFetch(upstream, { clock, totalTimeoutMs: 9000 })(API),
    );
    expect([response.status, clock.now()]).toEqual([503, 0]);
  });

  test('nothing is left behind by a call that is over', async () => {
    const clock = virtualClock();
    const upstream = scriptedFetch([503, networkError('ECONNRESET'), 200], { clock });
    await clock.run(resilientFetch(upstream, { clock })(API));
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('what the server tells', () => {
  test('a throttle makes its own call wait for the hint, and nobody else', async () => {
    const clock = virtualClock();
    const throttled = { status: 429, headers: { 'retry-after': '5' } };
    const upstream = scriptedFetch([throttled, repeat(200)], { clock });
    const fetch = resilientFetch(upstream, { clock, random: () => 0 });
    const first = fetch(API);
    await clock.settle();
    const later = [fetch(API), fetch(API), fetch('https://other.example.com/')];
    await clock.run(Promise.all([first, ...later]));
    const onThisKey = upstream.calls.filter(({ url }) => url === API).map(({ at }) => at);
    expect(onThisKey[0]).toBe(0);
    expect(onThisKey).toHaveLength(4);
    expect(onThisKey.slice(1, 3)).toEqual([0, 0]);
    expect(onThisKey[3]).toBeGreaterThanOrEqual(5000);
    expect(upstream.calls.find(({ url }) => url !== API)!.at).toBe(0);
  });

  test('a catalog may allow a POST to be repeated, and the options have the last word', async () => {
    const attempts = async (options: ResilientFetchOptions): Promise<number> => {
      const clock = virtualClock();
      const upstream = scriptedFetch([502, 200], { clock });
      await clock.run(resilientFetch(upstream, { clock, ...options })(API, { method: 'POST' }));
      return upstream.calls.length;
    };
    expect(await attempts({})).toBe(1);
    expect(await attempts({ catalog: ondemand })).toBe(2);
    expect(await attempts({ retry: { unsafeMethods: 'retry' } })).toBe(2);
    expect(await attempts({ catalog: ondemand, retry: { unsafeMethods: 'never' } })).toBe(1);
    expect(
      await attempts({ catalog: ondemand, retry: { unsafeMethods: 'when-unprocessed' } }),
    ).toBe(1);
  });
});

describe('options that cannot work', () => {
  test.each<[string, unknown, string]>([
    ['an unknown option', { retries: 3 }, 'resilientFetch.retries must be left out'],
    ['a negative count', { retry: { maxRetries: -1 } }, 'retry.maxRetries must be a whole number'],
    ['a part that is no object', { retry: 3 }, 'resilientFetch.retry must be an object of retry'],
    ['true for a part', { rateLimit: true }, 'resilientFetch.rateLimit must be an object of token'],
    ['no rate', { rateLimit: { ratePerSecond: 0 } }, 'rateLimit.ratePerSecond must be'],
    ['no burst', { rateLimit: { ratePerSecond: 1, burst: NaN } }, 'rateLimit.burst must be'],
    ['an impossible ratio', { circuitBreaker: { failureRatio: 2 } }, 'circuitBreaker.failureRatio'],
    ['no time', { attemptTimeoutMs: 0 }, 'resilientFetch.attemptTimeoutMs must be'],
    ['time as text', { totalTimeoutMs: '5s' }, 'resilientFetch.totalTimeoutMs must be'],
    ['no clock', { clock: Date }, 'resilientFetch.clock must be an object with now()'],
    ['no observer', { onEvent: 'log' }, 'resilientFetch.onEvent must be a function'],
    ['no key', { key: 7 }, 'resilientFetch.key must be a string or a function, but it is 7'],
    ['no catalog', { catalog: 'ondemand' }, 'resilientFetch.catalog must be a catalog'],
    ['a list of no catalogs', { catalog: [ondemand, {}] }, 'resilientFetch.catalog must be'],
    ['no options', 'fast', 'resilientFetch must be an object of options, but it is "fast"'],
    ['null', null, 'resilientFetch must be an object of options, but it is null'],
  ])('%s throws at construction', (_what, options, message) => {
    const construct = () => resilientFetch(ok, options as ResilientFetchOptions);
    expect(construct).toThrow(OptionError);
    expect(construct).toThrow(message);
  });

  test.each([null, 5, 'fetch', {}, { fetch: ok }, Promise.resolve(ok)])(
    '%p for a fetch throws at construction',
    (fetch) => {
      expect(() => resilientFetch(fetch as unknown as Fetch)).toThrow(OptionError);
      expect(() => resilientFetch(fetch as unknown as Fetch)).toThrow(
        /^resilientFetch\.fetch must be a function, but it is/,
      );
    },
  );

  test('options are read once: what the caller changes later changes nothing', async () => {
    const clock = virtualClock();
    const retry = { maxRetries: 1 };
    const options = { clock, retry, key: 'mine' };
    const upstream = scriptedFetch([repeat(503)], { clock });
    const fetch = resilientFetch(upstream, options);
    retry.maxRetries = 9;
    options.key = 5 as never;
    await clock.run(fetch(API));
    expect(upstream.calls).toHaveLength(2);
    expect(Object.isFrozen(options)).toBe(false);
  });

  test('making a wrapped fetch starts nothing', () => {
    const before = process.getActiveResourcesInfo();
    resilientFetch();
    pipeline();
    expect(process.getActiveResourcesInfo()).toEqual(before);
  });
});

describe('what goes on when a call has settled', () => {
  test.each<[string, object]>([
    ['its total time', {}],
    ['its caller’s patience', { isAborted: true }],
  ])(
    'nothing, where %s ended while a failure was being read',
    async (_what, { isAborted = false }: { isAborted?: boolean }) => {
      const clock = virtualClock();
      const stalling = { status: 503, chunks: ['{', '}'], chunkDelayMs: 600_000 };
      const fetch = resilientFetch(scriptedFetch([stalling], { clock }), {
        clock,
        totalTimeoutMs: 500,
      });
      const caller = new AbortController();
      const call = fetch(API, { signal: caller.signal });
      call.catch(() => {});
      await clock.advance(400);
      if (isAborted) caller.abort(new Error('enough'));
      else await clock.advance(100);
      await expect(call).rejects.toThrow(isAborted ? 'enough' : '500 ms');
      await new Promise(setImmediate);
      expect(clock.pendingTimers).toBe(0);
    },
  );
});
