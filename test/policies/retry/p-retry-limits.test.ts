import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import pRetry from 'p-retry';
import { MAX_TIMER_MS } from '../../../src/core/clock.ts';
import { pipeline } from '../../../src/http/pipeline.ts';
import { retry } from '../../../src/policies/retry/retry.ts';
import { timeout } from '../../../src/policies/timeout.ts';
import { virtualClock } from '../../../src/testing.ts';
import { throttled, unavailable } from '../http-failure.ts';

/** Runs what p-retry set its timers for; the tests of it need the real timers faked. */
const passTime = (milliseconds: number) => jest.advanceTimersByTimeAsync(milliseconds);

describe('a limit of p-retry that holdfast hides', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  test('bare, it knows one delay for all attempts; holdfast waits for what each answer says', async () => {
    const bareAt: number[] = [];
    const startedAt = performance.now();
    const bare = pRetry(
      async () => {
        bareAt.push(performance.now() - startedAt);
        if (bareAt.length < 3) throw throttled(bareAt.length * 10);
        return 'answer';
      },
      { retries: 3, minTimeout: 100, factor: 1 },
    );
    await passTime(1000);
    await expect(bare).resolves.toBe('answer');
    // Both answers said to wait for ten seconds or more.
    expect(bareAt.at(-1)).toBeLessThan(1000);

    const clock = virtualClock();
    const at: number[] = [];
    const policy = retry({ jitter: 'none', clock });
    const called = policy.execute(() => {
      at.push(clock.now());
      if (at.length < 3) throw throttled(at.length * 10);
      return 'answer';
    });
    jest.useRealTimers();
    await expect(clock.run(called)).resolves.toBe('answer');
    expect(at).toEqual([0, 10_000, 30_000]);
  });

  test('bare, a delay over 2^31−1 ms fires at once; holdfast waits for all of it', async () => {
    let bareAttempts = 0;
    const bare = pRetry(
      async () => {
        bareAttempts += 1;
        if (bareAttempts < 2) throw new Error('failed');
        return 'much too early';
      },
      { retries: 1, minTimeout: MAX_TIMER_MS + 1 },
    );
    // Jest's fake timers do here as Node's own: they take such a delay for 1 ms.
    await passTime(1);
    await expect(bare).resolves.toBe('much too early');

    jest.useRealTimers();
    const clock = virtualClock();
    const at: number[] = [];
    const policy = retry({
      baseDelayMs: MAX_TIMER_MS + 1,
      maxDelayMs: MAX_TIMER_MS + 1,
      jitter: 'none',
      clock,
    });
    const called = policy.execute(() => {
      at.push(clock.now());
      if (at.length < 2) throw unavailable();
      return 'in time';
    });
    await expect(clock.run(called)).resolves.toBe('in time');
    expect(at).toEqual([0, MAX_TIMER_MS + 1]);
  });

  test('bare, maxRetryTime cuts the last wait short and calls early; holdfast stops instead', async () => {
    const bareAt: number[] = [];
    const startedAt = performance.now();
    const bare = pRetry(
      async () => {
        bareAt.push(performance.now() - startedAt);
        throw new Error('failed');
      },
      { retries: 5, minTimeout: 1000, factor: 1, maxRetryTime: 1500 },
    ).catch((error: unknown) => error);
    await passTime(10_000);
    await bare;
    const gaps = bareAt.slice(1).map((at, index) => at - bareAt[index]!);
    expect(Math.min(...gaps)).toBeLessThan(600);

    jest.useRealTimers();
    const clock = virtualClock();
    const at: number[] = [];
    const policy = pipeline(
      timeout({ timeoutMs: 1500, clock }),
      retry({ maxRetries: 5, baseDelayMs: 1000, maxDelayMs: 1000, jitter: 'none', clock }),
    );
    const called = policy.execute(() => {
      at.push(clock.now());
      throw unavailable();
    });
    await expect(clock.run(called)).rejects.toThrow('status 503');
    expect(at).toEqual([0, 1000]);
    expect(clock.now()).toBe(1000);
  });

  test('bare, a TypeError that it does not know is never retried; holdfast reads its shape', async () => {
    jest.useRealTimers();
    const lost = () =>
      Object.assign(new TypeError('terminated'), {
        cause: Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' }),
      });
    let bareAttempts = 0;
    const failure = lost();
    await expect(
      pRetry(
        async () => {
          bareAttempts += 1;
          throw Object.assign(failure, { message: 'the socket was closed' });
        },
        { retries: 2, minTimeout: 0 },
      ),
    ).rejects.toBe(failure);
    expect(bareAttempts).toBe(1);

    const clock = virtualClock();
    let attempts = 0;
    const called = retry({ maxRetries: 2, clock }).execute(() => {
      attempts += 1;
      throw Object.assign(lost(), { message: 'the socket was closed' });
    });
    await expect(clock.run(called)).rejects.toThrow(TypeError);
    expect(attempts).toBe(3);
  });

  test('bare, what is thrown and is no Error is replaced; holdfast hands it on', async () => {
    jest.useRealTimers();
    // As in another realm, where a real failure is not `instanceof Error` either.
    const foreign = { name: 'Error', message: 'busy', status: 503 };
    const bare: unknown = await pRetry(() => Promise.reject(foreign), {
      retries: 1,
      minTimeout: 0,
    }).catch((error: unknown) => error);
    expect(bare).not.toBe(foreign);

    const clock = virtualClock();
    let attempts = 0;
    const called = retry({ maxRetries: 1, clock }).execute(() => {
      attempts += 1;
      return Promise.reject(foreign);
    });
    await expect(clock.run(called)).rejects.toBe(foreign);
    expect(attempts).toBe(2);
  });

  test('bare, an abort during an attempt waits for its end; holdfast settles within a turn', async () => {
    jest.useRealTimers();
    const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
    const outcomeOfAbort = async (start: (signal: AbortSignal) => Promise<unknown>) => {
      const controller = new AbortController();
      let outcome = 'pending';
      start(controller.signal).catch(() => (outcome = 'rejected'));
      await turn();
      controller.abort();
      await turn();
      return outcome;
    };
    const hangs = () => new Promise<never>(() => {});
    await expect(outcomeOfAbort((signal) => pRetry(hangs, { signal }))).resolves.toBe('pending');
    await expect(outcomeOfAbort((signal) => retry().execute(hangs, { signal }))).resolves.toBe(
      'rejected',
    );
  });
});
