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

  test.each<[string, (response: Response) => unknown]>([
    [
      'its cause',
      (response) => new Error('of an SDK', { cause: new Error('x', { cause: response }) }),
    ],
    ['its response', (response) => Object.assign(new Error('of an SDK'), { response })],
    ['the headers of the response', ({ headers }) => Object.assign(new Error('x'), { headers })],
    [
      'the headers of what it calls a response',
      ({ headers }) => Object.assign(new Error('x'), { response: { status: 404, headers } }),
    ],
  ])('knows an error of an SDK by %s', async (_by, errorOf) => {
    const clock = virtualClock();
    const fetch = resilientFetch(scriptedFetch([503, 404], { clock }), { clock });
    const error = errorOf(await clock.run(fetch(API)));
    expect(reportOf(error)).toMatchObject({ key: 'https://api.example.com', attempts: [{}, {}] });
  });

  test('knows an error of an SDK by the original error, or the refusal, in its cause', async () => {
    const lost = networkError('ECONNRESET');
    const fetch = asMiddleware(retry({ maxRetries: 0 }))(scriptedFetch([lost]));
    await expect(fetch(API)).rejects.toBe(lost);
    expect(reportOf(new Error('connection error', { cause: lost }))?.attempts).toHaveLength(1);
    const breaker = circuitBreaker();
    breaker.forceOpen('https://api.example.com');
    const refusal = await asMiddleware(breaker)(scriptedFetch([]))(API).catch(
      (error: unknown) => error,
    );
    expect(reportOf(new Error('x', { cause: refusal }))?.stoppedBecause).toMatch(/circuit/);
  });

  test('looks no further than it can go round in circles', () => {
    const error: { cause?: unknown; response?: unknown } = {};
    error.cause = { cause: error, response: [error] };
    expect(reportOf(error)).toBeUndefined();
    const deep = Array.from({ length: 10_000 }).reduce((cause: unknown) => ({ cause }), {});
    expect(reportOf(deep)).toBeUndefined();
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
