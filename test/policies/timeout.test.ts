import { describe, expect, jest, test } from '@jest/globals';
import { getEventListeners } from 'node:events';
import type { OperationContext } from '../../src/core/call.ts';
import { MAX_TIMER_MS, sleep } from '../../src/core/clock.ts';
import type { ResilienceEvent } from '../../src/core/events.ts';
import { pipeline } from '../../src/http/pipeline.ts';
import { circuitBreaker } from '../../src/policies/circuit-breaker/circuit-breaker.ts';
import { retry } from '../../src/policies/retry/retry.ts';
import { timeout } from '../../src/policies/timeout.ts';
import { tokenBucket } from '../../src/policies/rate-limit/token-bucket.ts';
import { virtualClock } from '../../src/testing.ts';
import { unavailable } from './http-failure.ts';

const never = () => new Promise<never>(() => {});

describe('an attempt timeout', () => {
  test('rejects when the time is up, not before, and whether or not the signal is heeded', async () => {
    const clock = virtualClock({ earlyByMs: 0.9 });
    const policy = timeout({ timeoutMs: 100, clock });
    const called = policy.execute(never);
    called.catch(() => {});
    await clock.advance(99.5);
    expect(clock.pendingTimers).toBe(1);
    await expect(clock.run(called)).rejects.toMatchObject({
      name: 'TimeoutError',
      kind: 'timeout',
      timeoutMs: 100,
      classification: { category: 'retryable', decidedBy: 'network' },
      attempts: [{ number: 1 }],
    });
    expect(clock.now()).toBeGreaterThanOrEqual(100);
    expect(clock.pendingTimers).toBe(0);
  });

  test('aborts the signal of its own attempt only, with the error', async () => {
    const clock = virtualClock();
    const policy = pipeline(
      retry({ maxRetries: 1, baseDelayMs: 0, clock }),
      timeout({ timeoutMs: 100, clock }),
    );
    const signals: AbortSignal[] = [];
    const operation = ({ signal, attempt }: OperationContext) => {
      signals.push(signal);
      return attempt === 1 ? never() : 'answer';
    };
    await expect(clock.run(policy.execute(operation))).resolves.toBe('answer');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(signals[0]!.reason).toMatchObject({ kind: 'timeout' });
    await clock.advance(1000);
    expect(signals[1]!.aborted).toBe(false);
  });

  test('ends with the attempt: what it returned is not cut off', async () => {
    const clock = virtualClock();
    const policy = timeout({ timeoutMs: 100, clock });
    let signal: AbortSignal | undefined;
    await policy.execute((context) => ({ signal } = context));
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(1000);
    expect(signal!.aborted).toBe(false);
  });

  test('leaves what it returned to the caller’s signal', async () => {
    const clock = virtualClock();
    const controller = new AbortController();
    let signal: AbortSignal | undefined;
    await timeout({ timeoutMs: 100, clock }).execute((context) => ({ signal } = context), {
      signal: controller.signal,
    });
    controller.abort('enough');
    expect(signal!.reason).toBe('enough');
  });

  test('discards what comes after it', async () => {
    const clock = virtualClock();
    const cancel = jest.fn();
    const body = new ReadableStream({ cancel: () => void cancel() });
    const policy = timeout({ timeoutMs: 100, clock });
    const called = policy.execute(async () => {
      await sleep(clock, 200);
      return new Response(body, { status: 200 });
    });
    await expect(clock.run(called)).rejects.toMatchObject({ kind: 'timeout' });
    await clock.runAll();
    expect(cancel).toHaveBeenCalledTimes(1);
  });

  test('makes no signal for an operation that does not ask for one', async () => {
    const made = jest.spyOn(globalThis, 'AbortController');
    try {
      await timeout({ timeoutMs: 100, clock: virtualClock() }).execute(() => 'quick');
      expect(made).not.toHaveBeenCalled();
    } finally {
      made.mockRestore();
    }
  });

  test('shares one timer among all that wait', async () => {
    const clock = virtualClock();
    const policy = timeout({ timeoutMs: 100, clock });
    const calls = Array.from({ length: 200 }, () => policy.execute(() => sleep(clock, 50)));
    expect(clock.pendingTimers).toBe(201);
    await clock.run(Promise.all(calls));
    expect(clock.pendingTimers).toBe(0);
  });

  test('reaches beyond 2^31−1 ms, when a bare setTimeout would fire at once', async () => {
    const clock = virtualClock();
    const policy = timeout({ timeoutMs: 2 * MAX_TIMER_MS, clock });
    const called = policy.execute(() => sleep(clock, 2 * MAX_TIMER_MS - 1));
    await expect(clock.run(called)).resolves.toBeUndefined();
  });

  test('passes through what the operation throws or gives in time', async () => {
    const policy = timeout({ timeoutMs: 100, clock: virtualClock() });
    const failure = unavailable();
    const throws = () => {
      throw failure;
    };
    await expect(policy.execute(throws)).rejects.toBe(failure);
    await expect(policy.execute(() => Promise.reject(undefined))).rejects.toBeUndefined();
    await expect(policy.execute(() => null)).resolves.toBeNull();
  });

  test('counts as a failure for the breaker around it', async () => {
    const clock = virtualClock();
    const breaker = circuitBreaker({ mode: 'classic', minimumCalls: 1, clock });
    const policy = pipeline(breaker, timeout({ timeoutMs: 100, clock }));
    await expect(clock.run(policy.execute(never))).rejects.toMatchObject({ kind: 'timeout' });
    expect(breaker.state()).toBe('open');
  });
});

describe('a total timeout', () => {
  test('bounds waits and attempts together', async () => {
    const clock = virtualClock();
    const policy = pipeline(
      timeout({ timeoutMs: 1000, clock }),
      retry({ maxRetries: Infinity, baseDelayMs: 10, jitter: 'none', maxDelayMs: 10, clock }),
    );
    const operation = jest.fn(async () => {
      await sleep(clock, 300);
      throw unavailable();
    });
    await expect(clock.run(policy.execute(operation))).rejects.toMatchObject({
      kind: 'timeout',
      attempts: [{ number: 1 }, { number: 2 }, { number: 3 }, { number: 4, durationMs: 70 }],
    });
    expect(clock.now()).toBe(1000);
    await clock.runAll();
    expect(operation).toHaveBeenCalledTimes(4);
  });

  test('fires also while a call waits for a token, and says that nothing was sent', async () => {
    const clock = virtualClock();
    const events: ResilienceEvent[] = [];
    const onEvent = (event: ResilienceEvent) => void events.push(event);
    const bucket = tokenBucket({ ratePerSecond: 1, burst: 1, clock, maxWaitMs: 1e6 });
    const policy = pipeline(
      timeout({ timeoutMs: 1500, clock, onEvent }),
      retry({ clock, onEvent }),
      bucket,
    );
    await bucket.execute(() => {});
    const operation = jest.fn();
    const called = policy.execute(operation);
    // Somebody more important takes the token that it was waiting for.
    const urgent = bucket.execute(() => {}, { priority: 1 });
    await expect(clock.run(called)).rejects.toMatchObject({ kind: 'timeout', attempts: [] });
    await urgent;
    expect(clock.now()).toBe(1500);
    expect(operation).not.toHaveBeenCalled();
    expect(events).toMatchObject([
      { type: 'timed-out', attempt: 1 },
      { type: 'gave-up', attempts: 0 },
    ]);
    expect(clock.pendingTimers).toBe(0);
  });

  test('the narrower of two bounds holds, whichever is outside', async () => {
    for (const [outer, inner] of [
      [100, 900],
      [900, 100],
    ] as const) {
      const clock = virtualClock();
      const policy = pipeline(
        timeout({ timeoutMs: outer, clock }),
        timeout({ timeoutMs: inner, clock }),
      );
      await expect(clock.run(policy.execute(never))).rejects.toMatchObject({ timeoutMs: 100 });
      expect(clock.now()).toBe(100);
      expect(clock.pendingTimers).toBe(0);
    }
  });

  test('one policy may bound both the call and the attempt', async () => {
    const clock = virtualClock();
    const both = timeout({ timeoutMs: 100, clock });
    const policy = pipeline(both, retry({ clock }), both);
    await expect(clock.run(policy.execute(never))).rejects.toMatchObject({ kind: 'timeout' });
    expect(clock.now()).toBe(100);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('an abort within a timeout', () => {
  test('ends its timer at once, although the operation does not heed its signal', async () => {
    const clock = virtualClock();
    const controller = new AbortController();
    const policy = pipeline(
      timeout({ timeoutMs: 1e6, clock }),
      retry({ clock }),
      timeout({ timeoutMs: 1e5, clock }),
    );
    const called = policy.execute(never, { signal: controller.signal });
    await clock.advance(10);
    controller.abort('enough');
    await expect(called).rejects.toBe('enough');
    expect(clock.pendingTimers).toBe(0);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  test('reaches the operation’s signal with the caller’s reason', async () => {
    const clock = virtualClock();
    const controller = new AbortController();
    let signal: AbortSignal | undefined;
    const called = timeout({ timeoutMs: 100, clock }).execute(
      (context) => {
        ({ signal } = context);
        return never();
      },
      { signal: controller.signal },
    );
    controller.abort('enough');
    await expect(called).rejects.toBe('enough');
    expect(signal!.reason).toBe('enough');
  });

  test('discards once what comes after it', async () => {
    const clock = virtualClock();
    const controller = new AbortController();
    const discard = jest.fn();
    const reader = {
      classifyValue: () => undefined as never,
      classifyError: () => undefined as never,
      discard: (value: unknown) => void discard(value),
    };
    const policy = timeout({ timeoutMs: 1000, clock });
    const called = policy.execute(() => sleep(clock, 100).then(() => 'late'), {
      signal: controller.signal,
      reader,
    });
    controller.abort('enough');
    await expect(called).rejects.toBe('enough');
    await clock.runAll();
    expect(discard.mock.calls).toEqual([['late']]);
  });
});
