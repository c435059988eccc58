import { describe, expect, jest, test } from '@jest/globals';
import type { CallOptions } from '../../../src/core/call.ts';
import { sleep } from '../../../src/core/clock.ts';
import type { ResilienceEvent } from '../../../src/core/events.ts';
import { pipeline } from '../../../src/http/pipeline.ts';
import { concurrencyLimit } from '../../../src/policies/concurrency-limit/concurrency-limit.ts';
import type { ConcurrencyLimitOptions } from '../../../src/policies/concurrency-limit/concurrency-limit-options.ts';
import { retry } from '../../../src/policies/retry/retry.ts';
import { virtualClock } from '../../../src/testing.ts';
import { unavailable } from '../http-failure.ts';

function limitOf(options: Partial<ConcurrencyLimitOptions> = {}) {
  const clock = virtualClock();
  const events: ResilienceEvent[] = [];
  const policy = concurrencyLimit({
    maxConcurrent: 2,
    clock,
    onEvent: (event) => events.push(event),
    ...options,
  });
  const started: [string, number][] = [];
  let running = 0;
  let most = 0;
  const call = (name: string, takesMs: number, callOptions?: CallOptions) =>
    policy.execute(async () => {
      started.push([name, clock.now()]);
      most = Math.max(most, (running += 1));
      await sleep(clock, takesMs);
      running -= 1;
      return name;
    }, callOptions);
  return { clock, events, policy, started, call, most: () => most };
}

describe('a concurrency limit', () => {
  test('lets no more attempts of a key run at once than it says', async () => {
    const { clock, call, most, started } = limitOf();
    const calls = Array.from({ length: 9 }, (_, index) => call(`${index}`, 100));
    await clock.run(Promise.all(calls));
    expect(most()).toBe(2);
    expect(started.map(([, at]) => at)).toEqual([0, 0, 100, 100, 200, 200, 300, 300, 400]);
    expect(clock.pendingTimers).toBe(0);
  });

  test('counts each key by itself', async () => {
    const { clock, call, started } = limitOf({ maxConcurrent: 1 });
    await clock.run(Promise.all([call('a', 50, { key: 'a' }), call('b', 50, { key: 'b' })]));
    expect(started).toEqual([
      ['a', 0],
      ['b', 0],
    ]);
  });

  test('serves the higher priority first, and first come first within one', async () => {
    const { clock, call, started } = limitOf({ maxConcurrent: 1 });
    const calls = [
      call('running', 10),
      call('low', 10, { priority: -1 }),
      call('first', 10),
      call('second', 10),
      call('high', 10, { priority: 1 }),
    ];
    await clock.run(Promise.all(calls));
    expect(started.map(([name]) => name)).toEqual(['running', 'high', 'first', 'second', 'low']);
  });

  test('refuses at once where the queue is full, and says which option that is', async () => {
    const { clock, call, events } = limitOf({ maxConcurrent: 1, maxQueue: 1 });
    const calls = Promise.all([call('running', 10), call('waiting', 10)]);
    await expect(call('refused', 10)).rejects.toMatchObject({
      kind: 'rate-limited',
      message: expect.stringMatching(/1 calls wait for a place already \(maxQueue: 1\)/),
    });
    expect(events).toMatchObject([
      { type: 'queued', by: 'concurrency-limit', waitMs: 0 },
      { type: 'refused', by: 'concurrency-limit' },
    ]);
    await clock.run(calls);
  });

  test('refuses a call that has waited for maxWaitMs', async () => {
    const { clock, call, started } = limitOf({ maxConcurrent: 1, maxWaitMs: 30 });
    const running = call('running', 1000);
    await expect(clock.run(call('waiting', 10))).rejects.toMatchObject({ kind: 'rate-limited' });
    expect(clock.now()).toBe(30);
    await clock.run(running);
    expect(started).toEqual([['running', 0]]);
  });

  test('lets an aborted waiter go at once, and gives its place to the next', async () => {
    const { clock, call, started } = limitOf({ maxConcurrent: 1 });
    const controller = new AbortController();
    const running = call('running', 100);
    const aborted = call('aborted', 10, { signal: controller.signal });
    const next = call('next', 10);
    controller.abort('enough');
    await expect(aborted).rejects.toBe('enough');
    await clock.run(Promise.all([running, next]));
    expect(started).toEqual([
      ['running', 0],
      ['next', 100],
    ]);
    expect(clock.pendingTimers).toBe(0);
  });

  test('frees the place of an attempt that fails, and holds none during a backoff', async () => {
    const { clock, policy } = limitOf({ maxConcurrent: 1 });
    const retried = pipeline(retry({ baseDelayMs: 500, jitter: 'none', clock }), policy);
    const at: number[] = [];
    const operation = jest.fn(async () => {
      at.push(clock.now());
      if (operation.mock.calls.length === 1) throw unavailable();
    });
    await clock.run(Promise.all([retried.execute(operation), retried.execute(operation)]));
    expect(at).toEqual([0, 0, 500]);
  });

  test('notes how long an attempt has waited', async () => {
    const { clock, call, policy } = limitOf({ maxConcurrent: 1 });
    const running = call('running', 70);
    let queuedMs: number | undefined;
    await clock.run(
      policy.execute(async (context) => {
        ({ queuedMs } = (context as never as { record: { queuedMs: number } }).record);
      }),
    );
    await running;
    expect(queuedMs).toBe(70);
  });
});
