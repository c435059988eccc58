import { describe, expect, jest, test } from '@jest/globals';
import { sleep } from '../../src/core/clock.ts';
import type { ResilienceEvent } from '../../src/core/events.ts';
import { definePolicy, pipeline } from '../../src/core/policy.ts';
import { circuitBreaker } from '../../src/policies/circuit-breaker.ts';
import { timeout } from '../../src/policies/timeout.ts';
import { tokenBucket, type TokenBucketOptions } from '../../src/policies/token-bucket.ts';
import { virtualClock } from '../../src/testing.ts';
import { httpFailure, throttled, unavailable } from './http-failure.ts';

function bucketOf(options: TokenBucketOptions = {}) {
  const clock = virtualClock();
  const events: ResilienceEvent[] = [];
  const policy = tokenBucket({ clock, onEvent: (event) => events.push(event), ...options });
  const starts: number[] = [];
  const start = (call: { key?: string; priority?: number; signal?: AbortSignal } = {}) =>
    policy.execute(() => void starts.push(clock.now()), call);
  const fail = async (failure: Error, key?: string) => {
    await expect(policy.execute(() => Promise.reject(failure), { key })).rejects.toBe(failure);
  };
  return { clock, policy, events, starts, start, fail };
}

describe('L1: a token bucket', () => {
  test('starts its burst at once and then keeps its rate', async () => {
    const { clock, starts, start } = bucketOf({ ratePerSecond: 2, burst: 3 });
    await clock.run(Promise.all(Array.from({ length: 6 }, () => start())));
    expect(starts).toEqual([0, 0, 0, 500, 1000, 1500]);
  });

  test('saves up what comes in a second where no burst is given, and at least one', async () => {
    for (const [ratePerSecond, expected] of [
      [5, 5],
      [2.5, 2],
      [0.5, 1],
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
    const slow = definePolicy(async (operation, context) => {
      await sleep(clock, context.call.priority === 1 ? 1500 : 0, context.cancellation);
      return operation(context);
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

describe('L2: a free token', () => {
  test('costs no timer and no turn of the event loop', () => {
    const { clock, starts, start } = bucketOf({ ratePerSecond: 1, burst: 1 });
    void start();
    expect(starts).toEqual([0]);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('L2: whoever waits', () => {
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

  test('R3: leaves at once on abort, and leaves no timer', async () => {
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

  test('is sent away at once where a pause makes it wait too long', async () => {
    const { clock, start, fail, events } = bucketOf({
      ratePerSecond: 1,
      burst: 2,
      maxWaitMs: 5000,
    });
    await start();
    const failing = fail(throttled(3600));
    const waiting = start();
    await failing;
    await expect(waiting).rejects.toMatchObject({
      kind: 'rate-limited',
      retryAfterMs: 3_600_000,
    });
    expect(clock.now()).toBe(0);
    expect(clock.pendingTimers).toBe(0);
    expect(events.map(({ type }) => type)).toEqual(['queued', 'key-paused', 'refused']);
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
    const noting = definePolicy(async (operation, context) => {
      const value = await operation(context);
      queued = context.record.queuedMs;
      return value;
    });
    await clock.run(pipeline(noting, bucket).execute(() => {}));
    expect(queued).toBe(500);
  });
});

describe('L3: a throttle', () => {
  test('pauses the key for every caller until the hint passes, without a rate', async () => {
    const { clock, starts, start, fail } = bucketOf();
    await fail(throttled(2));
    await clock.run(Promise.all([start(), start(), start({ key: 'other' })]));
    expect(starts).toEqual([0, 2000, 2100]);
  });

  test('pauses the key for every caller until the hint passes, with a rate', async () => {
    const { clock, starts, start, fail } = bucketOf({ ratePerSecond: 10, burst: 10 });
    await fail(throttled(2));
    await clock.run(Promise.all([start(), start(), start()]));
    expect(starts).toEqual([2000, 2100, 2200]);
  });

  test('pauses longer while throttles without a hint go on, and not for those on the wire', async () => {
    const { clock, events, policy } = bucketOf();
    const slow = () =>
      policy
        .execute(async () => {
          await sleep(clock, 10);
          throw throttled();
        })
        .catch(() => {});
    await clock.run(Promise.all([slow(), slow(), slow()]));
    await clock.run(slow());
    const pauses = events.flatMap((event) => (event.type === 'key-paused' ? [event.pauseMs] : []));
    expect(pauses).toEqual([1000, 1000, 1000, 2000]);
  });

  test('is not what an overloaded or a wrong request is', async () => {
    const { clock, start, fail, events } = bucketOf();
    await fail(unavailable(60));
    await fail(httpFailure(400));
    await fail(new TypeError('bug'));
    await start();
    expect(clock.now()).toBe(0);
    expect(events).toEqual([]);
  });

  test('is not what a limiter further in refuses', async () => {
    const clock = virtualClock();
    const paused: string[] = [];
    const policy = pipeline(
      tokenBucket({ clock, onEvent: ({ type }) => paused.push(type) }),
      tokenBucket({ ratePerSecond: 1, burst: 1, onEmpty: 'reject', clock }),
    );
    await policy.execute(() => {});
    await expect(policy.execute(() => {})).rejects.toMatchObject({ kind: 'rate-limited' });
    expect(paused).toEqual([]);
  });

  test('told by a returned response counts like a thrown one', async () => {
    const { clock, policy, starts, start } = bucketOf();
    const response = new Response('', { status: 429, headers: { 'retry-after': '3' } });
    await expect(clock.run(policy.execute(() => response))).resolves.toBe(response);
    await clock.run(start());
    expect(starts).toEqual([3000]);
  });

  test('lets a crowd of a thousand through in seconds once it is over', async () => {
    const { clock, starts, start, fail } = bucketOf();
    await fail(throttled(1));
    await clock.run(Promise.all(Array.from({ length: 1000 }, () => start())));
    expect(starts).toHaveLength(1000);
    expect(Math.min(...starts)).toBe(1000);
    expect(clock.now()).toBeLessThan(9000);
  });

  test('B4: costs a key nothing before it is throttled, and is forgotten last', async () => {
    const { clock, starts, start, fail } = bucketOf({ maxKeys: 2 });
    await fail(throttled(10), 'paused');
    for (let index = 0; index < 50; index += 1) await start({ key: `other ${index}` });
    await fail(throttled(1), 'a');
    await fail(throttled(1), 'b');
    starts.length = 0;
    await clock.run(start({ key: 'paused' }));
    expect(starts).toEqual([10_000]);
  });
});
