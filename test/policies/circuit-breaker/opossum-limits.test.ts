import { afterEach, describe, expect, jest, test } from '@jest/globals';
import Opossum from 'opossum';
import { sleep } from '../../../src/core/clock.ts';
import { pipeline } from '../../../src/http/pipeline.ts';
import { circuitBreaker } from '../../../src/policies/circuit-breaker/circuit-breaker.ts';
import { type CircuitBreakerOptions } from '../../../src/policies/circuit-breaker/circuit-breaker-options.ts';
import { tokenBucket } from '../../../src/policies/rate-limit/token-bucket.ts';
import { virtualClock } from '../../../src/testing.ts';
import { httpFailure, throttled, unavailable } from '../http-failure.ts';

type Action = () => Promise<unknown>;

const bares: Opossum<[Action]>[] = [];
/** An opossum as anybody would make one: it runs what it is given. */
function bareOf(options: Opossum.Options = {}): Opossum<[Action]> {
  const bare = new Opossum((action: Action) => action(), options);
  bares.push(bare);
  return bare;
}

afterEach(() => {
  for (const bare of bares.splice(0)) bare.shutdown();
});

const fails = async (failure: unknown = unavailable()): Promise<never> => {
  throw failure;
};
const quietly = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function breakerOf(options: CircuitBreakerOptions = {}) {
  const clock = virtualClock();
  const breaker = circuitBreaker({
    mode: 'classic',
    clock,
    openMs: 1000,
    random: () => 0.5,
    ...options,
  });
  return { clock, breaker };
}

/** A promise that a test settles when it likes. */
function deferred() {
  let settle = { resolve: (_value: unknown) => {}, reject: (_error: unknown) => {} };
  const promise = new Promise((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...settle };
}

/** Opens a bare opossum and makes it half-open, as its timer would. */
async function halfOpen(bare: Opossum<[Action]>): Promise<void> {
  jest.useFakeTimers();
  bare.open();
  await jest.advanceTimersByTimeAsync(1001);
  jest.useRealTimers();
  expect(bare.halfOpen).toBe(true);
}

describe('a limit of opossum that holdfast hides', () => {
  test('bare, it opens on the first failure; holdfast waits for a minimum of calls', async () => {
    const bare = bareOf();
    await quietly(bare.fire(fails));
    expect(bare.opened).toBe(true);

    const { breaker } = breakerOf();
    await quietly(breaker.execute(() => fails()));
    expect(breaker.state()).toBe('closed');
  });

  test('bare, a straggler closes half-open; holdfast ignores it', async () => {
    const bare = bareOf({ resetTimeout: 1000, timeout: false });
    const bareStraggler = deferred();
    const fired = bare.fire(() => bareStraggler.promise);
    await halfOpen(bare);
    bareStraggler.resolve('from before');
    await fired;
    expect(bare.closed).toBe(true);

    const { clock, breaker } = breakerOf({ minimumCalls: 1 });
    const straggler = deferred();
    const called = breaker.execute(() => straggler.promise);
    await quietly(breaker.execute(() => fails()));
    await clock.advance(1000);
    const probe = deferred();
    const probing = breaker.execute(() => probe.promise);
    straggler.resolve('from before');
    await called;
    expect(breaker.state()).toBe('half-open');
    probe.resolve('well');
    await probing;
    expect(breaker.state()).toBe('closed');
  });

  test('bare, an error that is filtered out closes half-open; holdfast learns nothing from it', async () => {
    const bug = new TypeError('undefined is not a function');
    const isFatal = (error: unknown) => error === bug;
    const bare = bareOf({ resetTimeout: 1000, errorFilter: isFatal });
    await halfOpen(bare);
    await quietly(bare.fire(() => fails(bug)));
    expect(bare.closed).toBe(true);

    const { clock, breaker } = breakerOf({ minimumCalls: 1 });
    await quietly(breaker.execute(() => fails()));
    await clock.advance(1000);
    await quietly(breaker.execute(() => fails(bug)));
    expect(breaker.state()).toBe('half-open');
  });

  test('bare, a probe that hangs wedges it for ever; holdfast lets another one try', async () => {
    const bare = bareOf({ resetTimeout: 1000, timeout: false });
    await halfOpen(bare);
    void bare.fire(() => deferred().promise);
    jest.useFakeTimers();
    await jest.advanceTimersByTimeAsync(86_400_000);
    jest.useRealTimers();
    await expect(bare.fire(async () => 'well')).rejects.toMatchObject({ code: 'EOPENBREAKER' });

    const { clock, breaker } = breakerOf({ minimumCalls: 1 });
    await quietly(breaker.execute(() => fails()));
    await clock.advance(1000);
    void breaker.execute(() => deferred().promise);
    await clock.advance(30_000);
    await expect(breaker.execute(() => 'well')).resolves.toBe('well');
    expect(breaker.state()).toBe('closed');
  });

  test('bare, a refusal for want of capacity counts as a failure; holdfast’s refusals do not', async () => {
    const bare = bareOf({ capacity: 1, volumeThreshold: 2, timeout: false });
    void bare.fire(() => deferred().promise);
    await quietly(bare.fire(async () => 'never sent'));
    await quietly(bare.fire(async () => 'never sent'));
    expect(bare.opened).toBe(true);

    const { clock, breaker } = breakerOf({ minimumCalls: 2 });
    const limiter = tokenBucket({ ratePerSecond: 1, burst: 1, onEmpty: 'reject', clock });
    const policy = pipeline(breaker, limiter);
    await policy.execute(() => 'sent');
    for (let call = 0; call < 20; call += 1) await quietly(policy.execute(() => 'never sent'));
    expect(breaker.state()).toBe('closed');
  });

  test('bare, calls under way dilute the ratio; holdfast counts only what has ended', async () => {
    const bare = bareOf({ volumeThreshold: 5, timeout: false });
    for (let call = 0; call < 20; call += 1) void bare.fire(() => deferred().promise);
    for (let call = 0; call < 10; call += 1) await quietly(bare.fire(fails));
    // Everything that has ended was a failure.
    expect(bare.opened).toBe(false);

    const { breaker } = breakerOf({ minimumCalls: 5 });
    for (let call = 0; call < 20; call += 1) void breaker.execute(() => deferred().promise);
    for (let call = 0; call < 5; call += 1) await quietly(breaker.execute(() => fails()));
    expect(breaker.state()).toBe('open');
  });

  test('bare, throttles and faults of the caller open it; to holdfast they say nothing of health', async () => {
    const bare = bareOf({ volumeThreshold: 2 });
    await quietly(bare.fire(() => fails(throttled(1))));
    await quietly(bare.fire(() => fails(httpFailure(400))));
    expect(bare.opened).toBe(true);

    const { breaker } = breakerOf({ minimumCalls: 2 });
    for (let call = 0; call < 20; call += 1) {
      await quietly(breaker.execute(() => fails(throttled(1))));
      await quietly(breaker.execute(() => fails(httpFailure(400))));
    }
    expect(breaker.state()).toBe('closed');
  });

  test('bare, it writes into the options that it is given; holdfast leaves them alone', async () => {
    const bareOptions: Opossum.Options = { volumeThreshold: 2 };
    bareOf(bareOptions);
    expect(Object.keys(bareOptions).length).toBeGreaterThan(1);

    const options: CircuitBreakerOptions = Object.freeze({
      mode: 'classic',
      minimumCalls: 1,
    });
    const breaker = circuitBreaker(options);
    await quietly(breaker.execute(() => fails()));
    expect(options).toEqual({ mode: 'classic', minimumCalls: 1 });
    expect(breaker.state()).toBe('open');
  });

  test('bare, a breaker has timers of its own while it lives; holdfast’s keys have none', async () => {
    const setInterval = jest.spyOn(globalThis, 'setInterval');
    const setTimeout = jest.spyOn(globalThis, 'setTimeout');
    const clearTimeout = jest.spyOn(globalThis, 'clearTimeout');
    try {
      bareOf();
      expect(setInterval).toHaveBeenCalledTimes(2);
      setInterval.mockClear();

      const { clock, breaker } = breakerOf({ minimumCalls: 2 });
      for (let key = 0; key < 50; key += 1) {
        await breaker.execute(() => 'well', { key: `${key}` });
        await quietly(breaker.execute(() => fails(), { key: `${key}` }));
        if (key % 2 === 0) await quietly(breaker.execute(() => fails(), { key: `${key}` }));
      }
      await turn();
      expect(setInterval).not.toHaveBeenCalled();
      expect(clock.pendingTimers).toBe(0);
      // opossum sets one when it opens; the circuit takes it back at once.
      const own = setTimeout.mock.results.map(({ value }) => value as unknown);
      const cleared = new Set(clearTimeout.mock.calls.map(([timer]) => timer as unknown));
      expect(own.filter((timer) => !cleared.has(timer))).toEqual([]);
      expect(own.length).toBeGreaterThan(0);
    } finally {
      setInterval.mockRestore();
      setTimeout.mockRestore();
      clearTimeout.mockRestore();
    }
  });

  test('bare, it keeps the latency of every call; holdfast keeps counters', async () => {
    const bare = bareOf();
    for (let call = 0; call < 100; call += 1) await bare.fire(async () => 'well');
    expect(bare.stats.latencyTimes).toHaveLength(100);

    const newStatus = jest.spyOn(Opossum, 'newStatus');
    try {
      const { breaker } = breakerOf({ minimumCalls: 2, failureRatio: 1 });
      await breaker.execute(() => 'well');
      for (let call = 0; call < 100; call += 1) await quietly(breaker.execute(() => fails()));
      expect(newStatus).not.toHaveBeenCalled();
    } finally {
      newStatus.mockRestore();
    }
  });

  test('bare, it is there for every key; holdfast asks one where the ratio is reached, and lets it go', async () => {
    const newStatus = jest.spyOn(Opossum, 'newStatus');
    const shutdown = jest.spyOn(Opossum.prototype, 'shutdown');
    try {
      const { breaker } = breakerOf({ windowMs: 1000, minimumCalls: 3, failureRatio: 0.5 });
      await breaker.execute(() => 'well');
      await quietly(breaker.execute(() => fails()));
      // Two outcomes are too few to judge.
      expect(newStatus).not.toHaveBeenCalled();
      await quietly(breaker.execute(() => fails()));
      expect(newStatus).toHaveBeenCalledTimes(1);
      expect(shutdown).toHaveBeenCalledTimes(1);
      expect(breaker.state()).toBe('open');
    } finally {
      newStatus.mockRestore();
      shutdown.mockRestore();
    }
  });

  test('bare, its window is turned by real time; holdfast’s by the clock that it is given', async () => {
    const { clock, breaker } = breakerOf({ minimumCalls: 2, windowMs: 1000 });
    await quietly(breaker.execute(() => fails()));
    await clock.run(sleep(clock, 1500));
    await quietly(breaker.execute(() => fails()));
    expect(breaker.state()).toBe('closed');
    await quietly(breaker.execute(() => fails()));
    expect(breaker.state()).toBe('open');
  });
});
