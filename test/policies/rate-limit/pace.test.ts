import { describe, expect, test } from '@jest/globals';
import { Gcra } from '../../../src/policies/rate-limit/gcra.ts';
import type { Pace } from '../../../src/policies/rate-limit/pace.ts';
import { RampUp } from '../../../src/policies/rate-limit/ramp-up.ts';

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

  test('gives nothing during a pause, and one token after the other after it', () => {
    const pace = new Gcra(4, 3);
    pace.pause(0, 2000);
    expect(pace.tryTake(1999)).toBeUndefined();
    expect(takeAll(pace, 0, 3)).toEqual([2000, 2250, 2500]);
  });

  test('keeps the longest of several pauses', () => {
    const pace = new Gcra(1, 1);
    pace.pause(0, 5000);
    pace.pause(100, 10);
    expect(pace.freeAt(100, 0)).toBe(5000);
  });

  test('a token that comes back does not end a pause, whenever it was taken', () => {
    for (const pauseMs of [10, 500, 5000]) {
      const pace = new Gcra(1, 2);
      const tokens = [pace.tryTake(0)!, pace.tryTake(0)!];
      pace.pause(0, pauseMs);
      const before = pace.freeAt(0, 0);
      for (const token of tokens) pace.giveBack(token);
      expect(pace.freeAt(1, 0)).toBeGreaterThanOrEqual(Math.min(before, pauseMs));
      const [first, second] = takeAll(pace, 1, 2);
      expect(second! - first!).toBeGreaterThanOrEqual(1000);
    }
  });

  test('loses nothing when it is asked about a moment that has passed', () => {
    const pace = new Gcra(1, 1);
    expect(pace.tryTake(1000)).toBeDefined();
    expect(pace.tryTake(500)).toBeUndefined();
    expect(pace.freeAt(500, 0)).toBe(2000);
  });
});

describe('a pace without a rate', () => {
  test('holds nothing back before the first pause', () => {
    const pace = new RampUp();
    expect(takeAll(pace, 0, 10_000).every((at) => at === 0)).toBe(true);
    expect(pace.isFull(0)).toBe(true);
  });

  test('resumes paced after a pause, faster and faster, and is done within seconds', () => {
    const pace = new RampUp();
    pace.pause(0, 1000);
    expect(pace.tryTake(999)).toBeUndefined();
    const taken = takeAll(pace, 0, 2000);
    expect(taken[0]).toBe(1000);
    expect(taken[1]).toBe(1100);
    const inSecond = (second: number) =>
      taken.filter((at) => at >= second * 1000 && at < (second + 1) * 1000).length;
    expect([1, 2, 3].map(inSecond)).toEqual([15, 28, 57]);
    expect(taken.at(-1)).toBeLessThan(7100);
    expect(pace.isFull(6999)).toBe(false);
    expect(pace.isFull(7000)).toBe(true);
  });

  test('says exactly when a token is free for somebody behind others', () => {
    const pace = new RampUp();
    pace.pause(0, 1000);
    const said = [0, 1, 2, 50, 500, 900, 5000].map((ahead) => pace.freeAt(0, ahead));
    const taken = takeAll(pace, 0, 5001);
    expect([0, 1, 2, 50, 500, 900, 5000].map((index) => taken[index])).toEqual(said);
  });

  test('a token that comes back lets the next one through, but never during a pause', () => {
    const pace = new RampUp();
    pace.pause(0, 1000);
    const token = pace.tryTake(1000)!;
    pace.giveBack(token, 1000);
    expect(pace.tryTake(1000)).toBeDefined();
    pace.pause(1000, 1000);
    pace.giveBack(token, 1001);
    expect(pace.freeAt(1001, 0)).toBe(2000);
  });

  test('starts slowly again after a further pause', () => {
    const pace = new RampUp();
    pace.pause(0, 1000);
    pace.pause(4000, 1000);
    expect(takeAll(pace, 4000, 2)).toEqual([5000, 5100]);
  });
});
