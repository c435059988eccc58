import { describe, expect, test } from '@jest/globals';
import { seededRandom } from '../../../src/adapters/simulator/random.ts';
import { readHedgeOptions, type HedgeOptions } from '../../../src/policies/hedge/hedge-options.ts';
import { KeyHedging } from '../../../src/policies/hedge/key-hedging.ts';
import { LatencyQuantile } from '../../../src/policies/hedge/latency-quantile.ts';

const hedgingWith = (options?: HedgeOptions) => new KeyHedging(readHedgeOptions(options));
const exponentialMs = (random: () => number, meanMs: number) => -meanMs * Math.log(1 - random());

describe('a quantile of latencies', () => {
  test.each([0.5, 0.9, 0.95])('settles where a share of %d is shorter', (quantile) => {
    const random = seededRandom(1);
    const estimate = new LatencyQuantile(quantile, 1);
    let shorter = 0;
    for (let round = 0; round < 20_000; round += 1) {
      const ms = exponentialMs(random, 100);
      if (round >= 2_000 && Math.log(ms) <= estimate.logMs) shorter += 1;
      estimate.took(ms);
    }
    expect(shorter / 18_000).toBeCloseTo(quantile, 2);
  });

  test('follows a server that becomes a hundred times as slow in a hundred samples', () => {
    const estimate = new LatencyQuantile(0.95, 10);
    for (let round = 0; round < 100; round += 1) estimate.took(1_000);
    expect(Math.exp(estimate.logMs)).toBeGreaterThan(900);
  });

  test('takes an attempt that was cut short for one that takes longer, if it was slow already', () => {
    const estimate = new LatencyQuantile(0.95, 100);
    const before = estimate.logMs;
    estimate.tookLongerThan(50);
    expect(estimate.logMs).toBe(before);
    estimate.tookLongerThan(100);
    expect(estimate.logMs).toBeGreaterThan(before);
  });

  test('bears an attempt that took no time', () => {
    const estimate = new LatencyQuantile(0.95, 0);
    for (let round = 0; round < 100; round += 1) estimate.took(0);
    expect(Number.isFinite(estimate.logMs)).toBe(true);
  });

  test('does not drift where slow attempts are cut short at the estimate', () => {
    const random = seededRandom(2);
    const estimate = new LatencyQuantile(0.95, 300);
    let sum = 0;
    for (let round = 0; round < 20_000; round += 1) {
      const ms = exponentialMs(random, 100);
      const limit = Math.exp(estimate.logMs);
      if (ms > limit) estimate.tookLongerThan(limit);
      else estimate.took(ms);
      sum += estimate.logMs / 20_000;
    }
    // The 95th percentile is 300 ms.
    expect(Math.exp(sum)).toBeGreaterThan(270);
    expect(Math.exp(sum)).toBeLessThan(330);
  });
});

describe('a learned delay', () => {
  const spread = (hedging: KeyHedging, count: number) => {
    for (let index = 1; index <= count; index += 1) hedging.took(index * 10, false);
  };

  test('is not known before there are enough samples', () => {
    const hedging = hedgingWith({ minimumSamples: 20 });
    spread(hedging, 19);
    expect(hedging.read()).toMatchObject({
      delayMs: undefined,
      heldBackBecause: 'too few attempts have ended',
    });
    hedging.took(200, false);
    expect(hedging.delayMs).toBeGreaterThan(0);
  });

  test('is the quantile of the first samples at first, and up to a tenth more', () => {
    const hedging = hedgingWith({ minimumSamples: 20, quantile: 0.95 });
    spread(hedging, 20);
    // Twice the median is 200 ms, and more than the 95th percentile of 190 ms.
    expect(hedging.delayMs).toBeGreaterThanOrEqual(200);
    expect(hedging.delayMs).toBeLessThanOrEqual(220);
  });

  test('is no sooner than twice the median: a second attempt would hardly come first', () => {
    const hedging = hedgingWith();
    for (let index = 0; index < 500; index += 1) hedging.took(100 + (index % 10), false);
    expect(hedging.delayMs).toBeGreaterThanOrEqual(200);
  });

  test('counts what was cut short as longer: a time-out does not make it short', () => {
    const hedging = hedgingWith({ minimumSamples: 20 });
    // Nothing is known of those that were cut short early.
    for (let index = 0; index < 100; index += 1) {
      hedging.took(100, false);
      hedging.tookLongerThan(5);
    }
    const before = hedging.delayMs!;
    expect(before).toBeGreaterThanOrEqual(200);
    for (let index = 0; index < 100; index += 1) hedging.tookLongerThan(5_000);
    expect(hedging.delayMs!).toBeGreaterThan(2 * before);
  });

  test('takes a tenth of a kilobyte for a key, whatever comes', () => {
    const hedging = hedgingWith();
    spread(hedging, 100_000);
    expect(Object.keys(hedging)).toEqual([]);
  });
});

describe('what is held against a second attempt', () => {
  test('none is saved up before a call has come, and twenty at most', () => {
    const hedging = hedgingWith({ delayMs: 10 });
    expect(hedging.take()).toBe(false);
    for (let index = 0; index < 20; index += 1) hedging.called();
    expect(hedging.take()).toBe(true);
    expect(hedging.take()).toBe(false);
    for (let index = 0; index < 10_000; index += 1) hedging.called();
    expect(hedging.read().hedges).toBe(20);
  });

  test('one that does not come first costs more from time to time, until one does', () => {
    const hedging = hedgingWith({ delayMs: 10, maxHedgeRatio: 1 });
    for (let index = 0; index < 100; index += 1) hedging.hedged(false);
    for (let index = 0; index < 4; index += 1) hedging.called();
    expect(hedging.take()).toBe(false);
    hedging.called();
    expect(hedging.take()).toBe(true);
    hedging.called();
    hedging.hedged(true);
    expect(hedging.take()).toBe(true);
  });
});
