import { describe, expect, jest, test } from '@jest/globals';
import { SUCCESS, UNREAD } from '../../../src/core/classification.ts';
import { MAX_TIMER_MS } from '../../../src/core/clock.ts';
import { pipeline } from '../../../src/http/pipeline.ts';
import { circuitBreaker } from '../../../src/policies/circuit-breaker/circuit-breaker.ts';
import { retry, type RetryOptions } from '../../../src/policies/retry/retry.ts';
import { timeout } from '../../../src/policies/timeout.ts';
import { virtualClock } from '../../../src/testing.ts';
import { PLAIN, failingWith } from './failing-operation.ts';
import { httpFailure, throttled, unavailable } from '../http-failure.ts';

const lostConnection = () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

function setUp(options: RetryOptions = {}) {
  const clock = virtualClock();
  const startedAt: number[] = [];
  const policy = retry({ ...PLAIN, clock, ...options });
  const run = (failures: readonly unknown[]) => {
    const operation = failingWith(failures, startedAt, () => clock.now());
    return clock.run(policy.execute(operation));
  };
  return { clock, policy, startedAt, run };
}

describe('a retry', () => {
  test('waits for Retry-After before the second attempt', async () => {
    const { startedAt, run } = setUp();
    await expect(run([throttled(7)])).resolves.toBe(2);
    expect(startedAt).toEqual([0, 7000]);
  });

  test.each([
    'unexpected redirect',
    'redirect count exceeded',
    'integrity mismatch',
    'certificate has expired',
    'bad port',
  ])('does not repeat a fetch that will fail again: %s', async (message) => {
    const { startedAt, run } = setUp();
    const failed = new TypeError('fetch failed', { cause: new Error(message) });
    await expect(run([failed])).rejects.toBe(failed);
    expect(startedAt).toEqual([0]);
  });

  test('waits for a hint that is longer than its cap', async () => {
    const { startedAt, run } = setUp({ maxDelayMs: 500 });
    await run([unavailable(30)]);
    expect(startedAt).toEqual([0, 30_000]);
  });

  test('waits for the hint in place of a longer backoff', async () => {
    const { startedAt, run } = setUp();
    const failure = httpFailure(503, { 'retry-after-ms': '50' });
    await run([failure, failure, failure]);
    expect(startedAt).toEqual([0, 50, 100, 150]);
  });

  test('waits for its own backoff where the hint is 0', async () => {
    const { startedAt, run } = setUp();
    await run([unavailable(0), unavailable(0), unavailable(0)]);
    expect(startedAt).toEqual([0, 100, 300, 700]);
  });

  test('is never early, although timers are', async () => {
    const clock = virtualClock({ earlyByMs: 0.99 });
    const startedAt: number[] = [];
    const policy = retry({ ...PLAIN, clock });
    const operation = failingWith([throttled(3)], startedAt, () => clock.now());
    await clock.run(policy.execute(operation));
    expect(startedAt[1]).toBeGreaterThanOrEqual(3000);
  });

  test('waits for a hint beyond 2^31−1 ms where it is allowed to', async () => {
    const { startedAt, run } = setUp({ maxRetryAfterMs: 1e12 });
    const hintMs = 30 * 86_400_000;
    expect(hintMs).toBeGreaterThan(MAX_TIMER_MS);
    await run([httpFailure(503, { 'retry-after-ms': String(hintMs) })]);
    expect(startedAt[1]).toBeGreaterThanOrEqual(Math.min(hintMs, MAX_TIMER_MS));
  });

  test.each([
    ['never', [unavailable(0)], 1],
    ['when-unprocessed', [lostConnection()], 1],
    ['when-unprocessed', [throttled(1)], 2],
    ['retry', [lostConnection()], 2],
    [undefined, [lostConnection()], 2],
  ] as const)('runs an operation under unsafeMethods %s after %o %d times', async (...row) => {
    const [unsafeMethods, failures, times] = row;
    const { startedAt, run } = setUp({ unsafeMethods });
    await run(failures).catch(() => {});
    expect(startedAt).toHaveLength(times);
  });

  test.each([
    [59_999, undefined, 2],
    [60_000, undefined, 1],
    [300_000, undefined, 1],
    [300_000, Infinity, 2],
  ])(
    'after %d ms without an answer and a maxUnansweredMs of %p it has run %d times',
    async (...row) => {
      const [timeoutMs, maxUnansweredMs, times] = row;
      const { clock, policy, startedAt } = setUp({ maxRetries: 1, maxUnansweredMs });
      const stack = pipeline(policy, timeout({ timeoutMs, clock }));
      const call = stack.execute(() => {
        startedAt.push(clock.now());
        return new Promise<never>(() => {});
      });
      await expect(clock.run(call)).rejects.toThrow(`${timeoutMs} ms`);
      expect(startedAt).toHaveLength(times);
    },
  );

  test('stops at once where the hint is beyond maxRetryAfterMs, and the caller gets the hint', async () => {
    const { clock, startedAt, run } = setUp({ maxRetryAfterMs: 60_000 });
    const failure = throttled(61);
    await expect(run([failure])).rejects.toBe(failure);
    expect(startedAt).toEqual([0]);
    expect(clock.now()).toBe(0);
    await expect(run([throttled(60)])).resolves.toBe(2);
  });

  test('stops at once where the hint is beyond the deadline', async () => {
    const clock = virtualClock();
    const policy = pipeline(timeout({ timeoutMs: 5000, clock }), retry({ ...PLAIN, clock }));
    const failure = throttled(5);
    await expect(policy.execute(failingWith([failure]))).rejects.toBe(failure);
    expect(clock.now()).toBe(0);
    await expect(clock.run(policy.execute(failingWith([throttled(4)])))).resolves.toBe(2);
  });

  test('keeps to the monotonic clock when the wall clock jumps during the wait', async () => {
    const { clock, policy } = setUp();
    const called = policy.execute(failingWith([throttled(2)]));
    await clock.advance(1000);
    clock.setEpoch(clock.epochNow() + 1e9);
    await clock.run(called);
    expect(clock.now()).toBe(2000);
  });
});

describe('a retry without a hint from the server', () => {
  test('backs off exponentially with full jitter, drawn anew each time', async () => {
    const chances = [0.5, 0.25, 1 - Number.EPSILON];
    const { startedAt, run } = setUp({ jitter: 'full', random: () => chances.shift()! });
    await run([unavailable(), unavailable(), unavailable()]);
    expect(startedAt).toEqual([0, 50, 100, 500]);
  });

  test('goes on as long as it takes where maxRetries is Infinity', async () => {
    const { clock, run } = setUp({ maxRetries: Infinity, baseDelayMs: 0 });
    await expect(run(Array.from({ length: 1500 }, () => unavailable()))).resolves.toBe(1501);
    expect(clock.now()).toBe(0);
  });

  test('has a failure that takes time to read read once', async () => {
    const { clock, policy } = setUp({ maxRetries: 1 });
    const classifyValue = jest.fn(async (value: unknown) => {
      await Promise.resolve();
      return value === 'well' ? SUCCESS : { ...UNREAD, category: 'retryable' as const };
    });
    const reader = { classifyValue, classifyError: () => UNREAD };
    const values = ['ill', 'well'];
    await expect(clock.run(policy.execute(() => values.shift(), { reader }))).resolves.toBe('well');
    expect(classifyValue).toHaveBeenCalledTimes(2);
  });

  test('with maxRetries 0 tries once and changes nothing', async () => {
    const { run } = setUp({ maxRetries: 0 });
    const failure = unavailable();
    await expect(run([failure])).rejects.toBe(failure);
    await expect(run([])).resolves.toBe(1);
  });

  test('makes maxRetries further attempts, and no more', async () => {
    const { startedAt, run } = setUp({ maxRetries: 2 });
    const failures = [unavailable(), unavailable(), unavailable(), unavailable()];
    await expect(run(failures)).rejects.toBe(failures[2]);
    expect(startedAt).toHaveLength(3);
  });
});

describe('what remains after the last attempt', () => {
  test('is the original error object, frozen ones included', async () => {
    const { run } = setUp();
    const failure = Object.freeze(httpFailure(404));
    await expect(run([unavailable(), failure])).rejects.toBe(failure);
  });

  test('is the last response, its body readable', async () => {
    const { clock, policy } = setUp({ maxRetries: 1 });
    const responses = [503, 503].map((status) => new Response(`body ${status}`, { status }));
    const left = [...responses];
    const response = await clock.run(policy.execute(() => left.shift()!));
    expect(response).toBe(responses[1]);
    expect(responses[0]!.bodyUsed).toBe(true);
    await expect(response.text()).resolves.toBe('body 503');
  });

  test('is a value that is no response, whatever it looks like', async () => {
    const { run, policy } = setUp();
    for (const value of [undefined, null, 0, { status: 503 }, new Error('returned')]) {
      await expect(policy.execute(() => value)).resolves.toBe(value);
    }
    await expect(run([])).resolves.toBe(1);
  });

  test.each([undefined, null, 'text', 0, Symbol('thrown')])(
    'is %p where that was thrown, which nobody knows and nobody repeats',
    async (thrown) => {
      const { startedAt, run } = setUp();
      let caught: unknown = 'nothing';
      await run([thrown]).catch((error: unknown) => (caught = error));
      expect(caught).toBe(thrown);
      expect(startedAt).toHaveLength(1);
    },
  );

  test('is the server’s last answer where a later attempt is refused', async () => {
    const clock = virtualClock();
    const breaker = circuitBreaker({ clock });
    const policy = pipeline(retry({ ...PLAIN, clock }), breaker);
    const failure = unavailable();
    const operation = failingWith([failure]);
    const called = policy.execute(operation);
    await clock.advance(50);
    breaker.forceOpen();
    await expect(clock.run(called)).rejects.toBe(failure);
    expect(operation).toHaveBeenCalledTimes(1);
  });

  test.each([1, 2, 3])(
    'is the failure itself where first try %d opens the circuit for longer than the wait',
    async (minimumCalls) => {
      const clock = virtualClock();
      const breaker = circuitBreaker({ mode: 'classic', minimumCalls, clock });
      for (let call = 1; call < minimumCalls; call += 1) {
        await breaker.execute(() => Promise.reject(unavailable())).catch(() => {});
      }
      const policy = pipeline(retry({ ...PLAIN, clock }), breaker);
      const failures = Array.from({ length: 4 }, () => unavailable());
      const operation = failingWith(failures);
      await expect(clock.run(policy.execute(operation))).rejects.toBe(failures[0]);
      expect(operation).toHaveBeenCalledTimes(1);
    },
  );

  test('is the failure itself also where another call opened the circuit before an inner retry’s attempt', async () => {
    const clock = virtualClock();
    const breaker = circuitBreaker({ mode: 'classic', minimumCalls: 2, clock });
    const inner = retry({ ...PLAIN, maxRetries: 1, clock });
    const policy = pipeline(retry({ ...PLAIN, clock }), inner, breaker);
    const failures = Array.from({ length: 4 }, () => unavailable());
    const operation = failingWith(failures);
    const called = policy.execute(operation);
    called.catch(() => {});
    await clock.advance(120);
    await breaker.execute(() => Promise.reject(unavailable())).catch(() => {});
    await expect(clock.run(called)).rejects.toBe(failures[1]);
    expect(operation).toHaveBeenCalledTimes(2);
  });

  test('comes after a further attempt where the circuit is open for less than the wait', async () => {
    const clock = virtualClock();
    const breaker = circuitBreaker({
      mode: 'classic',
      minimumCalls: 1,
      openMs: 100,
      maxOpenMs: 100,
      clock,
    });
    const policy = pipeline(retry({ ...PLAIN, baseDelayMs: 200, clock }), breaker);
    await expect(clock.run(policy.execute(failingWith([unavailable()])))).resolves.toBe(2);
    expect(breaker.state()).toBe('closed');
  });
});
