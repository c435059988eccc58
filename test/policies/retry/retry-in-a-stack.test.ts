import { describe, expect, jest, test } from '@jest/globals';
import { sleep } from '../../../src/core/clock.ts';
import type { ResilienceEvent } from '../../../src/core/events.ts';
import { definePolicy, pipeline } from '../../../src/http/pipeline.ts';
import { circuitBreaker } from '../../../src/policies/circuit-breaker/circuit-breaker.ts';
import { retry } from '../../../src/policies/retry/retry.ts';
import { timeout } from '../../../src/policies/timeout.ts';
import { tokenBucket } from '../../../src/policies/rate-limit/token-bucket.ts';
import { virtualClock } from '../../../src/testing.ts';
import { PLAIN, failingWith } from './failing-operation.ts';
import { httpFailure, throttled, unavailable } from '../http-failure.ts';

describe('a deadline', () => {
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
    const reader = {
      classifyValue: () => ({ ...verdict, category: 'retryable' as const }),
      classifyError: () => verdict,
      discard: () => sleep(clock, 450),
    };
    const policy = pipeline(
      timeout({ timeoutMs: 500, clock, onEvent }),
      retry({ ...PLAIN, clock, onEvent }),
    );
    const operation = jest.fn(() => 'failed');
    await expect(clock.run(policy.execute(operation, { reader }))).rejects.toMatchObject({
      kind: 'timeout',
      timeoutMs: 500,
    });
    await clock.runAll();
    expect(operation).toHaveBeenCalledTimes(1);
    expect(events.map(({ type }) => type)).toEqual([
      'attempt-ended',
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
    const looking = definePolicy({
      enter: () => {},
      left(_pass, _attempt, { call }) {
        reports = call.history
          .report()
          .attempts.map(({ number, classification }) => [number, classification?.status]);
      },
    });
    const policy = pipeline(
      looking,
      retry({ ...PLAIN, maxRetries: 1, clock, onEvent }),
      retry({ ...PLAIN, maxRetries: 1, clock }),
    );
    return { clock, events, policy, reports: () => reports };
  };

  test('number their attempts as one, and keep each verdict with its attempt', async () => {
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
      ['attempt-ended', 1],
      ['attempt-ended', 2],
      ['retry-scheduled', 3],
      ['attempt-ended', 3],
      ['attempt-ended', 4],
      ['gave-up', undefined],
    ]);
  });

  test('a breaker or a bucket outside a retry leaves the verdicts of its attempts alone', async () => {
    const clock = virtualClock();
    let statuses: unknown;
    const looking = definePolicy({
      enter: () => {},
      left(_pass, _attempt, { call }) {
        statuses = call.history.report().attempts.map((one) => one.classification?.category);
      },
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

  test('an outcome is judged once, however many policies ask', async () => {
    const clock = virtualClock();
    const classifyError = jest.fn(() => ({ ...verdict, category: 'retryable' as const }));
    const reader = { classifyValue: () => verdict, classifyError };
    const policy = pipeline(
      circuitBreaker({ clock }),
      retry({ ...PLAIN, maxRetries: 1, clock }),
      tokenBucket({ clock }),
      circuitBreaker({ clock }),
      timeout({ timeoutMs: 1000, clock }),
    );
    const operation = failingWith([new Error('one'), new Error('two')]);
    await expect(clock.run(policy.execute(operation, { reader }))).rejects.toThrow('two');
    expect(classifyError).toHaveBeenCalledTimes(2);
  });
});

describe('a reader of outcomes', () => {
  test('can keep an operation from being repeated, and says why', async () => {
    const clock = virtualClock();
    const repetition = jest.fn((..._asked: unknown[]) => ({ obstacle: 'its input is used up' }));
    const reader = {
      classifyValue: () => verdict,
      classifyError: () => ({ ...verdict, category: 'retryable' as const }),
      repetition,
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
    await expect(policy.execute(failingWith([new Error('lost')]), { reader })).rejects.toThrow(
      'lost',
    );
    expect(repetition).toHaveBeenCalledWith(expect.objectContaining({ rule: verdict.rule }));
    expect(because).toEqual(['its input is used up']);
  });
});
