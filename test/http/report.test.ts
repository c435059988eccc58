import { describe, expect, test } from '@jest/globals';
import {
  CircuitOpenError,
  asMiddleware,
  circuitBreaker,
  pipeline,
  reportOf,
  resilientFetch,
  retry,
  tokenBucket,
} from '../../src/index.ts';
import { networkError, repeat, scriptedFetch, virtualClock } from '../../src/testing.ts';

const API = 'https://api.example.com/things?secret=1';
const EPOCH = Date.UTC(2026, 0, 1);

describe('reportOf', () => {
  test('tells each attempt of a call, with its timings and its classification', async () => {
    const clock = virtualClock();
    const upstream = scriptedFetch(
      [
        { status: 503, delayMs: 100 },
        { throws: networkError('ECONNRESET'), delayMs: 50 },
        { delayMs: 20 },
      ],
      { clock },
    );
    const fetch = resilientFetch(upstream, {
      clock,
      random: () => 1 - Number.EPSILON,
      retry: { baseDelayMs: 1000 },
    });
    const report = reportOf(await clock.run(fetch(API)))!;
    expect(report).toMatchObject({
      key: 'https://api.example.com',
      stoppedBecause: undefined,
      attempts: [
        {
          number: 1,
          startedAt: EPOCH,
          durationMs: 100,
          waitedMs: 0,
          queuedMs: 0,
          circuit: 'closed',
          classification: { category: 'retryable', status: 503 },
        },
        {
          number: 2,
          startedAt: EPOCH + 1100,
          durationMs: 50,
          waitedMs: 1000,
          classification: { category: 'retryable', errorCode: 'ECONNRESET' },
        },
        {
          number: 3,
          startedAt: EPOCH + 3150,
          durationMs: 20,
          waitedMs: 2000,
          classification: { category: 'success' },
        },
      ],
    });
  });

  test('tells how long an attempt waited for a token', async () => {
    const clock = virtualClock();
    const policy = tokenBucket({ ratePerSecond: 2, burst: 1, clock });
    const fetch = asMiddleware(policy)(scriptedFetch([200, 200], { clock }));
    await fetch(API);
    const report = reportOf(await clock.run(fetch(API)))!;
    expect(report.attempts[0]).toMatchObject({ number: 1, waitedMs: 0, queuedMs: 500 });
  });

  test.each([
    [
      'maxRetries',
      { maxRetries: 1 },
      503,
      /^retried 1 times, which is as often as maxRetries allows$/,
    ],
    ['a fatal status', {}, 404, /^fatal: /],
    [
      'a hint beyond the limit',
      { maxRetryAfterMs: 1000 },
      503,
      /more than maxRetryAfterMs \(1000 ms\)$/,
    ],
  ])('says why there was no further attempt: %s', async (_why, options, status, because) => {
    const clock = virtualClock();
    const headers = 'maxRetryAfterMs' in options ? { 'retry-after': '2' } : {};
    const upstream = scriptedFetch([repeat({ status, headers })], { clock });
    const response = await clock.run(asMiddleware(retry({ ...options, clock }))(upstream)(API));
    expect(reportOf(response)!.stoppedBecause).toMatch(because);
  });

  test('knows an original error by its identity', async () => {
    const error = networkError('ECONNRESET');
    const fetch = asMiddleware(retry({ maxRetries: 0 }))(scriptedFetch([error]));
    await expect(fetch(API)).rejects.toBe(error);
    expect(reportOf(error)).toMatchObject({ key: 'https://api.example.com', attempts: [{}] });
  });

  test('knows a refusal, which had no attempt', async () => {
    const breaker = circuitBreaker();
    breaker.forceOpen('https://api.example.com');
    const refused = asMiddleware(pipeline(retry(), breaker))(scriptedFetch([]));
    const error = await refused(API).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CircuitOpenError);
    expect(reportOf(error)).toMatchObject({ key: 'https://api.example.com', attempts: [] });
    expect(reportOf(error)!.stoppedBecause).toMatch(/circuit/);
  });

  test('is undefined for what holdfast had nothing to do with, and never throws', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const hostile = new Proxy(new Error('no'), {
      getPrototypeOf() {
        throw new Error('no prototype');
      },
    });
    const others = [undefined, null, 5, 'x', {}, new Error('x'), new Response(), proxy, hostile];
    for (const other of others) expect(reportOf(other)).toBeUndefined();
  });

  test('is undefined for a local address, which no policy touched', async () => {
    expect(reportOf(await resilientFetch()('data:,local'))).toBeUndefined();
  });
});
