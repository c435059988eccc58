import { describe, expect, test } from '@jest/globals';
import {
  controlOf,
  endpoints,
  hedge,
  reportOf,
  resilientFetch,
  type HedgeOptions,
  type ResilientFetchOptions,
} from '../../src/index.ts';
import { resilientFetch as lite } from '../../src/lite.ts';
import { scriptedFetch, virtualClock, type ScriptedStep } from '../../src/testing.ts';

const API = 'https://api.example.com/things';
const SLOW = { status: 200, body: 'slow', delayMs: 1_000 };
const QUICK = { status: 200, body: 'quick', delayMs: 10 };

function hedgedFetch(
  steps: readonly ScriptedStep[],
  { options, ...stack }: ResilientFetchOptions & { readonly options?: HedgeOptions } = {},
) {
  const clock = virtualClock();
  const upstream = scriptedFetch(steps, { clock });
  const hedging = hedge({ delayMs: 50, maxHedgeRatio: 1, clock, ...options });
  const fetch = resilientFetch(upstream, { clock, random: () => 0.5, hedge: hedging, ...stack });
  return { clock, upstream, fetch };
}

describe('a hedged fetch', () => {
  test('takes the answer that comes first, whole, and reports both attempts', async () => {
    const { clock, upstream, fetch } = hedgedFetch([SLOW, QUICK]);
    const response = await clock.run(fetch(API));
    expect(await response.text()).toBe('quick');
    expect(clock.now()).toBe(60);
    expect(upstream.calls).toHaveLength(2);
    expect(reportOf(response)?.attempts).toMatchObject([
      {
        number: 1,
        hedged: 'first',
        durationMs: 60,
        classification: { decidedBy: 'caller', rule: expect.stringContaining('another attempt') },
      },
      { number: 2, hedged: 'second', durationMs: 10, classification: { category: 'success' } },
    ]);
    await clock.settle();
    expect(clock.pendingTimers).toBe(0);
  });

  test('an abort after the answer still cuts off the body, in whichever attempt it came', async () => {
    const body = { chunks: ['a', 'b'], chunkDelayMs: 500 };
    const { clock, fetch } = hedgedFetch([SLOW, { ...QUICK, body: undefined, ...body }]);
    const caller = new AbortController();
    const response = await clock.run(fetch(API, { signal: caller.signal }));
    const reading = response.text().catch((error: unknown) => error);
    await clock.advance(10);
    const reason = new Error('enough');
    caller.abort(reason);
    expect(await reading).toBe(reason);
  });

  test('takes a token and asks the breaker for each attempt', async () => {
    const { clock, fetch, upstream } = hedgedFetch([SLOW, QUICK], {
      rateLimit: { ratePerSecond: 1, burst: 1 },
    });
    const response = await clock.run(fetch(API));
    expect(await response.text()).toBe('slow');
    expect(upstream.calls).toHaveLength(1);
  });

  test('spends from the budget of the retries', async () => {
    const { clock, fetch, upstream } = hedgedFetch([SLOW, QUICK, 503, QUICK], {
      retry: { budget: { reserveTokens: 1, tokensPerAnswer: 0 } },
    });
    await clock.run(fetch(API));
    expect(controlOf(fetch).state('https://api.example.com').budget?.tokens).toBe(0);
    expect((await clock.run(fetch(API))).status).toBe(503);
    expect(upstream.calls).toHaveLength(3);
  });

  test('spends from the budget that one key has for itself, and for a call of its own', async () => {
    const { clock, fetch, upstream } = hedgedFetch([SLOW, QUICK], {
      forKey: {
        'https://api.example.com': { retry: { budget: { reserveTokens: 0, tokensPerAnswer: 0 } } },
      },
    });
    await clock.run(fetch(API, { holdfast: { totalTimeoutMs: 5_000 } }));
    expect(upstream.calls).toHaveLength(1);
  });

  test('keeps a budget that was given to the hedge', async () => {
    const { clock, fetch, upstream } = hedgedFetch([SLOW, QUICK], {
      retry: { budget: { reserveTokens: 0, tokensPerAnswer: 0 } },
      options: { budget: false },
    });
    await clock.run(fetch(API));
    expect(upstream.calls).toHaveLength(2);
  });

  test('hedges without retries too', async () => {
    const { clock, fetch } = hedgedFetch([SLOW, QUICK], { retry: false });
    expect(await (await clock.run(fetch(API))).text()).toBe('quick');
  });

  test.each<[string, RequestInit]>([
    ['POST', { method: 'POST', body: '{}' }],
    ['POST with a key', { method: 'POST', body: '{}', headers: { 'idempotency-key': '1' } }],
    ['PUT', { method: 'PUT', body: '{}' }],
    ['DELETE', { method: 'DELETE' }],
  ])('sends no second %s', async (_method, init) => {
    const { clock, fetch, upstream } = hedgedFetch([SLOW, QUICK]);
    await clock.run(fetch(API, init));
    expect(upstream.calls).toHaveLength(1);
  });

  test.each<[string, () => [string | Request, RequestInit?]]>([
    ['bytes', () => [API, { method: 'PUT', body: new TextEncoder().encode('data') }]],
    ['a Request', () => [new Request(API, { method: 'PUT', body: 'data' })]],
  ])('sends a body of %s twice, byte for byte', async (_what, request) => {
    const { clock, fetch, upstream } = hedgedFetch([SLOW, QUICK], {
      options: { methods: 'idempotent' },
    });
    await clock.run(fetch(...request()));
    expect(upstream.calls.map(({ body }) => new TextDecoder().decode(body))).toEqual([
      'data',
      'data',
    ]);
  });

  test('sends a stream once', async () => {
    const { clock, fetch, upstream } = hedgedFetch([SLOW, QUICK], {
      options: { methods: 'idempotent' },
    });
    const body = new Blob(['data']).stream();
    await clock.run(fetch(API, { method: 'PUT', body, duplex: 'half' } as RequestInit));
    expect(upstream.calls).toHaveLength(1);
  });

  test('learns by endpoint, and asks the same one a second time', async () => {
    const clock = virtualClock();
    const upstream = scriptedFetch([SLOW, QUICK], { clock });
    const fetch = resilientFetch(upstream, {
      clock,
      endpoints: endpoints(
        [{ url: 'https://one.example.com' }, { url: 'https://two.example.com' }],
        { clock },
      ),
      hedge: hedge({ delayMs: 50, maxHedgeRatio: 1, clock }),
    });
    await clock.run(fetch('https://one.example.com/things'));
    expect(upstream.calls.map(({ url }) => url)).toEqual([
      'https://one.example.com/things',
      'https://one.example.com/things',
    ]);
  });

  test('is the same in holdfast/lite', async () => {
    const clock = virtualClock();
    const upstream = scriptedFetch([SLOW, QUICK], { clock });
    const fetch = lite(upstream, { clock, hedge: hedge({ delayMs: 50, maxHedgeRatio: 1, clock }) });
    expect(await (await clock.run(fetch(API))).text()).toBe('quick');
  });

  test('learns its delay from what was answered', async () => {
    const { clock, fetch } = hedgedFetch([{ repeats: QUICK, times: 40 }, SLOW, QUICK], {
      options: { delayMs: 'learned' },
    });
    for (let index = 0; index < 40; index += 1) await (await clock.run(fetch(API))).text();
    const { hedging } = controlOf(fetch).state('https://api.example.com');
    expect(hedging?.delayMs).toBeGreaterThanOrEqual(20);
    expect(hedging?.delayMs).toBeLessThan(25);
    const startedAt = clock.now();
    expect(await (await clock.run(fetch(API))).text()).toBe('quick');
    expect(clock.now() - startedAt).toBeLessThan(40);
  });
});
