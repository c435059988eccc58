import { describe, expect, test } from '@jest/globals';
import {
  backoffMs,
  type BackoffSettings,
  type Jitter,
} from '../../../src/policies/retry/backoff.ts';

const settings = (jitter: Jitter): BackoffSettings => ({
  baseDelayMs: 100,
  maxDelayMs: 1000,
  jitter,
});
const always = (chance: number) => () => chance;
const LATEST = 1 - Number.EPSILON / 2;

describe('a backoff', () => {
  test('doubles with each retry up to its cap', () => {
    const waits = [1, 2, 3, 4, 5, 50].map((retry) => backoffMs(retry, settings('none'), always(0)));
    expect(waits).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  test.each<[Jitter, number, number]>([
    ['full', 0, 400],
    ['equal', 200, 400],
    ['none', 400, 400],
  ])('with %s jitter lies between %d and %d', (jitter, least, most) => {
    expect(backoffMs(3, settings(jitter), always(0))).toBe(least);
    expect(backoffMs(3, settings(jitter), always(LATEST))).toBe(most);
  });

  test('keeps its jitter at the cap', () => {
    const waits = [0.1, 0.5, 0.9].map((chance) => backoffMs(99, settings('full'), always(chance)));
    expect(waits).toEqual([100, 500, 900]);
  });

  test('is a number however many retries there have been', () => {
    for (const retry of [1024, 1025, 1026, 1e6, Number.MAX_SAFE_INTEGER]) {
      expect(backoffMs(retry, { ...settings('none'), baseDelayMs: 0 }, always(0))).toBe(0);
      expect(backoffMs(retry, { ...settings('full'), baseDelayMs: 0 }, always(0.5))).toBe(0);
      expect(backoffMs(retry, settings('none'), always(0))).toBe(1000);
    }
  });

  test('asks chance only where there is jitter', () => {
    const refuse = () => {
      throw new Error('asked');
    };
    expect(backoffMs(1, settings('none'), refuse)).toBe(100);
  });
});

describe('with a hint from the server a backoff', () => {
  test('is never shorter than the hint, whatever its cap says', () => {
    expect(backoffMs(1, settings('full'), always(0), 5000)).toBe(5000);
    expect(backoffMs(1, settings('none'), always(0), 5000)).toBe(5000);
  });

  test('is rounded up', () => {
    expect(backoffMs(1, settings('full'), always(0), 0.1)).toBe(1);
    expect(backoffMs(1, settings('full'), always(0), 999.000_001)).toBe(1000);
  });

  test('spreads those who were told the same over one base delay', () => {
    expect(backoffMs(1, settings('full'), always(0.5), 5000)).toBe(5050);
    expect(backoffMs(1, settings('full'), always(LATEST), 5000)).toBe(5100);
  });

  test('takes the place of the exponential one, also where that is longer', () => {
    expect(backoffMs(4, settings('none'), always(0), 10)).toBe(10);
    expect(backoffMs(4, settings('full'), always(LATEST), 50)).toBeLessThanOrEqual(100);
  });

  test('of 0 is the exponential one: nothing is said of a time', () => {
    expect(backoffMs(1, settings('none'), always(0), 0)).toBe(100);
  });
});
