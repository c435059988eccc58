import { describe, expect, jest, test } from '@jest/globals';
import type { OperationContext } from '../../src/core/call.ts';
import { MAX_TIMER_MS, sleep } from '../../src/core/clock.ts';
import type { ResilienceEvent } from '../../src/core/events.ts';
import { definePolicy, pipeline } from '../../src/core/policy.ts';
import { circuitBreaker } from '../../src/policies/circuit-breaker.ts';
import { retry, type RetryOptions } from '../../src/policies/retry.ts';
import { timeout } from '../../src/policies/timeout.ts';
import { tokenBucket } from '../../src/policies/token-bucket.ts';
import { virtualClock } from '../../src/testing.ts';
import { httpFailure, throttled, unavailable } from './http-failure.ts';

/** An operation that fails with these, one after the other, and then gives its attempt's number. */
function failingWith(failures: readonly unknown[], startedAt: number[] = [], now = () => 0) {
  const left = [...failures];
  return jest.fn(({ attempt }: OperationContext): number => {
    startedAt.push(now());
    if (left.length > 0) throw left.shift();
    return attempt;
  });
}

const PLAIN: RetryOptions = { jitter: 'none', baseDelayMs: 100, maxDelayMs: 1000 };

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

describe('R1: a retry', () => {
  test('waits for Retry-After before the second attempt', async () => {
    const { startedAt, run } = setUp();
    await expect(run([throttled(7)])).resolves.toBe(2);
    expect(startedAt).toEqual([0, 7000]);
  });

  test('waits for a hint that is longer than its cap', async () => {
    const { startedAt, run } = setUp({ maxDelayMs: 500 });
    await run([unavailable(30)]);
    expect(startedAt).toEqual([0, 30_000]);
  });

  test('waits for its own backoff where that is longer than the hint', async () => {
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

  test('T3: keeps to the monotonic clock when the wall clock jumps during the wait', async () => {
    const { clock, policy } = setUp();
    const called = policy.execute(failingWith([throttled(2)]));
    await clock.advance(1000);
    clock.setEpoch(clock.epochNow() + 1e9);
    await clock.run(called);
    expect(clock.now()).toBe(2000);
  });
});

describe('R2: a retry', () => {
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

describe('R8: what remains after the last attempt', () => {
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

  test('is the refusal where a later attempt is refused', async () => {
    const clock = virtualClock();
    const breaker = circuitBreaker({ clock });
    const policy = pipeline(retry({ ...PLAIN, clock }), breaker);
    const operation = failingWith([unavailable()]);
    const called = policy.execute(operation);
    await clock.advance(50);
    breaker.forceOpen();
    await expect(clock.run(called)).rejects.toMatchObject({
      kind: 'circuit-open',
      attempts: [{ number: 1, circuit: 'closed', classification: { status: 503 } }],
    });
    expect(operation).toHaveBeenCalledTimes(1);
  });

  test.each([1, 2, 3])(
    'is the failure itself where attempt %d opens the circuit for longer than the wait',
    async (minimumCalls) => {
      const clock = virtualClock();
      const breaker = circuitBreaker({ minimumCalls, clock });
      const policy = pipeline(retry({ ...PLAIN, clock }), breaker);
      const failures = Array.from({ length: 4 }, () => unavailable());
      const operation = failingWith(failures);
      await expect(clock.run(policy.execute(operation))).rejects.toBe(failures[minimumCalls - 1]);
      expect(operation).toHaveBeenCalledTimes(minimumCalls);
    },
  );

  test('is the failure itself also where an inner retry’s attempt opened the circuit', async () => {
    const clock = virtualClock();
    const breaker = circuitBreaker({ minimumCalls: 2, clock });
    const inner = retry({ ...PLAIN, maxRetries: 1, clock });
    const policy = pipeline(retry({ ...PLAIN, clock }), inner, breaker);
    const failures = Array.from({ length: 4 }, () => unavailable());
    const operation = failingWith(failures);
    await expect(clock.run(policy.execute(operation))).rejects.toBe(failures[1]);
    expect(operation).toHaveBeenCalledTimes(2);
  });

  test('comes after a further attempt where the circuit is open for less than the wait', async () => {
    const clock = virtualClock();
    const breaker = circuitBreaker({ minimumCalls: 1, openMs: 100, maxOpenMs: 100, clock });
    const policy = pipeline(retry({ ...PLAIN, baseDelayMs: 200, clock }), breaker);
    await expect(clock.run(policy.execute(failingWith([unavailable()])))).resolves.toBe(2);
    expect(breaker.state()).toBe('closed');
  });
});

describe('T2: a deadline', () => {
  test('stops the retry where the wait would pass it', async () => {
    const clock = virtualClock();
    const policy = pipeline(timeout({ timeoutMs: 700, clock }), retry({ ...PLAIN, clock }));
    const failures = [unavailable(), unavailable(), unavailable(), unavailable()];
    const operation = failingWith(failures);
    await expect(clock.run(policy.execute(operation))).rejects.toBe(failures[2]);
    expect(operation).toHaveBeenCalledTimes(3);
    expect(clock.now()).toBe(300);
    expect(clock.pendingTimers).toBe(0);
  });

  test('that passes during the wait ends the call, and nothing is sent afterwards', async () => {
    const clock = virtualClock();
    const events: ResilienceEvent[] = [];
    const onEvent = (event: ResilienceEvent) => void events.push(event);
    // Freeing the response takes longer than was foreseen.
    const interpreter = {
      classifyValue: () => ({ ...verdict, category: 'retryable' as const }),
      classifyError: () => verdict,
      discard: () => sleep(clock, 450),
    };
    const policy = pipeline(
      timeout({ timeoutMs: 500, clock, onEvent }),
      retry({ ...PLAIN, clock, onEvent }),
    );
    const operation = jest.fn(() => 'failed');
    await expect(clock.run(policy.execute(operation, { interpreter }))).rejects.toMatchObject({
      kind: 'timeout',
      timeoutMs: 500,
    });
    await clock.runAll();
    expect(operation).toHaveBeenCalledTimes(1);
    expect(events.map(({ type }) => type)).toEqual([
      'attempt-failed',
      'retry-scheduled',
      'timed-out',
      'gave-up',
    ]);
    expect(clock.pendingTimers).toBe(0);
  });
});

const verdict = {
  category: 'fatal' as const,
  errorCode: undefined,
  message: undefined,
  status: undefined,
  retryAfterMs: undefined,
  unprocessed: false,
  decidedBy: 'network' as const,
  rule: 'a test says so',
};

describe('nested retries', () => {
  const nested = () => {
    const clock = virtualClock();
    const events: ResilienceEvent[] = [];
    const onEvent = (event: ResilienceEvent) => void events.push(event);
    let reports: unknown;
    const looking = definePolicy(async (operation, context) => {
      try {
        return await operation(context);
      } finally {
        reports = context.call
          .report()
          .attempts.map(({ number, classification }) => [number, classification?.status]);
      }
    });
    const policy = pipeline(
      looking,
      retry({ ...PLAIN, maxRetries: 1, clock, onEvent }),
      retry({ ...PLAIN, maxRetries: 1, clock }),
    );
    return { clock, events, policy, reports: () => reports };
  };

  test('E1: number their attempts as one, and keep each verdict with its attempt', async () => {
    const { clock, events, policy, reports } = nested();
    const operation = failingWith([503, 502, 500, 404].map((status) => httpFailure(status)));
    await expect(clock.run(policy.execute(operation))).rejects.toMatchObject({ status: 404 });
    expect(operation.mock.calls.map(([{ attempt }]) => attempt)).toEqual([1, 2, 3, 4]);
    expect(reports()).toEqual([
      [1, 503],
      [2, 502],
      [3, 500],
      [4, 404],
    ]);
    const told = events.map((event) => [
      event.type,
      'attempt' in event ? event.attempt : undefined,
    ]);
    expect(told).toEqual([
      ['attempt-failed', 2],
      ['retry-scheduled', 3],
      ['attempt-failed', 4],
      ['gave-up', undefined],
    ]);
  });

  test('E1: a breaker or a bucket outside a retry leaves the verdicts of its attempts alone', async () => {
    const clock = virtualClock();
    let statuses: unknown;
    const looking = definePolicy(async (operation, context) => {
      const value = await operation(context);
      statuses = context.call.report().attempts.map((one) => one.classification?.category);
      return value;
    });
    const policy = pipeline(
      looking,
      tokenBucket({ clock }),
      circuitBreaker({ clock }),
      retry({ ...PLAIN, clock }),
    );
    await clock.run(policy.execute(failingWith([unavailable(), throttled()])));
    expect(statuses).toEqual(['retryable', 'throttle', 'success']);
  });

  test('C4: an outcome is judged once, however many policies ask', async () => {
    const clock = virtualClock();
    const classifyError = jest.fn(() => ({ ...verdict, category: 'retryable' as const }));
    const interpreter = { classifyValue: () => verdict, classifyError };
    const policy = pipeline(
      circuitBreaker({ clock }),
      retry({ ...PLAIN, maxRetries: 1, clock }),
      tokenBucket({ clock }),
      circuitBreaker({ clock }),
      timeout({ timeoutMs: 1000, clock }),
    );
    const operation = failingWith([new Error('one'), new Error('two')]);
    await expect(clock.run(policy.execute(operation, { interpreter }))).rejects.toThrow('two');
    expect(classifyError).toHaveBeenCalledTimes(2);
  });
});

describe('R6: an interpreter', () => {
  test('can keep an operation from being repeated, and says why', async () => {
    const clock = virtualClock();
    const whyNotRepeat = jest.fn((..._asked: unknown[]) => 'its input is used up');
    const interpreter = {
      classifyValue: () => verdict,
      classifyError: () => ({ ...verdict, category: 'retryable' as const }),
      whyNotRepeat,
    };
    const because: string[] = [];
    const policy = retry({
      ...PLAIN,
      clock,
      unsafeMethods: 'never',
      onEvent: (event) => {
        if (event.type === 'gave-up') because.push(event.because);
      },
    });
    await expect(policy.execute(failingWith([new Error('lost')]), { interpreter })).rejects.toThrow(
      'lost',
    );
    expect(whyNotRepeat).toHaveBeenCalledWith(
      expect.objectContaining({ rule: verdict.rule }),
      'never',
    );
    expect(because).toEqual(['its input is used up']);
  });
});
