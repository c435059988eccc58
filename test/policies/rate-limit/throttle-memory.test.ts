import { describe, expect, test } from '@jest/globals';
import { ThrottleMemory } from '../../../src/policies/rate-limit/throttle-memory.ts';

describe('how long a throttle pauses its key', () => {
  test('is what the server says, as far as it says something', () => {
    const memory = new ThrottleMemory();
    expect(memory.throttled(10, 5, 300_000)).toBe(300_000);
    expect(memory.throttled(20, 15, 0)).toBe(0);
  });

  test('is a second without a hint, and doubles while throttles go on, up to half a minute', () => {
    const memory = new ThrottleMemory();
    const pauses: number[] = [];
    for (let at = 1; at <= 8; at += 1)
      pauses.push(memory.throttled(at * 10 + 1, at * 10, undefined));
    expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  test('does not grow for attempts that were on the wire together', () => {
    const memory = new ThrottleMemory();
    const pauses = [3, 4, 5].map((now) => memory.throttled(now, 1, undefined));
    expect(pauses).toEqual([1000, 1000, 1000]);
    expect(memory.throttled(2000, 1500, undefined)).toBe(2000);
  });

  test('starts anew after a success of an attempt that began after the pause', () => {
    const memory = new ThrottleMemory();
    memory.throttled(10, 5, undefined);
    memory.throttled(30, 20, undefined);
    memory.succeeded(25);
    expect(memory.throttled(50, 40, undefined)).toBe(4000);
    memory.succeeded(60);
    expect(memory.throttled(80, 70, undefined)).toBe(1000);
  });

  test('starts anew after a hint', () => {
    const memory = new ThrottleMemory();
    memory.throttled(10, 5, undefined);
    memory.throttled(30, 20, undefined);
    memory.throttled(50, 40, 100);
    expect(memory.throttled(70, 60, undefined)).toBe(1000);
  });
});
