import { describe, expect, jest, test } from '@jest/globals';
import { getEventListeners } from 'node:events';
import type { OperationContext } from '../../src/core/call.ts';
import type { Cancellation } from '../../src/core/cancellation.ts';
import type { Context } from '../../src/core/context.ts';
import { policyOf } from '../../src/core/layered-policy.ts';
import type { Wrap } from '../../src/core/layers.ts';
import { sleep } from '../../src/core/clock.ts';
import { definePolicy, pipeline } from '../../src/http/pipeline.ts';
import type { Policy } from '../../src/core/policy.ts';
import { retry } from '../../src/policies/retry/retry.ts';
import { timeout } from '../../src/policies/timeout.ts';
import { virtualClock } from '../../src/testing.ts';

const identity = pipeline();
const listenersOf = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;
const never = () => new Promise<never>(() => {});
const failure = (status = 503) => Object.assign(new Error(`status ${status}`), { status });

describe('a call', () => {
  test('gives the operation its key, its number and a signal', async () => {
    const seen: OperationContext[] = [];
    await identity.execute((context) => void seen.push(context), { key: 'k' });
    await identity.execute((context) => void seen.push(context));
    expect(seen.map(({ key, attempt }) => [key, attempt])).toEqual([
      ['k', 1],
      ['default', 1],
    ]);
    expect(seen[0]!.signal.aborted).toBe(false);
    expect(seen[0]!.signal).toBe(seen[0]!.signal);
  });

  test('rejects at once where its signal has aborted already, and runs nothing', async () => {
    const operation = jest.fn(never);
    const called = identity.execute(operation, { signal: AbortSignal.abort('enough') });
    await expect(called).rejects.toBe('enough');
    expect(operation).not.toHaveBeenCalled();
  });

  test('settles with the reason as soon as its signal aborts, whether or not the operation heeds it', async () => {
    const controller = new AbortController();
    let outcome: unknown = 'pending';
    const called = identity.execute(never, { signal: controller.signal });
    called.catch((reason: unknown) => (outcome = reason));
    controller.abort('enough');
    await new Promise((resolve) => setImmediate(resolve));
    expect(outcome).toBe('enough');
    expect(listenersOf(controller.signal)).toBe(0);
  });

  test('leaves no listener on the signal when it ends, well or badly', async () => {
    const { signal } = new AbortController();
    await identity.execute(() => 'well', { signal });
    await expect(
      identity.execute(() => Promise.reject(new Error('badly')), { signal }),
    ).rejects.toThrow('badly');
    expect(listenersOf(signal)).toBe(0);
  });

  test('hands the caller’s own signal to the operation where no policy bounds it', async () => {
    const { signal } = new AbortController();
    const seen: AbortSignal[] = [];
    const policy = retry({ maxRetries: 1, baseDelayMs: 0 });
    const operation = (context: OperationContext) => {
      seen.push(context.signal);
      throw failure();
    };
    await expect(policy.execute(operation, { signal })).rejects.toThrow('status 503');
    expect(seen).toEqual([signal, signal]);
    expect(seen.every((one) => one === signal)).toBe(true);
  });

  test('starts no attempt in the turn in which it was aborted', async () => {
    const clock = virtualClock();
    const controller = new AbortController();
    const pausing = definePolicy({
      wrap: (next) => async (context) => {
        await sleep(clock, 10, context.cancellation);
        queueMicrotask(() => controller.abort('enough'));
        await Promise.resolve();
        await Promise.resolve();
        return next(context);
      },
    });
    const operation = jest.fn(() => 'sent');
    const called = pausing.execute(operation, { signal: controller.signal });
    await expect(clock.run(called)).rejects.toBe('enough');
    await clock.settle();
    expect(operation).not.toHaveBeenCalled();
  });

  test('discards what comes after the abort', async () => {
    const controller = new AbortController();
    const discard = jest.fn();
    const reader = {
      classifyValue: () => ({}) as never,
      classifyError: () => ({}) as never,
      discard: (value: unknown, cancellation: unknown) => void discard(value, cancellation),
    };
    let arrive: (value: string) => void = () => {};
    const operation = () => new Promise<string>((resolve) => (arrive = resolve));
    const called = identity.execute(operation, { signal: controller.signal, reader });
    controller.abort('enough');
    await expect(called).rejects.toBe('enough');
    arrive('late');
    await new Promise((resolve) => setImmediate(resolve));
    expect(discard).toHaveBeenCalledTimes(1);
    expect(discard).toHaveBeenCalledWith('late', expect.objectContaining({ cancelled: true }));
  });

  test('gathers no listeners over the attempts of a long call', async () => {
    const clock = virtualClock();
    const counted = new Set<Cancellation>();
    let listening = 0;
    const counting: Wrap = {
      wrap: (next) => (context) => {
        const { cancellation } = context;
        if (cancellation && !counted.has(cancellation)) {
          counted.add(cancellation);
          const { add, remove } = cancellation;
          cancellation.add = (listener) => {
            listening += 1;
            add.call(cancellation, listener);
          };
          cancellation.remove = (listener) => {
            listening -= 1;
            remove.call(cancellation, listener);
          };
        }
        return next(context);
      },
    };
    const policy = pipeline(
      timeout({ timeoutMs: 1e9, clock }),
      policyOf([counting]),
      retry({ maxRetries: 50, baseDelayMs: 1, clock }),
    );
    const most: number[] = [];
    const operation = (context: OperationContext) => {
      expect(context.signal.aborted).toBe(false);
      most.push(listening);
      throw failure();
    };
    const { signal } = new AbortController();
    await expect(clock.run(policy.execute(operation, { signal }))).rejects.toThrow('status 503');
    expect(most).toHaveLength(51);
    // The attempt itself and its signal, of the latest attempt alone.
    expect(Math.max(...most)).toBe(2);
    expect(listening).toBe(0);
    expect(listenersOf(signal)).toBe(0);
  });

  test('takes a priority that is not a number for none', async () => {
    let priority: number | undefined;
    const looking = definePolicy({ enter: (context) => void ({ priority } = context) });
    await looking.execute(() => {}, { priority: NaN });
    expect(priority).toBe(0);
  });
});

describe('a call’s operation', () => {
  test.each<[string, () => unknown, unknown]>([
    ['an error', () => Promise.reject(failure(404)), undefined],
    ['undefined', () => Promise.reject(undefined), undefined],
    ['null', () => Promise.reject(null), null],
    ['a string', () => Promise.reject('text'), 'text'],
    ['a frozen object', () => Promise.reject(Object.freeze({ a: 1 })), { a: 1 }],
  ])('may reject with %s, which comes out as it is', async (_what, operation) => {
    let given: unknown = 'nothing';
    let got: unknown = 'nothing else';
    const noting = async () => {
      try {
        return await operation();
      } catch (error) {
        given = error;
        throw error;
      }
    };
    await pipeline(retry({ maxRetries: 0 }), timeout({ timeoutMs: 1000 }))
      .execute(noting)
      .catch((error: unknown) => (got = error));
    expect(got).toBe(given);
  });

  test('may throw at once, or give a thenable', async () => {
    const policy = pipeline(timeout({ timeoutMs: 1000 }), retry({ maxRetries: 0 }));
    const thrown = failure(404);
    const throws = () => {
      throw thrown;
    };
    await expect(policy.execute(throws)).rejects.toBe(thrown);
    await expect(identity.execute(throws)).rejects.toBe(thrown);
    // oxlint-disable-next-line unicorn/no-thenable -- an SDK may return one
    const thenable = { then: (resolve: (value: string) => void) => resolve('given') };
    await expect(policy.execute(() => thenable as PromiseLike<string>)).resolves.toBe('given');
  });
});

describe('the report of a call', () => {
  const reportOf = async (policy: Policy, operation: (context: OperationContext) => unknown) => {
    let context: Context | undefined;
    const looking = definePolicy({ enter: (entering) => void (context = entering) });
    await pipeline(looking, policy)
      .execute(operation)
      .catch(() => {});
    return context!.call.history.report();
  };

  test('says when each attempt began and how long it took, also after a wait', async () => {
    const clock = virtualClock({ epochMs: 1_000_000 });
    const policy = retry({ maxRetries: 1, baseDelayMs: 500, jitter: 'none', clock });
    const report = await clock.run(
      reportOf(policy, async () => {
        await sleep(clock, 20);
        throw failure();
      }),
    );
    expect(report.attempts).toMatchObject([
      { number: 1, startedAt: 1_000_000, durationMs: 20, waitedMs: 0 },
      { number: 2, startedAt: 1_000_520, durationMs: 20, waitedMs: 500 },
    ]);
    expect(report.attempts.map(({ classification }) => classification?.status)).toEqual([503, 503]);
  });

  test('numbers the attempts of a policy that runs its operation again without telling', async () => {
    const again: Policy = {
      execute: async (operation, options) => {
        const context = options as OperationContext;
        await Promise.resolve(operation(context)).catch(() => {});
        return operation(context);
      },
    };
    const seen: number[] = [];
    const report = await reportOf(again, ({ attempt }) => void seen.push(attempt));
    expect(seen).toEqual([1, 2]);
    expect(report.attempts.map(({ number }) => number)).toEqual([1, 2]);
  });

  test('numbers the attempts of a policy that begins a call of its own', async () => {
    const inner = retry({ maxRetries: 1, baseDelayMs: 0 });
    const ignoring: Policy = { execute: (operation) => inner.execute(operation) };
    const seen: number[] = [];
    const report = await reportOf(
      pipeline(retry({ maxRetries: 1, baseDelayMs: 0 }), ignoring),
      ({ attempt }) => {
        seen.push(attempt);
        throw failure();
      },
    );
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(report.attempts.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
  });
});
