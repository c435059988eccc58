import { metrics } from '@opentelemetry/api';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  circuitBreaker,
  coalesce,
  concurrencyLimit,
  controlOf,
  endpoints,
  fallback,
  hedge,
  pipeline,
  retry,
  type Fetch,
} from '../../../src/index.ts';
import {
  openTelemetry,
  resilientFetch as tracedFetch,
  type TracedFetchOptions,
} from '../../../src/opentelemetry.ts';
import { scriptedFetch } from '../../../src/testing.ts';
import { registerSdk, type SdkUnderTest } from './sdk-under-test.ts';

/** What is observed is not held by it. */
const held: object[] = [];

/** With telemetry of its own: fetches of other tests may still be observed by the one that all share. */
function resilientFetch(fetch: Fetch, options?: TracedFetchOptions) {
  const traced = tracedFetch(fetch, { telemetry: {}, ...options });
  held.push(traced);
  return traced;
}

const failing = (errorCode: string, status = 503) =>
  Response.json({ errorCode, message: 'no' }, { status });

const RETRY = { baseDelayMs: 1 };
const HOST = 'https://api.example.com';
const SERVER = { 'server.address': 'api.example.com', 'server.port': 443 };

let sdk: SdkUnderTest;
beforeEach(() => {
  sdk = registerSdk();
});
afterEach(() => {
  held.splice(0);
  return sdk.end();
});

const attributesOf = async (name: string) =>
  (await sdk.points(name)).map(({ attributes }) => attributes);
const valueOf = async (name: string) => (await sdk.points(name)).map(({ value }) => value);

describe('metrics', () => {
  test('measure each request by the conventions, in their buckets', async () => {
    const fetch = resilientFetch(scriptedFetch([() => failing('db_down'), 200]), { retry: RETRY });
    await fetch(`${HOST}/users/42?q=secret`);
    const points = await sdk.points('http.client.request.duration');
    expect(points.map(({ attributes }) => attributes)).toEqual([
      {
        ...SERVER,
        'http.request.method': 'GET',
        'http.response.status_code': 503,
        'error.type': 'db_down',
      },
      { ...SERVER, 'http.request.method': 'GET', 'http.response.status_code': 200 },
    ]);
    expect(points[0]?.value).toMatchObject({
      count: 1,
      buckets: {
        boundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
      },
    });
  });

  test('measure each call, its attempts and its waits', async () => {
    const fetch = resilientFetch(scriptedFetch([503, 200, 404]), { retry: RETRY });
    await fetch(HOST);
    await fetch(HOST);
    expect(await sdk.counted('holdfast.call.duration', { 'holdfast.outcome': 'success' })).toBe(1);
    expect(await sdk.counted('holdfast.call.duration', { 'holdfast.outcome': 'failure' })).toBe(1);
    expect(await valueOf('holdfast.call.attempts')).toMatchObject([{ count: 2, sum: 3 }]);
    expect(await sdk.counted('holdfast.retry.delay', SERVER)).toBe(1);
    expect(await attributesOf('holdfast.attempt.failures')).toEqual([
      { ...SERVER, 'holdfast.category': 'retryable', 'error.type': '503' },
      { ...SERVER, 'holdfast.category': 'fatal', 'error.type': '404' },
    ]);
    expect(await sdk.counted('holdfast.give_ups', { 'holdfast.category': 'fatal' })).toBe(1);
  });

  test('count refusals by policy and reason, without figures in the reason', async () => {
    const breaker = circuitBreaker();
    const fetch = resilientFetch(scriptedFetch([200]), { circuitBreaker: breaker });
    controlOf(fetch).open(HOST);
    await expect(fetch(HOST)).rejects.toThrow('open by hand');
    const limited = resilientFetch(scriptedFetch([200, 200]), {
      rateLimit: { ratePerSecond: 0.001, burst: 1, maxWaitMs: 10 },
    });
    await limited('https://b.example.com/');
    await expect(limited('https://b.example.com/')).rejects.toThrow('maxWaitMs');
    expect(await attributesOf('holdfast.refusals')).toEqual([
      { ...SERVER, 'holdfast.policy': 'circuit-breaker', 'holdfast.reason': 'the circuit is open' },
      {
        'server.address': 'b.example.com',
        'server.port': 443,
        'holdfast.policy': 'token-bucket',
        'holdfast.reason': 'a token comes later than maxWaitMs',
      },
    ]);
    expect(await sdk.counted('holdfast.call.duration', { 'holdfast.outcome': 'refused' })).toBe(2);
    expect(await valueOf('holdfast.call.attempts')).toContainEqual(
      expect.objectContaining({ count: 1, sum: 0 }),
    );
  });

  test('show each circuit by one state out of three, and how long it stays open', async () => {
    const fetch = resilientFetch(scriptedFetch([200]));
    await fetch(HOST);
    const states = async () =>
      (await sdk.points('holdfast.circuit.state')).map(({ attributes, value }) => [
        attributes['holdfast.circuit.state'],
        value,
      ]);
    expect(await states()).toEqual([
      ['closed', 1],
      ['half-open', 0],
      ['open', 0],
    ]);
    controlOf(fetch).open(HOST);
    expect(await states()).toEqual([
      ['closed', 0],
      ['half-open', 0],
      ['open', 1],
    ]);
    expect(await valueOf('holdfast.circuit.open.remaining')).toEqual([Infinity]);
    expect(await sdk.counted('holdfast.circuit.changes', { 'holdfast.circuit.to': 'open' })).toBe(
      1,
    );
  });

  test('show who waits for a token, and how long', async () => {
    const fetch = resilientFetch(async () => new Response(), {
      rateLimit: { ratePerSecond: 20, burst: 1 },
    });
    const running = Promise.all([fetch(HOST), fetch(HOST), fetch(HOST)]);
    expect(await valueOf('holdfast.limiter.queue.size')).toEqual([2]);
    expect(await valueOf('holdfast.limiter.paused')).toEqual([0]);
    await running;
    expect(await sdk.counted('holdfast.limiter.wait.duration', SERVER)).toBe(2);
    expect(await valueOf('holdfast.limiter.queue.size')).toEqual([0]);
  });

  test('show what is left of the retry budget, and the places of a concurrency limit', async () => {
    const fetch = resilientFetch(scriptedFetch([503, 200]), {
      retry: RETRY,
      concurrency: concurrencyLimit({ maxConcurrent: 7 }),
    });
    await fetch(HOST);
    const [level] = await valueOf('holdfast.budget.level');
    expect(level).toBeGreaterThanOrEqual(4);
    expect(level).toBeLessThan(5);
    expect(await valueOf('holdfast.concurrency.limit')).toEqual([7]);
    expect(await valueOf('holdfast.concurrency.in_flight')).toEqual([0]);
  });

  test('count hedges, fallbacks, fail-overs and shared requests', async () => {
    const hedged = resilientFetch(scriptedFetch([{ status: 200, delayMs: 5_000 }, 200]), {
      hedge: hedge({ delayMs: 5, maxHedgeRatio: 1 }),
    });
    await hedged(HOST);
    expect(await sdk.counted('holdfast.hedges', { 'holdfast.reason': 'slow' })).toBe(1);

    const falling = resilientFetch(scriptedFetch([503]), {
      retry: false,
      fallback: fallback({ value: new Response('kept') }),
    });
    await falling(HOST);
    expect(await sdk.counted('holdfast.fallbacks', { 'holdfast.outcome': 'used' })).toBe(1);
    expect(await sdk.counted('holdfast.call.duration', { 'holdfast.outcome': 'fallback' })).toBe(1);

    const moving = resilientFetch(scriptedFetch([503, 200]), {
      endpoints: endpoints([{ url: 'https://a.example.com' }, { url: 'https://b.example.com' }]),
    });
    await moving('https://a.example.com/things');
    expect(
      await sdk.counted('holdfast.endpoint.failovers', { 'server.address': 'a.example.com' }),
    ).toBe(1);
    expect(
      await sdk.counted('http.client.request.duration', { 'server.address': 'b.example.com' }),
    ).toBe(1);

    const sharing = resilientFetch(scriptedFetch([{ status: 200, delayMs: 5 }]), {
      coalesce: coalesce(),
    });
    const shared = 'https://c.example.com/';
    await Promise.all([sharing(shared), sharing(shared)]);
    expect(await sdk.counted('holdfast.coalesced')).toBe(1);
    const attempts = (await sdk.points('holdfast.call.attempts')).find(
      ({ attributes }) => attributes['server.address'] === 'c.example.com',
    );
    expect(attempts?.value).toMatchObject({ count: 2, sum: 1 });
  });

  test('of a policy that is no fetch are had by observing it, until that ends', async () => {
    const policy = pipeline(retry(RETRY), circuitBreaker());
    held.push(policy);
    const stop = openTelemetry().observe(policy);
    let runs = 0;
    const failingOnce = () => {
      runs += 1;
      if (runs === 1) throw Object.assign(new Error('no'), { status: 503 });
      return 'done';
    };
    await policy.execute(failingOnce, { key: 'payments' });
    const payments = { 'server.address': 'payments' };
    expect(await sdk.counted('holdfast.attempt.failures', payments)).toBe(1);
    expect(await sdk.points('holdfast.circuit.state')).toHaveLength(3);
    stop();
    runs = 0;
    await policy.execute(failingOnce, { key: 'payments' });
    expect(await sdk.counted('holdfast.attempt.failures', payments)).toBe(1);
    // The SDK shows the last value of a gauge on and on, so only a change shows that nobody looks.
    controlOf(policy).open('payments');
    const open = (await sdk.points('holdfast.circuit.state')).find(
      ({ attributes }) => attributes['holdfast.circuit.state'] === 'open',
    );
    expect(open?.value).toBe(0);
  });
});

describe('the attributes of metrics', () => {
  test('tell so many servers apart, and no more', async () => {
    const fetch = resilientFetch(async () => new Response(), { telemetry: { maxServers: 2 } });
    for (const name of ['a', 'b', 'c', 'd']) await fetch(`https://${name}.example.com/`);
    const addresses = (await attributesOf('http.client.request.duration')).map(
      (attributes) => attributes['server.address'],
    );
    expect(addresses).toEqual(['a.example.com', 'b.example.com', '_OTHER']);
    expect(await sdk.points('holdfast.circuit.state')).toHaveLength(9);
  });

  test('tell so many error codes apart, and take none that is no name', async () => {
    const codes = ['one', 'two', 'three', 'a sentence, with a secret'];
    const fetch = resilientFetch(
      scriptedFetch(codes.map((errorCode) => () => failing(errorCode, 500))),
      { retry: false, telemetry: { maxValues: 2 } },
    );
    for (const _code of codes) await fetch(HOST);
    const types = (await attributesOf('holdfast.attempt.failures')).map(
      (attributes) => attributes['error.type'],
    );
    expect(types).toEqual(['one', 'two', '_OTHER']);
  });

  test('hold no path, no query and no id', async () => {
    const fetch = resilientFetch(scriptedFetch([503, 200]), { retry: RETRY });
    await fetch(`${HOST}/users/4711?token=secret`);
    for (const name of [
      'http.client.request.duration',
      'holdfast.call.duration',
      'holdfast.attempt.failures',
    ]) {
      expect(JSON.stringify(await attributesOf(name))).not.toMatch(/users|4711|secret/);
    }
  });
});

describe('the provider of metrics', () => {
  test('may be registered after the first call', async () => {
    await sdk.end();
    const fetch = resilientFetch(async () => new Response());
    await fetch(HOST);
    sdk = registerSdk();
    await fetch(HOST);
    expect(await sdk.counted('holdfast.call.duration')).toBe(1);
    expect(await sdk.points('holdfast.circuit.state')).toHaveLength(3);
  });

  test('may be handed in', async () => {
    const own = new MeterProvider();
    const global = metrics.getMeterProvider();
    const fetch = resilientFetch(async () => new Response(), { telemetry: { meterProvider: own } });
    await fetch(HOST);
    expect(metrics.getMeterProvider()).toBe(global);
    expect(await sdk.counted('holdfast.call.duration')).toBe(0);
    await own.shutdown();
  });
});
