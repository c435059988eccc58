import { afterEach, describe, expect, test } from '@jest/globals';
import Bottleneck from 'bottleneck';
import { bottleneckLimiter } from '../../src/adapters/bottleneck.ts';
import { pipeline } from '../../src/http/pipeline.ts';
import type { Policy } from '../../src/core/policy.ts';
import { retry } from '../../src/policies/retry/retry.ts';

// Bottleneck lives on the platform's timers: these tests take the milliseconds that it takes.
const opened: Bottleneck[] = [];
const limiterWith = (options: Bottleneck.ConstructorOptions): Bottleneck => {
  const limiter = new Bottleneck(options);
  opened.push(limiter);
  return limiter;
};
afterEach(async () => {
  // Their jobs would keep the process alive until their turn.
  await Promise.all(opened.splice(0).map((limiter) => limiter.stop({ dropWaitingJobs: true })));
});

const failingOnce = (error: unknown, then: () => unknown = () => 'done') => {
  let failed = false;
  return () => {
    if (failed) return Promise.resolve(then());
    failed = true;
    return Promise.reject(error);
  };
};
const connectionReset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
const until = async (holds: () => boolean) => {
  const end = performance.now() + 3_000;
  while (!holds() && performance.now() < end) await nextTurn();
  expect(holds()).toBe(true);
};

/** Starts a call that keeps the limiter's only slot until it is released. */
async function holdSlot(limiter: Bottleneck, policy: Policy) {
  let end = (): void => {};
  const held = policy.execute(() => new Promise<void>((resolve) => (end = resolve)));
  await until(() => limiter.counts().EXECUTING === 1);
  const release = async (): Promise<void> => {
    end();
    await held;
  };
  return { release };
}

describe('an existing Bottleneck as the limiter', () => {
  test('starts no more attempts at once than the limiter allows', async () => {
    const limiter = limiterWith({ maxConcurrent: 2 });
    const policy = bottleneckLimiter(limiter);
    const releases: (() => void)[] = [];
    const operation = () => new Promise<void>((resolve) => releases.push(resolve));
    const calls = Array.from({ length: 4 }, () => policy.execute(operation));
    await until(() => limiter.counts().EXECUTING === 2);
    for (let turn = 0; turn < 50; turn += 1) await nextTurn();
    expect(releases).toHaveLength(2);
    for (let started = 0; started < 4; started += 1) {
      await until(() => releases.length > started);
      releases[started]?.();
    }
    await Promise.all(calls);
  });

  test('frees its slot before a backoff', async () => {
    const limiter = limiterWith({ maxConcurrent: 1 });
    const waits: number[] = [];
    const policy = pipeline(
      retry({
        baseDelayMs: 40,
        jitter: 'none',
        onEvent: (event) => {
          if (event.type === 'retry-scheduled') waits.push(limiter.counts().EXECUTING ?? 0);
        },
      }),
      bottleneckLimiter(limiter),
    );
    const retried = policy.execute(failingOnce(connectionReset));
    await until(() => waits.length === 1);
    // The one slot is free while the first call backs off, so another gets through.
    await expect(policy.execute(() => 'other')).resolves.toBe('other');
    await expect(retried).resolves.toBe('done');
  });

  test('leaves the line as soon as its signal aborts, and never runs', async () => {
    const limiter = limiterWith({ maxConcurrent: 1 });
    const policy = bottleneckLimiter(limiter);
    const first = await holdSlot(limiter, policy);

    const controller = new AbortController();
    let ran = false;
    const second = policy.execute(() => void (ran = true), { signal: controller.signal });
    await nextTurn();
    const reason = new Error('no longer needed');
    controller.abort(reason);
    await expect(second).rejects.toBe(reason);
    await first.release();
    await until(() => limiter.empty() && limiter.counts().EXECUTING === 0);
    expect(ran).toBe(false);
  });

  test('refuses what Bottleneck drops, with an error of our own', async () => {
    const limiter = limiterWith({
      maxConcurrent: 1,
      highWater: 0,
      strategy: Bottleneck.strategy.OVERFLOW,
    });
    const policy = bottleneckLimiter(limiter);
    const first = await holdSlot(limiter, policy);
    await expect(policy.execute(() => 'never')).rejects.toMatchObject({ kind: 'rate-limited' });
    await first.release();
  });

  test('does not hang on a limiter that drops without rejecting', async () => {
    const limiter = limiterWith({
      maxConcurrent: 1,
      highWater: 0,
      strategy: Bottleneck.strategy.OVERFLOW,
      rejectOnDrop: false,
    });
    const policy = bottleneckLimiter(limiter);
    const first = await holdSlot(limiter, policy);
    await expect(policy.execute(() => 'never')).rejects.toMatchObject({ kind: 'rate-limited' });
    await first.release();
  });

  test('takes a slot back from an attempt that hangs, and lets the next one run', async () => {
    const policy = bottleneckLimiter(limiterWith({ maxConcurrent: 1 }), { expirationMs: 20 });
    void policy.execute(() => new Promise(() => {}));
    await expect(policy.execute(() => 'next')).resolves.toBe('next');
  });

  test('stops what the server accepts nothing of, and lets one probe at a time go', async () => {
    const limiter = limiterWith({ maxConcurrent: 5 });
    const pauses: number[] = [];
    const policy = bottleneckLimiter(limiter, {
      onEvent: (event) => {
        if (event.type === 'key-paused') pauses.push(event.pauseMs);
      },
    });
    const throttled = { status: 429, message: 'slow down' };
    for (let call = 0; call < 5; call += 1) {
      await expect(policy.execute(() => Promise.reject(throttled))).rejects.toBe(throttled);
    }
    expect(pauses).toEqual([1000]);
    const before = performance.now();
    await policy.execute(() => 'resumed');
    expect(performance.now() - before).toBeGreaterThanOrEqual(990);
  });
});

describe('two adapters on one Bottleneck', () => {
  test('do not refuse each other', async () => {
    const limiter = limiterWith({ maxConcurrent: 1 });
    const policies = [bottleneckLimiter(limiter), bottleneckLimiter(limiter)];
    const calls = policies.flatMap((policy) =>
      Array.from({ length: 3 }, () => policy.execute(() => nextTurn())),
    );
    expect((await Promise.allSettled(calls)).map(({ status }) => status)).toEqual(
      calls.map(() => 'fulfilled'),
    );
  });
});

describe('a waiter that aborts uses no rate', () => {
  /** As many calls as asked for, waiting in line; gives them up when called. */
  function crowd(policy: Policy, size: number) {
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = Array.from({ length: size }, () =>
      policy.execute(() => 'sent', { signal }).catch(() => 'aborted'),
    );
    return async () => {
      controller.abort();
      const outcomes = await Promise.all(waiting);
      return outcomes.filter((outcome) => outcome === 'aborted').length;
    };
  }

  test.each([true, false])(
    'a live call does not pay for 100 of them (it was in line before they left: %s)',
    async (isInLineBefore) => {
      const limiter = limiterWith({ minTime: 250 });
      const policy = bottleneckLimiter(limiter);
      const other = bottleneckLimiter(limiter);
      await policy.execute(() => 'first');
      const leave = crowd(policy, 100);
      const live = () => other.execute(() => performance.now());
      const before = isInLineBefore ? live() : undefined;
      await until(() => limiter.queued() + (limiter.counts().RUNNING ?? 0) >= 30);
      const left = performance.now();
      expect(await leave()).toBeGreaterThan(90);
      // A hundred places in line are 25 s, and one is 250 ms; a busy machine may add to that.
      expect((await (before ?? live())) - left).toBeLessThan(2_000);
      // Nor do those who come later.
      const many = await Promise.all([live(), live()]);
      expect(Math.max(...many) - left).toBeLessThan(4_000);
    },
  );

  test('those who go on keep their order, and their distance', async () => {
    const limiter = limiterWith({ minTime: 50 });
    const policy = bottleneckLimiter(limiter);
    const started: { readonly name: string; readonly at: number }[] = [];
    const run = (name: string, priority = 0) =>
      policy.execute(() => void started.push({ name, at: performance.now() }), { priority });
    await run('first');
    const leave = crowd(policy, 10);
    const live = [run('second'), run('third')];
    expect(await leave()).toBe(10);
    live.push(run('urgent', 2), run('fourth'));
    await Promise.all(live);
    expect(started.map(({ name }) => name)).toEqual([
      'first',
      'urgent',
      'second',
      'third',
      'fourth',
    ]);
    const gaps = started.slice(1).map(({ at }, index) => at - (started[index]?.at ?? 0));
    expect(Math.min(...gaps.slice(1))).toBeGreaterThan(35);
  });

  test('gives back what it took of a reservoir', async () => {
    const limiter = limiterWith({ reservoir: 5, minTime: 300 });
    const policy = bottleneckLimiter(limiter);
    await policy.execute(() => 'first');
    const leave = crowd(policy, 4);
    await until(() => limiter.counts().RUNNING === 4);
    await expect(limiter.currentReservoir()).resolves.toBe(0);
    expect(await leave()).toBe(4);
    await until(() => Object.values(limiter.counts()).every((count) => count === 0));
    await expect(limiter.currentReservoir()).resolves.toBe(4);
  });

  test('does not make a line look full', async () => {
    const limiter = limiterWith({
      maxConcurrent: 1,
      highWater: 3,
      strategy: Bottleneck.strategy.OVERFLOW,
    });
    const policy = bottleneckLimiter(limiter);
    const first = await holdSlot(limiter, policy);
    const leave = crowd(policy, 3);
    await until(() => limiter.queued() === 3);
    expect(await leave()).toBe(3);
    const live = [1, 2, 3].map((number) => policy.execute(() => number));
    await nextTurn();
    await first.release();
    await expect(Promise.all(live)).resolves.toEqual([1, 2, 3]);
  });
});

describe('a Bottleneck.Group as the limiter', () => {
  test('gives every key a limiter of its own', async () => {
    const group = new Bottleneck.Group({ maxConcurrent: 1 });
    const policy = bottleneckLimiter(group);
    let release = (): void => {};
    const held = policy.execute(() => new Promise<void>((resolve) => (release = resolve)), {
      key: 'a',
    });
    await expect(policy.execute(() => 'b runs', { key: 'b' })).resolves.toBe('b runs');
    release();
    await held;
    await group.disconnect();
  });

  test('is made of Bottleneck options too', async () => {
    const policy = bottleneckLimiter({ maxConcurrent: 1, id: 'made-here' });
    await expect(policy.execute(() => 'ran')).resolves.toBe('ran');
  });
});

test.each([undefined, null, 'limiter', 3])('refuses %p as a limiter', (wrong) => {
  expect(() => bottleneckLimiter(wrong as never)).toThrow(
    /bottleneckLimiter\.limiter must be a Bottleneck, a Bottleneck\.Group, or the options of one/,
  );
});
