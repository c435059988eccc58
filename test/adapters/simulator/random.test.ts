import { describe, expect, test } from '@jest/globals';
import {
  exponential,
  logNormal,
  mixed,
  seededRandom,
  steps,
  uniform,
  type Distribution,
} from '../../../src/simulator.ts';

const COUNT = 50_000;

function drawn(distribution: Distribution, seed = 1): readonly number[] {
  const random = seededRandom(seed);
  return Array.from({ length: COUNT }, () => distribution(random, 0)).toSorted((a, b) => a - b);
}
const meanOf = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / COUNT;
const medianOf = (values: readonly number[]) => values[COUNT / 2] ?? NaN;

/** How far apart two values are, as the larger over the smaller. */
const ratioTo = (value: number, expected: number) => Math.max(value / expected, expected / value);

describe('random numbers', () => {
  test('are at least 0 and below 1, and even', () => {
    for (const seed of [0, 1, 2, 2 ** 40, -5]) {
      const values = drawn((random) => random(), seed);
      expect(values[0]).toBeGreaterThanOrEqual(0);
      expect(values.at(-1)).toBeLessThan(1);
      expect(ratioTo(meanOf(values), 0.5)).toBeLessThan(1.02);
      expect(ratioTo(values[COUNT / 10] ?? 0, 0.1)).toBeLessThan(1.05);
    }
  });

  test('of different seeds and names do not go together', () => {
    const covariance = (a: () => number, b: () => number) => {
      let sum = 0;
      for (let count = 0; count < COUNT; count += 1) sum += (a() - 0.5) * (b() - 0.5);
      return sum / COUNT;
    };
    expect(Math.abs(covariance(seededRandom(1), seededRandom(2)))).toBeLessThan(0.002);
    expect(Math.abs(covariance(seededRandom(1, 'a'), seededRandom(1, 'b')))).toBeLessThan(0.002);
  });
});

describe('distributions', () => {
  test('have the mean or the median that was asked for', () => {
    expect(ratioTo(meanOf(drawn(exponential(20))), 20)).toBeLessThan(1.02);
    expect(ratioTo(medianOf(drawn(exponential(20))), 20 * Math.LN2)).toBeLessThan(1.02);
    expect(ratioTo(medianOf(drawn(logNormal(100, 1.5))), 100)).toBeLessThan(1.03);
    expect(ratioTo(meanOf(drawn(uniform(10, 20))), 15)).toBeLessThan(1.02);
    expect(ratioTo(meanOf(drawn(mixed(0.1, 2_000, 20))), 218)).toBeLessThan(1.03);
  });

  test('change at the moments of their steps', () => {
    const latency = steps([0, 20], [50_000, 400]);
    const random = seededRandom(1);
    expect([0, 49_999, 50_000, 90_000].map((now) => latency(random, now))).toEqual([
      20, 20, 400, 400,
    ]);
  });
});
