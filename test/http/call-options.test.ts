import { describe, expect, test } from '@jest/globals';
import {
  OptionError,
  asMiddleware,
  circuitBreaker,
  pipeline,
  resilientFetch,
  retry,
  tokenBucket,
  type Fetch,
  type FetchCallOptions,
  type ResilientFetchOptions,
} from '../../src/index.ts';
import { repeat, scriptedFetch, virtualClock } from '../../src/testing.ts';

const API = 'https://api.example.com/things';
const OTHER = 'https://other.example.com/things';

describe('options by call', () => {
  const attemptsWith = async (holdfast: FetchCallOptions, options: ResilientFetchOptions = {}) => {
    const clock = virtualClock();
    const upstream = scriptedFetch([repeat(503)], { clock });
    await clock.run(resilientFetch(upstream, { clock, ...options })(API, { holdfast }));
    return upstream.calls.length;
  };

  test('maxRetries is for this call', async () => {
    expect(await attemptsWith({})).toBe(4);
    expect(await attemptsWith({ maxRetries: 0 })).toBe(1);
    expect(await attemptsWith({ maxRetries: 1 })).toBe(2);
    expect(await attemptsWith({ maxRetries: 1 }, { retry: false })).toBe(2);
    expect(await attemptsWith({ maxRetries: 2 }, { retry: { baseDelayMs: 1 } })).toBe(3);
  });

  test('totalTimeoutMs is for this call, and false takes the bound away', async () => {
    const clock = virtualClock();
    const upstream = scriptedFetch([repeat('hangs')], { clock });
    const fetch = resilientFetch(upstream, { clock, attemptTimeoutMs: false, retry: false });
    const end = fetch(API, { holdfast: { totalTimeoutMs: 70 } }).catch((error: Error) => error);
    expect(await clock.run(end)).toMatchObject({ kind: 'timeout', timeoutMs: 70 });
    expect(clock.now()).toBe(70);
    const caller = new AbortController();
    const unbounded = fetch(API, { signal: caller.signal, holdfast: { totalTimeoutMs: false } });
    unbounded.catch(() => {});
    await clock.advance(10 * 900_000);
    caller.abort(new Error('enough'));
    await expect(unbounded).rejects.toThrow('enough');
  });

  test('key and priority are for this call', async () => {
    const clock = virtualClock();
    const upstream = scriptedFetch([repeat(200)], { clock });
    const rateLimit = { ratePerSecond: 1, burst: 1 };
    const fetch = resilientFetch(upstream, { clock, rateLimit });
    const calls = [
      fetch(`${API}/1`),
      fetch(`${API}/2`, { holdfast: { priority: -5 } }),
      fetch(`${API}/3`),
      fetch(`${API}/4`, { holdfast: { priority: 5 } }),
      fetch(`${API}/5`, { holdfast: { key: 'of its own' } }),
    ];
    await clock.run(Promise.all(calls));
    expect(upstream.calls.map(({ url, at }) => [url.at(-1), at])).toEqual([
      ['1', 0],
      ['5', 0],
      ['4', 1000],
      ['3', 2000],
      ['2', 3000],
    ]);
  });

  test.each([{}, { retry: { baseDelayMs: 1 } }, { retry: false as const }])(
    'calls with a maxRetries of their own share one retry budget, with the options %j',
    async (options) => {
      const clock = virtualClock();
      const upstream = scriptedFetch([repeat(503)], { clock });
      const fetch = resilientFetch(upstream, { clock, circuitBreaker: false, ...options });
      for (const maxRetries of [1, 2, 3, 2, 1]) {
        await clock.run(fetch(API, { holdfast: { maxRetries } }));
      }
      // Five first tries, and the five repetitions that the reserve pays for: 1, 2, and 2 of 3.
      expect(upstream.calls).toHaveLength(10);
    },
  );

  test('a call that asks for more retries than the reserve holds gets them', async () => {
    const asked = { maxRetries: 10 };
    const alone = { circuitBreaker: false } as const;
    expect(await attemptsWith(asked, alone)).toBe(11);
    expect(await attemptsWith(asked, { ...alone, retry: { maxRetries: 1 } })).toBe(11);
    const small = { budget: { reserveTokens: 2 } };
    expect(await attemptsWith(asked, { ...alone, retry: small })).toBe(3);
  });

  test('a circuit that opens meanwhile ends its retries', async () => {
    const regular = { jitter: 'none', maxDelayMs: 250 } as const;
    expect(await attemptsWith({ maxRetries: 10 }, { retry: regular })).toBe(8);
  });

  test('calls with options of their own share bucket and circuit with the others', async () => {
    const clock = virtualClock();
    const breaker = circuitBreaker({ clock });
    const upstream = scriptedFetch([repeat(200)], { clock });
    const rateLimit = { ratePerSecond: 1, burst: 2 };
    const fetch = resilientFetch(upstream, { clock, rateLimit, circuitBreaker: breaker });
    const calls = [1, 2, 3, 4].map((maxRetries) => fetch(API, { holdfast: { maxRetries } }));
    await clock.run(Promise.all(calls));
    expect(upstream.calls.map(({ at }) => at)).toEqual([0, 0, 1000, 2000]);
    breaker.forceOpen('https://api.example.com');
    const refused = fetch(API, { holdfast: { totalTimeoutMs: 5000 } });
    await expect(clock.run(refused)).rejects.toMatchObject({ kind: 'circuit-open' });
  });

  test.each<[string, string | URL | Request]>([
    ['an address', API],
    ['a local address, which no policy sees', 'data:,local'],
    ['a Request', new Request(API)],
  ])('never reach the fetch inside: %s', async (_what, input) => {
    const given: (RequestInit | undefined)[] = [];
    const bare: Fetch = async (_input, init) => {
      given.push(init);
      return new Response();
    };
    const init = { method: 'GET', cf: { cacheTtl: 5 }, holdfast: { priority: 1 } };
    await resilientFetch(bare)(input, init);
    await resilientFetch(bare)(input, { ...init, holdfast: undefined });
    await asMiddleware(retry())(bare)(input, init);
    for (const one of given) {
      expect(one).not.toHaveProperty('holdfast');
      expect(one).toMatchObject({ method: 'GET', cf: { cacheTtl: 5 } });
    }
    expect(given).toHaveLength(3);
    expect(init).toHaveProperty('holdfast');
  });

  test.each<[string, unknown, string]>([
    [
      'an unknown one',
      { retries: 3 },
      'fetch.holdfast.retries must be left out: the options here are totalTimeoutMs, maxRetries, priority, weight, key',
    ],
    ['a negative count', { maxRetries: -1 }, 'fetch.holdfast.maxRetries must be a whole number'],
    ['no time', { totalTimeoutMs: 0 }, 'fetch.holdfast.totalTimeoutMs must be a finite number'],
    ['a priority that is none', { priority: 'high' }, 'fetch.holdfast.priority must be a finite'],
    ['a key that is none', { key: 5 }, 'fetch.holdfast.key must be a string, but it is 5'],
    ['no options', 5, 'fetch.holdfast must be an object of options, but it is 5'],
    ['null', null, 'fetch.holdfast must be an object of options, but it is null'],
  ])(
    'that are wrong reject the call, and nothing is sent: %s',
    async (_what, holdfast, message) => {
      const upstream = scriptedFetch([]);
      const call = resilientFetch(upstream)(API, { holdfast } as RequestInit);
      await expect(call).rejects.toThrow(OptionError);
      await expect(resilientFetch(upstream)(API, { holdfast } as RequestInit)).rejects.toThrow(
        message,
      );
      expect(upstream.calls).toHaveLength(0);
    },
  );

  test('a policy of one’s own takes key and priority, and says that it takes no more', async () => {
    const clock = virtualClock();
    const upstream = scriptedFetch([repeat(200)], { clock });
    const policy = pipeline(retry({ clock }), tokenBucket({ ratePerSecond: 1, burst: 1, clock }));
    const fetch = asMiddleware(policy)(upstream);
    const init = (holdfast: FetchCallOptions): RequestInit => ({ holdfast }) as RequestInit;
    await clock.run(Promise.all([fetch(API), fetch(API, init({ key: 'other' }))]));
    expect(upstream.calls.map(({ at }) => at)).toEqual([0, 0]);
    await expect(fetch(API, init({ maxRetries: 1 }))).rejects.toThrow(
      /fetch\.holdfast\.maxRetries must be left out: .*only resilientFetch/,
    );
  });
});

describe('options by key', () => {
  test('are laid over those of the whole, part by part', async () => {
    const clock = virtualClock();
    const upstream = scriptedFetch([repeat(503)], { clock });
    const fetch = resilientFetch(upstream, {
      clock,
      random: () => 0.5,
      retry: { maxRetries: 1, jitter: 'none', baseDelayMs: 100 },
      forKey: { 'https://other.example.com': { retry: { baseDelayMs: 7 } } },
    });
    await clock.run(Promise.all([fetch(API), fetch(OTHER)]));
    const at = (url: string) =>
      upstream.calls.filter((call) => call.url === url).map((call) => call.at);
    expect(at(API)).toEqual([0, 100]);
    expect(at(OTHER)).toEqual([0, 7]);
  });

  test('have a layer left out, another time, or a rate of its own', async () => {
    const clock = virtualClock();
    const upstream = scriptedFetch([repeat(200)], { clock });
    const fetch = resilientFetch(upstream, {
      clock,
      rateLimit: { ratePerSecond: 1, burst: 1 },
      forKey: {
        'https://other.example.com': { rateLimit: { ratePerSecond: 10 } },
        free: { rateLimit: false, retry: false },
      },
    });
    const holdfast = { key: 'free' };
    await clock.run(
      Promise.all([
        ...[1, 2, 3].map(() => fetch(OTHER)),
        ...[1, 2, 3].map(() => fetch(API, { holdfast })),
      ]),
    );
    expect(upstream.calls.filter(({ url }) => url === OTHER).map(({ at }) => at)).toEqual([
      0, 100, 200,
    ]);
    expect(upstream.calls.filter(({ url }) => url === API).map(({ at }) => at)).toEqual([0, 0, 0]);
  });

  test('leave what they do not name to the whole: one circuit for all that is not its own', async () => {
    const clock = virtualClock();
    const breaker = circuitBreaker({ clock });
    const fetch = resilientFetch(scriptedFetch([repeat(200)], { clock }), {
      clock,
      circuitBreaker: breaker,
      forKey: { 'https://api.example.com': { totalTimeoutMs: 5000 } },
    });
    breaker.forceOpen('https://api.example.com');
    await expect(clock.run(fetch(API))).rejects.toMatchObject({ kind: 'circuit-open' });
  });

  test('go together with options by call', async () => {
    const clock = virtualClock();
    const upstream = scriptedFetch([repeat(503)], { clock });
    const fetch = resilientFetch(upstream, {
      clock,
      forKey: { 'https://api.example.com': { retry: { jitter: 'none', baseDelayMs: 5 } } },
    });
    await clock.run(fetch(API, { holdfast: { maxRetries: 2 } }));
    expect(upstream.calls.map(({ at }) => at)).toEqual([0, 5, 15]);
  });

  test.each<[string, ResilientFetchOptions, string]>([
    [
      'a value that cannot work',
      { forKey: { 'https://a.example': { retry: { maxRetries: -1 } } } },
      'resilientFetch.forKey["https://a.example"].retry.maxRetries must be a whole number',
    ],
    [
      'an option that is not by key',
      { forKey: { a: { catalog: [] } as object } },
      'resilientFetch.forKey["a"].catalog must be left out',
    ],
    [
      'an origin with a path',
      { forKey: { 'https://a.example/': {} } },
      'resilientFetch.forKey["https://a.example/"] must be under the key of its calls, the origin \'https://a.example\'',
    ],
    [
      'no object',
      { forKey: 'all' as never },
      'resilientFetch.forKey must be an object of options by',
    ],
    [
      'nothing for a key',
      { forKey: { a: null as never } },
      'resilientFetch.forKey["a"] must be an',
    ],
  ])('that are wrong throw at construction: %s', (_what, options, message) => {
    expect(() => resilientFetch(undefined, options)).toThrow(OptionError);
    expect(() => resilientFetch(undefined, options)).toThrow(message);
  });
});

describe('options that contradict each other throw at construction', () => {
  test.each<[string, ResilientFetchOptions, string]>([
    [
      'an attempt that may take longer than its call',
      { attemptTimeoutMs: 5000, totalTimeoutMs: 1000 },
      'resilientFetch.attemptTimeoutMs must be at most totalTimeoutMs (1000 ms), in which all attempts have to end, but it is 5000',
    ],
    [
      'an attempt that may take longer than any call by default',
      { attemptTimeoutMs: 1_000_000 },
      'resilientFetch.attemptTimeoutMs must be at most totalTimeoutMs (900000 ms)',
    ],
    [
      'the same for a key',
      { totalTimeoutMs: 1000, forKey: { a: { attemptTimeoutMs: 2000 } } },
      'resilientFetch.forKey["a"].attemptTimeoutMs must be at most totalTimeoutMs (1000 ms)',
    ],
  ])('%s', (_what, options, message) => {
    expect(() => resilientFetch(undefined, options)).toThrow(message);
  });

  test.each<[string, ResilientFetchOptions]>([
    ['a total below the attempt timeout that nobody gave', { totalTimeoutMs: 1000 }],
    ['both the same', { attemptTimeoutMs: 1000, totalTimeoutMs: 1000 }],
    ['no total', { attemptTimeoutMs: 5_000_000, totalTimeoutMs: false }],
    [
      'a shorter total for a key',
      { attemptTimeoutMs: 5000, forKey: { a: { totalTimeoutMs: 1000 } } },
    ],
  ])('but not %s', (_what, options) => {
    expect(resilientFetch(undefined, options)).toBeInstanceOf(Function);
  });
});
