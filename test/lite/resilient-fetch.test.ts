import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ondemand, openai } from '../../src/catalogs.ts';
import * as full from '../../src/index.ts';
import {
  CircuitOpenError,
  OptionError,
  RateLimitedError,
  TimeoutError,
  asMiddleware,
  circuitBreaker,
  compose,
  definePolicy,
  pipeline,
  protect,
  reportOf,
  resilientFetch,
  retry,
  timeout,
  tokenBucket,
  type Fetch,
  type ResilientFetchOptions,
} from '../../src/lite.ts';
import * as lite from '../../src/lite.ts';
import {
  faultyServer,
  networkError,
  ondemandErrorBody,
  ondemandFault,
  repeat,
  scriptedFetch,
  virtualClock,
  type FaultyServer,
  type ScriptedStep,
} from '../../src/testing.ts';

const API = 'https://api.example.com/things';
const clock = virtualClock();

/** How many attempts a call makes, and what the caller gets. */
async function call(
  steps: readonly ScriptedStep[],
  options: ResilientFetchOptions = {},
  init?: RequestInit,
) {
  const upstream = scriptedFetch(steps, { clock });
  const response = await clock.run(resilientFetch(upstream, { clock, ...options })(API, init));
  return { response, attempts: upstream.calls.length };
}

const failure = (status: number, errorCode: string) => ({
  status,
  body: ondemandErrorBody(errorCode, 'No'),
});

describe('the names', () => {
  test('are all names of holdfast', () => {
    expect(Object.keys(lite).filter((name) => !(name in full))).toEqual([]);
  });

  test('of policies and errors are the very same things, but for the bucket and the breaker', () => {
    const { SUCCESS, TimeoutError: Late, retry: again, timeout: intime } = full;
    expect({ SUCCESS: lite.SUCCESS, TimeoutError, retry, timeout }).toEqual({
      SUCCESS,
      TimeoutError: Late,
      retry: again,
      timeout: intime,
    });
    expect({ RateLimitedError, CircuitOpenError }).toEqual({
      RateLimitedError: full.RateLimitedError,
      CircuitOpenError: full.CircuitOpenError,
    });
  });
});

describe('a fetch of holdfast/lite', () => {
  test('has the name and the length of the fetch that it wraps', () => {
    expect([resilientFetch().name, resilientFetch().length]).toEqual(['fetch', 1]);
  });

  test.each([502, 503, 504, 429, 408])('repeats a GET after a %d', async (status) => {
    const { response, attempts } = await call([status, 200]);
    expect([response.status, attempts]).toEqual([200, 2]);
  });

  test('repeats a GET after a lost connection', async () => {
    const { attempts } = await call([networkError('ECONNRESET'), 200]);
    expect(attempts).toBe(2);
  });

  test('gives the last response as it came', async () => {
    const { response, attempts } = await call([repeat(failure(503, 'resource_unavailable'))]);
    expect([response.status, attempts, response.bodyUsed]).toEqual([503, 4, false]);
    expect(await response.json()).toEqual({ message: 'No', errorCode: 'resource_unavailable' });
    expect(reportOf(response)?.attempts).toHaveLength(4);
  });

  test('does not wait for money: a 429 that the catalog knows to be final is not repeated', async () => {
    const quota = failure(429, 'insufficient_quota');
    expect((await call([repeat(quota)])).attempts).toBe(4);
    expect((await call([repeat(quota)], { catalog: openai })).attempts).toBe(1);
  });

  test('finds a catalog by URL where it is told how', async () => {
    const catalog = (url: string) => (url === API ? openai : undefined);
    const quota = failure(429, 'insufficient_quota');
    expect((await call([repeat(quota)], { catalog })).attempts).toBe(1);
  });

  test('looks no catalog up by host', async () => {
    const upstream = scriptedFetch([repeat(503)], { clock });
    const fetch = resilientFetch(upstream, { clock });
    await clock.run(fetch('https://api.on-demand.io/chat', { method: 'POST', body: '{}' }));
    expect(upstream.calls).toHaveLength(1);
  });

  test.each([
    { status: 500, attempts: 1 },
    { status: 502, attempts: 1 },
    { status: 503, attempts: 1 },
    { status: 504, attempts: 1 },
    { status: 429, attempts: 2 },
  ])('repeats a POST after a $status only where nothing was done', async ({ status, attempts }) => {
    const post = { method: 'POST', body: '{}' };
    expect((await call([status, 200], {}, post)).attempts).toBe(attempts);
  });

  test.each<[string, ResilientFetchOptions, Record<string, string>]>([
    ['the catalog says so', { catalog: ondemand }, {}],
    ['the user says so', { retry: { unsafeMethods: 'retry' } }, {}],
    ['it has an Idempotency-Key', {}, { 'idempotency-key': 'k' }],
  ])('repeats a POST after a 502 where %s', async (_what, options, headers) => {
    const post = { method: 'POST', body: '{}', headers };
    expect((await call([502, 200], options, post)).attempts).toBe(2);
  });

  test('waits as long as the server says, and paces everybody after a throttle', async () => {
    const startedAt = clock.now();
    await call([{ status: 429, headers: { 'retry-after': '7' } }, 200]);
    expect(clock.now() - startedAt).toBeGreaterThanOrEqual(7_000);
  });

  test('leaves the repeating to an outer one', async () => {
    const upstream = scriptedFetch([repeat(503)], { clock });
    const inner = resilientFetch(upstream, { clock, circuitBreaker: false });
    for (const outer of [resilientFetch, full.resilientFetch]) {
      const before = upstream.calls.length;
      await clock.run(outer(inner, { clock, circuitBreaker: false })(API));
      expect(upstream.calls.length - before).toBe(4);
    }
  });

  test('has a bucket, a breaker and timeouts', async () => {
    const silent: Fetch = () => new Promise(() => {});
    const late = resilientFetch(silent, { clock, attemptTimeoutMs: 10, retry: false });
    await expect(clock.run(late(API))).rejects.toBeInstanceOf(TimeoutError);
    const breaker = circuitBreaker({ clock });
    breaker.forceOpen('https://api.example.com');
    await expect(call([200], { circuitBreaker: breaker })).rejects.toBeInstanceOf(CircuitOpenError);
    const rateLimit = { ratePerSecond: 1, burst: 1, onEmpty: 'reject' } as const;
    const limited = resilientFetch(scriptedFetch([200], { clock }), { clock, rateLimit });
    await limited(API);
    await expect(limited(API)).rejects.toBeInstanceOf(RateLimitedError);
  });

  test('refuses an option that it does not know, by its name', () => {
    const options = { adaptive: true } as ResilientFetchOptions;
    expect(() => resilientFetch(undefined, options)).toThrow(OptionError);
    expect(() => resilientFetch(undefined, options)).toThrow('resilientFetch.adaptive');
  });
});

describe('policies of holdfast/lite', () => {
  test('go around a fetch', async () => {
    const upstream = scriptedFetch([503, 200], { clock });
    const fetch = compose(asMiddleware(retry({ clock })))(upstream);
    expect((await clock.run(fetch(API))).status).toBe(200);
  });

  test('go around any function, joined with one of the user’s own', async () => {
    let entered = 0;
    const counting = definePolicy({ enter: () => void (entered += 1) });
    const policy = pipeline(
      timeout({ timeoutMs: 60_000, clock }),
      retry({ clock }),
      tokenBucket({ ratePerSecond: 10, clock }),
      counting,
    );
    let runs = 0;
    const send = protect(policy, async (what: string) => {
      runs += 1;
      if (runs === 1) throw networkError('ECONNREFUSED');
      return `${what} sent`;
    });
    expect([await clock.run(send('it')), entered]).toEqual(['it sent', 2]);
  });

  test('read a response by its body', async () => {
    const codes: unknown[] = [];
    const upstream = scriptedFetch([failure(503, 'a_b'), 200], { clock });
    const policy = pipeline(
      retry({
        clock,
        onEvent: (event) => {
          if (event.type === 'attempt-ended') codes.push(event.classification.errorCode);
        },
      }),
    );
    expect((await clock.run(policy.execute(() => upstream(API)))).status).toBe(200);
    expect(codes).toEqual(['a_b', undefined]);
  });
});

describe('on real sockets', () => {
  let server: FaultyServer;
  beforeEach(async () => {
    server = await faultyServer();
  });
  afterEach(() => server.close());
  const options = { retry: { baseDelayMs: 1 } };

  test('a call gets through, and its failed attempts share one socket', async () => {
    server.play(ondemandFault('bad_gateway'), { times: 2 });
    const response = await resilientFetch(undefined, options)(`${server.url}/plugin/v1/list`);
    expect([response.status, server.counts.requests, server.counts.connectionsOpened]).toEqual([
      200, 3, 1,
    ]);
    await response.text();
  });

  test('an abort ends the call, whatever it waits for', async () => {
    server.startOutage(ondemandFault('resource_unavailable'));
    const reason = new Error('enough');
    const controller = new AbortController();
    const fetch = resilientFetch(undefined, { retry: { baseDelayMs: 60_000, jitter: 'none' } });
    const aborted = fetch(`${server.url}/plugin/v1/list`, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 50);
    await expect(aborted).rejects.toBe(reason);
  });
});
