import { describe, expect, test } from '@jest/globals';
import { sleep } from '../../../src/core/clock.ts';
import { OptionError } from '../../../src/core/options.ts';
import { pipeline } from '../../../src/http/pipeline.ts';
import { adaptiveLimit } from '../../../src/policies/concurrency-limit/adaptive-limit.ts';
import { concurrencyLimit } from '../../../src/policies/concurrency-limit/concurrency-limit.ts';
import { controlOf } from '../../../src/policies/control.ts';
import { timeout } from '../../../src/policies/timeout.ts';
import { virtualClock } from '../../../src/testing.ts';
import { throttled, unavailable } from '../http-failure.ts';

type End = 'answer' | 'missing' | 'throttle' | 'unavailable' | 'bug' | 'hang';

function adaptive({ timeoutMs = 10_000, initial = 20 } = {}) {
  const clock = virtualClock();
  const limit = concurrencyLimit({
    maxConcurrent: adaptiveLimit({ initial }),
    maxQueue: Infinity,
    clock,
  });
  const policy = pipeline(limit, timeout({ timeoutMs, clock }));
  const call = async (end: End, takesMs = 100) => {
    try {
      await policy.execute(async () => {
        await sleep(clock, end === 'hang' ? 1e6 : takesMs);
        if (end === 'missing') throw Object.assign(new Error('no such thing'), { status: 404 });
        if (end === 'throttle') throw throttled(1);
        if (end === 'unavailable') throw unavailable();
        if (end === 'bug') throw Object.assign(new Error('a bug'), { status: 500 });
      });
    } catch {
      // That it failed is all that matters.
    }
  };
  const calls = (count: number, end: End = 'answer', takesMs?: number) =>
    clock.run(Promise.all(Array.from({ length: count }, () => call(end, takesMs))));
  const control = controlOf(limit);
  return { clock, calls, control, limitNow: () => control.state().concurrency?.limit };
}

describe('an adaptive limit', () => {
  test('grows under load that is answered as quickly as before', async () => {
    const { calls, limitNow } = adaptive();
    await calls(5);
    expect(limitNow()).toBe(20);
    await calls(200);
    expect(limitNow()).toBeGreaterThan(40);
  });

  test('lets those who wait start as soon as it has grown', async () => {
    const { clock, calls, limitNow } = adaptive();
    await calls(5);
    const at = clock.now();
    await calls(45);
    // 20, and 25 after them: in two rounds of 100 ms.
    expect(clock.now() - at).toBe(200);
    expect(limitNow()).toBeGreaterThanOrEqual(24);
  });

  test.each<[End, number]>([
    ['throttle', 10],
    ['unavailable', 10],
    ['hang', 10],
  ])('shrinks for %s', async (end, most) => {
    const { calls, limitNow } = adaptive();
    await calls(5);
    await calls(20, end);
    expect(limitNow()).toBeLessThanOrEqual(most);
  });

  test('does not mind errors that are not about load, nor how quickly they come', async () => {
    const { calls, limitNow } = adaptive();
    await calls(5);
    await calls(50, 'bug', 1);
    expect(limitNow()).toBe(20);
  });

  test('learns from 404s, which some clients get for everything', async () => {
    const { calls, limitNow } = adaptive();
    await calls(5, 'missing');
    expect(limitNow()).toBe(20);
  });

  test('does not mind a caller that gives up before an answer was due', async () => {
    const { calls, limitNow } = adaptive({ timeoutMs: 100 });
    await calls(5, 'answer', 90);
    expect(limitNow()).toBe(20);
    const impatient = adaptive({ timeoutMs: 100 });
    await impatient.calls(5, 'answer', 99);
    await impatient.calls(20, 'hang');
    expect(impatient.limitNow()).toBe(10);
  });

  test('is forgotten by reset, and those who wait go on waiting', async () => {
    const { clock, calls, limitNow, control } = adaptive({ initial: 8 });
    await calls(5);
    const waiting = calls(40);
    await clock.advance(150);
    expect(limitNow()).toBeGreaterThan(8);
    control.reset();
    expect(limitNow()).toBe(2);
    await waiting;
    expect(control.state().concurrency).toMatchObject({ inFlight: 0, waiting: 0 });
  });

  test('each key learns its own', async () => {
    const clock = virtualClock();
    const limit = concurrencyLimit({ maxConcurrent: adaptiveLimit(), clock });
    const call = (key: string) => limit.execute(() => sleep(clock, 100), { key });
    await clock.run(Promise.all(Array.from({ length: 40 }, () => call('a'))));
    await clock.run(call('b'));
    const control = controlOf(limit);
    expect(control.state('a').concurrency?.limit).toBeGreaterThan(20);
    expect(control.state('b').concurrency?.limit).toBe(5);
  });

  test.each<[object, RegExp]>([
    [{ initial: 0 }, /adaptiveLimit.initial must be a whole number of at least 1/],
    [{ tolerance: 1 }, /adaptiveLimit.tolerance must be a finite number above 1/],
    [{ floor: 9, ceiling: 8 }, /adaptiveLimit.floor must be at most ceiling \(8\), but it is 9/],
    [{ initial: 9, ceiling: 8 }, /adaptiveLimit.initial must be from floor \(1\) to ceiling \(8\)/],
    [{ least: 1 }, /adaptiveLimit.least must be left out/],
  ])('refuses %j', (options, message) => {
    expect(() => adaptiveLimit(options)).toThrow(OptionError);
    expect(() => adaptiveLimit(options)).toThrow(message);
  });

  test('an initial limit that is left out keeps to floor and ceiling', () => {
    expect(() => adaptiveLimit({ ceiling: 8 })).not.toThrow();
    expect(adaptiveLimit({ floor: 100 }).begin().current).toBe(25);
  });

  test('stands for maxConcurrent, and nothing else does', () => {
    expect(() => concurrencyLimit({ maxConcurrent: {} as never })).toThrow(
      /maxConcurrent must be a whole number of at least 1, or adaptiveLimit\(\)/,
    );
  });
});
