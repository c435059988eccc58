import { describe, expect, test } from '@jest/globals';
import { Gcra } from '../../../src/policies/rate-limit/gcra.ts';
import type { Pace } from '../../../src/policies/rate-limit/pace.ts';

/** Takes every token the moment it is free, as a line of waiters does. */
function takeAll(pace: Pace, from: number, count: number): number[] {
  const at: number[] = [];
  let now = from;
  while (at.length < count) {
    now = Math.max(now, pace.freeAt(now, 0));
    if (pace.tryTake(now) === undefined)
      throw new Error(`no token at ${now}, when one was said to be free`);
    at.push(now);
  }
  return at;
}

describe('a configured pace', () => {
  test('gives its burst at once and then one token an interval', () => {
    const pace = new Gcra(4, 3);
    expect(takeAll(pace, 0, 6)).toEqual([0, 0, 0, 250, 500, 750]);
  });

  test('saves up no more than its burst', () => {
    const pace = new Gcra(4, 3);
    takeAll(pace, 0, 3);
    expect(takeAll(pace, 60_000, 5)).toEqual([60_000, 60_000, 60_000, 60_250, 60_500]);
  });

  test('keeps a rate that is no whole number', () => {
    const pace = new Gcra(0.3, 1);
    const taken = takeAll(pace, 0, 4);
    expect(taken[3]).toBeCloseTo(10_000, 6);
  });

  test('says when a token is free for somebody behind others', () => {
    const pace = new Gcra(2, 2);
    expect(pace.freeAt(0, 0)).toBe(0);
    takeAll(pace, 0, 2);
    expect([0, 1, 2].map((ahead) => pace.freeAt(0, ahead))).toEqual([500, 1000, 1500]);
    expect([0, 1, 2].map((ahead) => pace.freeAt(700, ahead))).toEqual([700, 1000, 1500]);
  });

  test('takes a token back as if it had never been given', () => {
    const pace = new Gcra(1, 2);
    takeAll(pace, 0, 1);
    const token = pace.tryTake(0)!;
    expect(pace.freeAt(0, 0)).toBe(1000);
    pace.giveBack(token);
    expect(takeAll(pace, 0, 2)).toEqual([0, 1000]);
  });

  test('takes back what was taken last, and then what was before it', () => {
    const pace = new Gcra(1, 3);
    const [first, second, third] = [pace.tryTake(0)!, pace.tryTake(0)!, pace.tryTake(0)!];
    pace.giveBack(first);
    expect(pace.freeAt(0, 0)).toBe(1000);
    pace.giveBack(third);
    pace.giveBack(second);
    expect(takeAll(pace, 0, 3)).toEqual([0, 0, 1000]);
  });

  test('does not take a token back that has been made up for since', () => {
    const pace = new Gcra(1, 1);
    const old = pace.tryTake(0)!;
    expect(pace.tryTake(1000)).toBeDefined();
    pace.giveBack(old);
    expect(pace.freeAt(1500, 0)).toBe(2000);
  });

  test('is full when no token is missing', () => {
    const pace = new Gcra(1, 2);
    expect(pace.isFull(0)).toBe(true);
    takeAll(pace, 0, 1);
    expect(pace.isFull(999)).toBe(false);
    expect(pace.isFull(1000)).toBe(true);
  });

  test('loses nothing when it is asked about a moment that has passed', () => {
    const pace = new Gcra(1, 1);
    expect(pace.tryTake(1000)).toBeDefined();
    expect(pace.tryTake(500)).toBeUndefined();
    expect(pace.freeAt(500, 0)).toBe(2000);
  });
});
