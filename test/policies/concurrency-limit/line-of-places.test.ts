import { describe, expect, test } from '@jest/globals';
import type { CallOptions } from '../../../src/core/call.ts';
import { sleep } from '../../../src/core/clock.ts';
import type { ResilienceEvent } from '../../../src/core/events.ts';
import { pipeline } from '../../../src/http/pipeline.ts';
import { concurrencyLimit } from '../../../src/policies/concurrency-limit/concurrency-limit.ts';
import type { ConcurrencyLimitOptions } from '../../../src/policies/concurrency-limit/concurrency-limit-options.ts';
import { controlOf } from '../../../src/policies/control.ts';
import { timeout } from '../../../src/policies/timeout.ts';
import { virtualClock } from '../../../src/testing.ts';

interface Setup extends Partial<ConcurrencyLimitOptions> {
  /** The bound of every call. */
  readonly timeoutMs?: number;
  readonly callsPerTimer?: 'single';
}

function lineOf({ timeoutMs, callsPerTimer, ...options }: Setup = {}) {
  const clock = virtualClock();
  const lived = callsPerTimer ? Object.assign(Object.create(clock), { callsPerTimer }) : clock;
  const events: ResilienceEvent[] = [];
  const limit = concurrencyLimit({
    maxConcurrent: 1,
    clock: lived,
    onEvent: (event) => events.push(event),
    ...options,
  });
  const policy =
    timeoutMs === undefined ? limit : pipeline(timeout({ timeoutMs, clock: lived }), limit);
  const ends: string[] = [];
  const call = (name: string, takesMs: number, callOptions?: CallOptions) =>
    policy
      .execute(async ({ signal }) => {
        ends.push(`${name} starts at ${clock.now()}`);
        await Promise.race([
          sleep(clock, takesMs),
          new Promise((_, reject) => signal.addEventListener('abort', reject)),
        ]);
      }, callOptions)
      .catch((error: { kind?: string }) => {
        ends.push(`${name}: ${error.kind ?? 'another error'} at ${clock.now()}`);
        return error;
      });
  /** Five answers, so that the usual time is known. */
  const learn = async (takesMs: number) => {
    for (let time = 0; time < 5; time += 1) await clock.run(call('', takesMs));
    ends.length = 0;
    events.length = 0;
  };
  return { clock, events, limit, ends, call, learn, control: controlOf(limit) };
}

const names = (ends: readonly string[]) =>
  ends.filter((end) => end.includes('starts')).map((end) => end.split(' ')[0]);

describe('the line for a place', () => {
  test('takes critical calls first, batch calls last, and numbers between them', async () => {
    const { clock, call, ends } = lineOf();
    const calls = [
      call('running', 10),
      call('batch', 10, { priority: 'batch' }),
      call('below', 10, { priority: -9 }),
      call('normal', 10, { priority: 'normal' }),
      call('unsaid', 10),
      call('critical', 10, { priority: 'critical' }),
      call('above', 10, { priority: 11 }),
    ];
    await clock.run(Promise.all(calls));
    expect(names(ends)).toEqual([
      'running',
      'above',
      'critical',
      'normal',
      'unsaid',
      'below',
      'batch',
    ]);
  });

  test('a call that cannot end within its deadline is refused at once, with the time to come back', async () => {
    const { clock, call, ends, events, learn } = lineOf({ timeoutMs: 250 });
    await learn(100);
    const at = clock.now();
    const calls = [call('a', 100), call('b', 100), call('c', 100), call('d', 100)];
    const refused = (await calls[2]) as { retryAfterMs?: number; message?: string };
    expect(clock.now()).toBe(at);
    expect(refused.message).toMatch(/cannot end within the total deadline; come back in 200 ms/);
    expect(refused.retryAfterMs).toBe(200);
    expect(events.filter(({ type }) => type === 'refused')).toMatchObject([
      { by: 'concurrency-limit', because: expect.stringMatching('total deadline') },
      { by: 'concurrency-limit', retryAfterMs: 200 },
    ]);
    await clock.run(Promise.all(calls));
    expect(names(ends)).toEqual(['a', 'b']);
  });

  test('a call leaves the line as soon as what is left of its time is less than an attempt usually takes', async () => {
    const { clock, call, ends, learn } = lineOf({ timeoutMs: 250 });
    await learn(100);
    const at = clock.now();
    const calls = [call('hangs', 300), call('waits', 100)];
    await clock.run(Promise.all(calls));
    expect(ends[1]).toBe(`waits: rate-limited at ${at + 150}`);
    await clock.advance(1_000);
    expect(clock.pendingTimers).toBe(0);
  });

  test('nobody is refused for a deadline before five answers have come', async () => {
    const { clock, call, ends } = lineOf({ timeoutMs: 250 });
    const calls = [call('a', 100), call('b', 100), call('c', 100)];
    await clock.run(Promise.all(calls));
    expect(ends.slice(0, 2)).toEqual(['a starts at 0', 'b starts at 100']);
    expect(ends[2]).toBe('c starts at 200');
  });

  test('a free place is given however near the deadline is: the answer may be quick', async () => {
    const { clock, limit, learn } = lineOf();
    await learn(200);
    const hurried = pipeline(timeout({ timeoutMs: 50, clock }), limit);
    expect(await clock.run(hurried.execute(() => sleep(clock, 10).then(() => 'quick')))).toBe(
      'quick',
    );
  });

  test('a call that would wait for longer than maxWaitMs is refused at once', async () => {
    const { clock, call, ends, learn } = lineOf({ maxWaitMs: 150 });
    await learn(100);
    const at = clock.now();
    const calls = [call('a', 100), call('b', 100), call('c', 100)];
    const refused = (await calls[2]) as { message?: string };
    expect(refused.message).toMatch(/a place comes later than maxWaitMs \(150 ms\)/);
    expect(clock.now()).toBe(at);
    await clock.run(Promise.all(calls));
    expect(names(ends)).toEqual(['a', 'b']);
  });

  test('who goes first is not refused for those who wait behind', async () => {
    const { clock, call, ends, learn } = lineOf({ maxWaitMs: 150 });
    await learn(100);
    const calls = [
      call('a', 100),
      call('batch', 100, { priority: 'batch' }),
      call('critical', 100, { priority: 'critical' }),
    ];
    await clock.run(Promise.all(calls));
    expect(names(ends)).toEqual(['a', 'critical']);
  });

  test('a lower priority that never gets a place is refused after maxWaitMs, and does not wait for ever', async () => {
    const { clock, call, ends } = lineOf({ maxWaitMs: 1_000, maxQueue: Infinity });
    const calls = [call('running', 10), call('batch', 10, { priority: 'batch' })];
    const stream = Array.from({ length: 200 }, async (_, index) => {
      await sleep(clock, index * 9);
      await call(`${index}`, 10, { priority: 'critical' });
    });
    await clock.run(Promise.all([...calls, ...stream]));
    expect(ends.find((end) => end.startsWith('batch'))).toBe('batch: rate-limited at 1000');
  });

  test('sets one timer however many wait, and none when nobody does', async () => {
    const { clock, call } = lineOf({ maxQueue: Infinity });
    const running = call('running', 10);
    await clock.settle();
    const alone = clock.pendingTimers;
    const calls = Array.from({ length: 50 }, (_, index) => call(`${index}`, 1));
    await clock.settle();
    expect(clock.pendingTimers).toBe(alone + 1);
    await clock.run(Promise.all([running, ...calls]));
    expect(clock.pendingTimers).toBe(0);
  });

  test('where a timer serves one call alone each waits by itself, and still in order', async () => {
    const { clock, call, ends } = lineOf({ maxConcurrent: 2, callsPerTimer: 'single' });
    const calls = [
      call('a', 100),
      call('b', 100),
      call('batch', 100, { priority: 'batch' }),
      call('c', 100),
      call('critical', 100, { priority: 'critical' }),
    ];
    await clock.run(Promise.all(calls));
    const order = names(ends);
    expect(order.slice(0, 2)).toEqual(['a', 'b']);
    expect(order.at(-1)).toBe('batch');
    expect(new Set(order.slice(2, 4))).toEqual(new Set(['c', 'critical']));
    expect(clock.pendingTimers).toBe(0);
  });

  test('tells that a call waits, and for how long', async () => {
    const { clock, call, events, learn } = lineOf({ maxConcurrent: 2 });
    await learn(100);
    const calls = [call('a', 100), call('b', 100), call('c', 100), call('d', 100)];
    await clock.run(Promise.all(calls));
    expect(events.filter(({ type }) => type === 'queued')).toMatchObject([
      { by: 'concurrency-limit', attempt: 1, waitMs: 50 },
      { by: 'concurrency-limit', attempt: 1, waitMs: 100 },
    ]);
  });

  test('controlOf shows limit, in flight and waiting of a key', async () => {
    const { clock, call, control } = lineOf({ maxConcurrent: 2 });
    expect(control.state().concurrency).toBeUndefined();
    const calls = [call('a', 100), call('b', 100), call('c', 100), call('d', 100)];
    await clock.advance(30);
    expect(control.keys()).toEqual(['default']);
    expect(control.state().concurrency).toEqual({
      limit: 2,
      inFlight: 2,
      waiting: 2,
      longestWaitMs: 30,
    });
    await clock.run(Promise.all(calls));
    expect(control.state().concurrency).toMatchObject({ inFlight: 0, waiting: 0 });
  });
});
