import { describe, expect, jest, test } from '@jest/globals';
import { sleep } from '../../../src/core/clock.ts';
import { definePolicy, pipeline } from '../../../src/http/pipeline.ts';
import { circuitBreaker } from '../../../src/policies/circuit-breaker/circuit-breaker.ts';
import { controlOf } from '../../../src/policies/control.ts';
import { timeout } from '../../../src/policies/timeout.ts';
import { tokenBucket } from '../../../src/policies/rate-limit/token-bucket.ts';
import { virtualClock } from '../../../src/testing.ts';
import { httpFailure } from '../http-failure.ts';
import { bucketOf } from './token-bucket-under-test.ts';

describe('a token bucket', () => {
  test('starts its burst at once and then keeps its rate', async () => {
    const { clock, starts, start } = bucketOf({ ratePerSecond: 2, burst: 3 });
    await clock.run(Promise.all(Array.from({ length: 6 }, () => start())));
    expect(starts).toEqual([0, 0, 0, 500, 1000, 1500]);
  });

  test('saves up one token where no burst is given, or what comes in 10 ms if that is more', async () => {
    for (const [ratePerSecond, expected] of [
      [0.5, 1],
      [5, 1],
      [100, 1],
      [250, 2],
      [500, 5],
    ] as const) {
      const { clock, starts, start } = bucketOf({ ratePerSecond });
      await clock.run(Promise.all(Array.from({ length: 6 }, () => start())));
      expect(starts.filter((at) => at === 0)).toHaveLength(expected);
    }
  });

  test('has a bucket for each key', async () => {
    const { clock, starts, start } = bucketOf({ ratePerSecond: 1, burst: 1 });
    await clock.run(Promise.all(['a', 'b', 'a', 'b'].map((key) => start({ key }))));
    expect(starts).toEqual([0, 0, 1000, 1000]);
  });

  test('spends no token on a call that is refused further in', async () => {
    const clock = virtualClock();
    const breaker = circuitBreaker({ clock });
    const bucket = tokenBucket({ ratePerSecond: 1, burst: 1, clock });
    const policy = pipeline(bucket, breaker);
    breaker.forceOpen();
    for (let call = 0; call < 5; call += 1) {
      await expect(policy.execute(() => {})).rejects.toMatchObject({ kind: 'circuit-open' });
    }
    breaker.close();
    await policy.execute(() => {});
    expect(clock.now()).toBe(0);
  });

  test('spends no token on a call that is aborted in the turn in which it gets one', async () => {
    // Half a millisecond a token and a timer of whole ones: two are granted at once.
    const { clock, policy, starts, start } = bucketOf({ ratePerSecond: 2000, burst: 2 });
    await Promise.all([start(), start()]);
    const controller = new AbortController();
    const first = policy.execute(() => controller.abort('enough'));
    const operation = jest.fn();
    const second = policy.execute(operation, { signal: controller.signal });
    second.catch(() => {});
    await clock.run(first);
    await expect(second).rejects.toBe('enough');
    await start();
    expect(operation).not.toHaveBeenCalled();
    expect(starts).toEqual([0, 0, 1]);
    expect(clock.pendingTimers).toBe(0);
  });

  test('does not let more through because a token comes back late', async () => {
    const clock = virtualClock();
    const outer = tokenBucket({ ratePerSecond: 1, burst: 1, clock });
    const slow = definePolicy({
      enter: ({ priority, cancellation }) => sleep(clock, priority === 1 ? 1500 : 0, cancellation),
    });
    const breaker = circuitBreaker({ clock });
    const policy = pipeline(outer, slow, breaker);
    const starts: number[] = [];
    const start = () => policy.execute(() => void starts.push(clock.now()));
    breaker.forceOpen('slow');
    const controller = new AbortController();
    // Takes the first token, and leaves without having started after 1500 ms.
    const leaving = policy.execute(() => {}, { priority: 1, signal: controller.signal });
    leaving.catch(() => {});
    await clock.advance(1000);
    const second = start();
    await clock.advance(400);
    controller.abort();
    const third = start();
    await clock.run(Promise.all([second, third]));
    expect(starts).toEqual([1000, 2000]);
  });
});

describe('a free token', () => {
  test('costs no timer and no turn of the event loop', () => {
    const { clock, starts, start } = bucketOf({ ratePerSecond: 1, burst: 1 });
    void start();
    expect(starts).toEqual([0]);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a caller that waits for a token', () => {
  test('is served first come first served within a priority', async () => {
    const { clock, policy } = bucketOf({ ratePerSecond: 1, burst: 1 });
    const order: string[] = [];
    const calls = ['first', 'a', 'b', 'urgent', 'c', 'idle', 'd'].map((name) => {
      const priority = { urgent: 1, idle: -1 }[name] ?? 0;
      return policy.execute(() => order.push(name), { priority });
    });
    await clock.run(Promise.all(calls));
    expect(order).toEqual(['first', 'urgent', 'a', 'b', 'c', 'd', 'idle']);
  });

  test('leaves at once on abort, and leaves no timer', async () => {
    const { clock, start } = bucketOf({ ratePerSecond: 1, burst: 1 });
    await start();
    const controller = new AbortController();
    const waiting = start({ signal: controller.signal });
    await clock.advance(300);
    controller.abort('enough');
    await expect(waiting).rejects.toBe('enough');
    expect(clock.pendingTimers).toBe(0);
  });

  test('is refused at once where the line is full, and told when to come back', async () => {
    const { clock, start } = bucketOf({ ratePerSecond: 1, burst: 1, maxQueue: 2 });
    const running = [start(), start(), start()];
    await expect(start()).rejects.toMatchObject({
      kind: 'rate-limited',
      message: expect.stringMatching(/as many as maxQueue allows/),
      retryAfterMs: 3000,
      attempts: [],
      classification: { category: 'throttle', decidedBy: 'policy', unprocessed: true },
    });
    await clock.run(Promise.all(running));
  });

  test('is refused at once with no line at all', async () => {
    const { start } = bucketOf({ ratePerSecond: 1, burst: 1, maxQueue: 0 });
    await start();
    await expect(start()).rejects.toMatchObject({ kind: 'rate-limited', retryAfterMs: 1000 });
  });

  test('is refused at once where it would wait longer than maxWaitMs', async () => {
    const { clock, start } = bucketOf({ ratePerSecond: 1, burst: 1, maxWaitMs: 2000 });
    const running = [start(), start(), start()];
    await expect(start()).rejects.toThrow(/maxWaitMs \(2000 ms\).*come back in 3000 ms/);
    await clock.run(Promise.all(running));
    expect(clock.now()).toBe(2000);
  });

  test('is refused at once where a token comes only after its deadline', async () => {
    const clock = virtualClock();
    const bucket = tokenBucket({ ratePerSecond: 1, burst: 1, clock });
    const policy = pipeline(timeout({ timeoutMs: 1000, clock }), bucket);
    await policy.execute(() => {});
    await expect(policy.execute(() => {})).rejects.toMatchObject({
      kind: 'rate-limited',
      retryAfterMs: 1000,
    });
    expect(clock.pendingTimers).toBe(0);
  });

  test('is refused at once where onEmpty says so', async () => {
    const { start, events } = bucketOf({ ratePerSecond: 4, burst: 1, onEmpty: 'reject' });
    await start();
    await expect(start()).rejects.toMatchObject({ kind: 'rate-limited', retryAfterMs: 250 });
    expect(events.map(({ type }) => type)).toEqual(['refused']);
  });

  test('waits without bounds where none are set', async () => {
    const { clock, starts, start } = bucketOf({
      ratePerSecond: 1 / 86_400,
      burst: 1,
      maxWaitMs: Infinity,
      maxQueue: Infinity,
    });
    await clock.run(Promise.all(Array.from({ length: 60 }, () => start())));
    expect(starts.at(-1)).toBeCloseTo(59 * 86_400_000, 3);
  });

  test('row 15: waits no longer than maxWaitMs, whoever comes before it', async () => {
    const { clock, policy, events } = bucketOf({ ratePerSecond: 10, burst: 1, maxWaitMs: 1000 });
    const low = policy.execute(() => {}, { priority: -1 }).then(() => clock.now());
    const lower = policy
      .execute(() => {}, { priority: -2 })
      .catch((error: unknown) => [clock.now(), error]);
    const others: Promise<unknown>[] = [];
    for (let at = 0; at < 60_000; at += 100) {
      others.push(policy.execute(() => {}, { priority: 1 }).catch(() => {}));
      await clock.advance(100);
    }
    await expect(low).resolves.toBe(0);
    const [leftAt, error] = (await lower) as [number, { message: string }];
    expect(leftAt).toBeLessThanOrEqual(1000);
    expect(error).toMatchObject({ kind: 'rate-limited' });
    expect(error.message).toMatch(/within maxWaitMs \(1000 ms\)/);
    await clock.run(Promise.all(others));
    expect(events.filter(({ type }) => type === 'refused')).not.toHaveLength(0);
  });

  test('row 23: five thousand at once with a rate of 50 a second all go, and progress can be seen', async () => {
    const { clock, policy, starts, start } = bucketOf({ ratePerSecond: 50 });
    const all = Promise.all(Array.from({ length: 5000 }, () => start()));
    await clock.advance(50_000);
    const { waiting, longestWaitMs } = controlOf(policy).state();
    expect(waiting).toBeGreaterThan(2400);
    expect(waiting).toBeLessThan(2600);
    expect(longestWaitMs).toBe(50_000);
    await clock.run(all);
    expect(starts).toHaveLength(5000);
    expect(clock.now()).toBeLessThanOrEqual(101_000);
  });

  test('is told how long it waited in the report', async () => {
    const clock = virtualClock();
    const bucket = tokenBucket({ ratePerSecond: 4, burst: 1, clock });
    await bucket.execute(() => {});
    const failing = bucket.execute(() => {
      throw httpFailure(404);
    });
    failing.catch(() => {});
    let queued: unknown;
    const noting = definePolicy({
      enter: () => {},
      left: (_pass, attempt) => void (queued = attempt.queuedMs),
    });
    await clock.run(pipeline(noting, bucket).execute(() => {}));
    expect(queued).toBe(500);
  });
});
