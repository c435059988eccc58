import { describe, expect, test } from '@jest/globals';
import { FailureWindow } from '../../../src/policies/circuit-breaker/failure-window.ts';

const windowOf = (failureRatio: number, minimumCalls: number, windowMs = 1000) =>
  new FailureWindow({ failureRatio, minimumCalls, windowMs });

describe('a window of outcomes', () => {
  test('opens at its ratio, not only above it, and not below it', () => {
    const at = windowOf(0.5, 4);
    at.succeeded(0);
    at.succeeded(0);
    expect([at.failed(0), at.failed(0)]).toEqual([false, true]);
    const below = windowOf(0.5, 4);
    for (let call = 0; call < 3; call += 1) below.succeeded(0);
    expect([below.failed(0), below.failed(0)]).toEqual([false, false]);
  });

  test('opens at no ratio before it has seen its minimum of calls', () => {
    const window = windowOf(0.01, 5);
    expect([1, 2, 3, 4, 5].map(() => window.failed(0))).toEqual([false, false, false, false, true]);
  });

  test('opens at a ratio of 1 only if everything failed', () => {
    const all = windowOf(1, 3);
    expect([all.failed(0), all.failed(0), all.failed(0)]).toEqual([false, false, true]);
    const most = windowOf(1, 3);
    most.succeeded(0);
    expect(Array.from({ length: 50 }, () => most.failed(0)).some(Boolean)).toBe(false);
  });

  test.each([0.07, 0.14, 0.28, 0.29, 0.55, 0.56, 0.57, 0.58, 1 / 3, 2 / 3])(
    'opens at exactly %d of a hundred or three hundred calls, whatever floating point makes of it',
    (ratio) => {
      const calls = 300;
      const needed = Math.round(ratio * calls);
      const window = windowOf(ratio, calls);
      for (let call = 0; call < calls - needed; call += 1) window.succeeded(0);
      const opened = Array.from({ length: needed }, () => window.failed(0));
      expect(opened.indexOf(true)).toBe(needed - 1);
    },
  );

  test('with a minimum of one call opens on the first failure', () => {
    expect(windowOf(1, 1).failed(0)).toBe(true);
  });

  test('counts successes from before the first failure', () => {
    const window = windowOf(0.5, 1);
    for (let call = 0; call < 10; call += 1) window.succeeded(call * 50);
    expect(window.failed(500)).toBe(false);
    const opened = Array.from({ length: 9 }, () => window.failed(500));
    expect(opened.indexOf(true)).toBe(8);
  });

  test('forgets slice by slice: what is older than the window no longer counts', () => {
    const window = windowOf(0.5, 2);
    expect(window.failed(0)).toBe(false);
    // In the tenth slice after it the first failure has left: 1000 is the first moment there.
    expect(window.failed(1000)).toBe(false);
    expect(window.failed(1999)).toBe(true);
    const inTime = windowOf(0.5, 2);
    expect(inTime.failed(0)).toBe(false);
    expect(inTime.failed(999)).toBe(true);
  });

  test('forgets successes too', () => {
    const window = windowOf(0.5, 2);
    for (let call = 0; call < 100; call += 1) window.succeeded(99);
    window.succeeded(1050);
    expect(window.failed(1099)).toBe(true);
  });

  test('keeps successes of other slices while it judges', () => {
    const window = windowOf(0.5, 3);
    window.failed(0);
    window.succeeded(350);
    window.succeeded(650);
    expect(window.failed(950)).toBe(true);
    const later = windowOf(0.5, 3);
    later.failed(0);
    later.succeeded(350);
    later.succeeded(650);
    expect(later.failed(1050)).toBe(false);
  });

  test('starts anew after a silence longer than the window', () => {
    const window = windowOf(0.5, 2);
    window.failed(0);
    window.succeeded(1);
    expect(window.failed(1e9)).toBe(false);
    expect(window.failed(1e9)).toBe(true);
  });

  test('stands still while a clock goes back', () => {
    const window = windowOf(0.5, 3);
    window.failed(10_000);
    window.failed(9000);
    expect(window.failed(0)).toBe(true);
  });
});
