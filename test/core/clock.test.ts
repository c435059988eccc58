import { describe, expect, jest, test } from '@jest/globals';
import { Cancellation } from '../../src/core/cancellation.ts';
import { MAX_TIMER_MS, setAlarm, sleep, systemClock } from '../../src/core/clock.ts';
import { virtualClock } from '../../src/testing.ts';

describe('an alarm', () => {
  test('never rings early, although platform timers do', async () => {
    const clock = virtualClock({ earlyByMs: 0.9 });
    let rangAt: number | undefined;
    setAlarm(clock, () => (rangAt = clock.now()), 100.25);
    await clock.advance(100.2);
    expect(rangAt).toBeUndefined();
    await clock.advance(2);
    expect(rangAt).toBeGreaterThanOrEqual(100.25);
    expect(clock.pendingTimers).toBe(0);
  });

  test('rings after more than 2^31−1 ms, when a bare setTimeout would fire at once', async () => {
    const clock = virtualClock();
    const ring = jest.fn();
    setAlarm(clock, ring, 3 * MAX_TIMER_MS);
    await clock.advance(3 * MAX_TIMER_MS - 1);
    expect(ring).not.toHaveBeenCalled();
    await clock.advance(1);
    expect(ring).toHaveBeenCalledTimes(1);
  });

  test('leaves no timer once cancelled, also between two pieces of a long wait', async () => {
    const clock = virtualClock();
    const ring = jest.fn();
    const alarm = setAlarm(clock, ring, 2 * MAX_TIMER_MS);
    await clock.advance(MAX_TIMER_MS + 1);
    expect(clock.pendingTimers).toBe(1);
    alarm.cancel();
    alarm.cancel();
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(2 * MAX_TIMER_MS);
    expect(ring).not.toHaveBeenCalled();
  });

  test('keeps its monotonic time when the wall clock jumps', async () => {
    const clock = virtualClock();
    const ring = jest.fn();
    setAlarm(clock, ring, 1000);
    clock.setEpoch(clock.epochNow() + 86_400_000);
    await clock.advance(999);
    expect(ring).not.toHaveBeenCalled();
    clock.setEpoch(0);
    await clock.advance(1);
    expect(ring).toHaveBeenCalledTimes(1);
  });
});

describe('a sleep', () => {
  test('rejects with the reason as soon as it is cancelled, and leaves no timer', async () => {
    const clock = virtualClock();
    const cancellation = new Cancellation();
    const slept = sleep(clock, 1000, cancellation);
    await clock.advance(10);
    cancellation.cancel('enough');
    await expect(slept).rejects.toBe('enough');
    expect(clock.pendingTimers).toBe(0);
  });

  test('does not begin where it is cancelled already, not even for 0 ms', async () => {
    const clock = virtualClock();
    const cancellation = new Cancellation();
    cancellation.cancel('enough');
    await expect(sleep(clock, 0, cancellation)).rejects.toBe('enough');
    await expect(sleep(clock, 10, cancellation)).rejects.toBe('enough');
    expect(clock.pendingTimers).toBe(0);
  });

  test('forgets its cancellation once it is over', async () => {
    const clock = virtualClock();
    const forget = jest.fn();
    const onCancel = jest.fn((_listener: (reason: unknown) => void) => forget);
    const cancellation = Object.assign(new Cancellation(), { onCancel });
    await clock.run(sleep(clock, 10, cancellation));
    expect(onCancel).toHaveBeenCalledTimes(1);
    expect(forget).toHaveBeenCalledTimes(1);
  });

  test('takes no timer for nothing', async () => {
    const clock = virtualClock();
    await sleep(clock, 0);
    await sleep(clock, -5);
    expect(clock.pendingTimers).toBe(0);
  });
});

test('the system clock tells durations and dates, and cancels its timers', () => {
  expect(systemClock.now()).toBeGreaterThan(0);
  expect(Math.abs(systemClock.epochNow() - Date.now())).toBeLessThan(1000);
  systemClock.setTimer(() => {}, 1_000_000).cancel();
});
