import { describe, expect, test } from '@jest/globals';
import {
  exhaustedLimit,
  exponential,
  fixedWindowLimit,
  gcraLimit,
  seededRandom,
  serverConcurrencyLimit,
  slidingLogLimit,
  tokenBucketLimit,
  type Limit,
} from '../../../src/simulator.ts';

/** The moments of the requests that a limit accepts, of Poisson arrivals at twice its rate. */
function acceptedBy(limit: Limit, { ratePerSecond = 20, seconds = 200, seed = 1 } = {}): number[] {
  const random = seededRandom(seed);
  const gap = exponential(1_000 / ratePerSecond);
  const accepted: number[] = [];
  for (let now = gap(random, 0); now < seconds * 1_000; now += gap(random, now)) {
    if (limit.take(now).accepted) accepted.push(now);
  }
  return accepted;
}

/** The most of these moments in any window of this length. */
function mostWithin(moments: readonly number[], windowMs: number): number {
  let first = 0;
  let most = 0;
  for (const [index, moment] of moments.entries()) {
    while ((moments[first] ?? moment) <= moment - windowMs) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

describe('a token bucket', () => {
  test('never accepts more than burst + rate × t', () => {
    for (const seed of [1, 2, 3]) {
      const accepted = acceptedBy(tokenBucketLimit({ ratePerSecond: 10, burst: 5 }), { seed });
      for (const windowMs of [100, 1_000, 7_300, 60_000]) {
        expect(mostWithin(accepted, windowMs)).toBeLessThanOrEqual(5 + (10 * windowMs) / 1_000);
      }
      expect(accepted.length).toBeGreaterThan(10 * 200 * 0.97);
    }
  });

  test('accepts a request exactly when it said', () => {
    const bucket = tokenBucketLimit({ ratePerSecond: 4, burst: 1 });
    expect(bucket.take(0)).toMatchObject({ accepted: true, remaining: 0, resetMs: 250 });
    expect(bucket.take(100)).toMatchObject({ accepted: false, waitMs: 150 });
    expect(bucket.take(249).accepted).toBe(false);
    expect(bucket.take(250).accepted).toBe(true);
  });

  test('changes its rate at the moment of a step, and keeps its tokens', () => {
    const bucket = tokenBucketLimit({
      ratePerSecond: [
        [0, 10],
        [1_000, 1],
      ],
      burst: 10,
    });
    for (let count = 0; count < 10; count += 1) bucket.take(0);
    expect(bucket.take(3_000)).toMatchObject({ accepted: true, remaining: 9 });
    for (let count = 0; count < 9; count += 1) bucket.take(3_000);
    expect(bucket.take(3_000)).toMatchObject({ accepted: false, waitMs: 1_000 });
  });

  test('announces what is left, and when it is full again', () => {
    const bucket = tokenBucketLimit({ ratePerSecond: 100 });
    for (let count = 0; count < 49; count += 1) bucket.take(0);
    expect(bucket.take(0)).toEqual({
      accepted: true,
      waitMs: 0,
      limit: 100,
      remaining: 50,
      resetMs: 500,
      windowMs: 1_000,
    });
  });
});

describe('GCRA', () => {
  test('keeps requests at an even distance', () => {
    const accepted = acceptedBy(gcraLimit({ ratePerSecond: 10 }));
    const gaps = accepted.slice(1).map((moment, index) => moment - (accepted[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(100 - 1e-6);
  });

  test('accepts what a token bucket of the same numbers accepts', () => {
    const numbers = { ratePerSecond: 10, burst: 3 };
    expect(acceptedBy(gcraLimit(numbers))).toEqual(acceptedBy(tokenBucketLimit(numbers)));
  });
});

describe('a fixed window', () => {
  test('grants its limit in each window, and all of it again in the next', () => {
    const accepted = acceptedBy(fixedWindowLimit({ limit: 10, windowMs: 1_000 }));
    const inWindow = new Array<number>(200).fill(0);
    for (const moment of accepted) inWindow[Math.floor(moment / 1_000)]! += 1;
    expect(Math.max(...inWindow)).toBe(10);
    expect(mostWithin(accepted, 1_000)).toBeGreaterThan(10);
  });

  test('says when the window ends', () => {
    const window = fixedWindowLimit({ limit: 1, windowMs: 1_000 });
    expect(window.take(2_300)).toMatchObject({ accepted: true, remaining: 0, resetMs: 700 });
    expect(window.take(2_400)).toMatchObject({ accepted: false, waitMs: 600 });
    expect(window.take(3_000).accepted).toBe(true);
  });
});

describe('a sliding log', () => {
  test('never accepts more than its limit in any window', () => {
    const accepted = acceptedBy(slidingLogLimit({ limit: 10, windowMs: 1_000 }));
    expect(mostWithin(accepted, 1_000)).toBe(10);
    expect(accepted.length).toBeGreaterThan(200 * 10 * 0.85);
  });

  test('accepts a request exactly when it said', () => {
    const log = slidingLogLimit({ limit: 2, windowMs: 1_000 });
    log.take(0);
    log.take(400);
    expect(log.take(600)).toMatchObject({ accepted: false, waitMs: 400, resetMs: 800 });
    expect(log.take(1_000).accepted).toBe(true);
  });
});

describe('other limits', () => {
  test('a concurrency limit counts requests until they are answered', () => {
    const limit = serverConcurrencyLimit(2);
    expect([limit.take(0), limit.take(0), limit.take(0)].map(({ accepted }) => accepted)).toEqual([
      true,
      true,
      false,
    ]);
    limit.release?.(1);
    expect(limit.take(1).accepted).toBe(true);
  });

  test('an exhausted quota counts down, and gives way to the limit after it', () => {
    const next = tokenBucketLimit({ ratePerSecond: 1 });
    const limit = exhaustedLimit({ untilMs: 3_600_000, limit: 5_000, next });
    expect(limit.take(600_000)).toMatchObject({
      accepted: false,
      waitMs: 3_000_000,
      remaining: 0,
    });
    expect(limit.take(3_600_000).accepted).toBe(true);
  });
});

describe('wrong numbers of a limit', () => {
  test.each([
    [() => tokenBucketLimit({ ratePerSecond: 0 }), /tokenBucketLimit.ratePerSecond/],
    [() => tokenBucketLimit({ ratePerSecond: [[5, 1]] }), /tokenBucketLimit.ratePerSecond/],
    [() => gcraLimit({ ratePerSecond: 1, burst: -1 }), /gcraLimit.burst/],
    [() => fixedWindowLimit({ limit: 0, windowMs: 1_000 }), /fixedWindowLimit.limit/],
    [() => slidingLogLimit({ limit: 1, windowMs: 0 }), /slidingLogLimit.windowMs/],
    [() => serverConcurrencyLimit(0.5), /serverConcurrencyLimit/],
  ])('are refused by name: %#', (make, message) => {
    expect(make).toThrow(message);
  });
});
