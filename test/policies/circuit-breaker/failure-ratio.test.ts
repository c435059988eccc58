import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { shouldOpen as byCounting } from '../../../src/policies/circuit-breaker/failure-ratio-counted.ts';
import { shouldOpen as byOpossum } from '../../../src/policies/circuit-breaker/failure-ratio-opossum.ts';

const SLICES = 10;
const settingsOf = (ratio: number, minimumCalls: number) => ({
  opensAbovePercent: ratio * 100 - 1e-9,
  minimumCalls,
  windowMs: 1000,
});

/** Slices with these counts in front, the current slice first. */
const slices = (...counts: readonly number[]): readonly number[] =>
  Object.freeze([...counts, ...new Array<number>(SLICES - counts.length).fill(0)]);

describe.each([
  ['opossum', byOpossum],
  ['our own lines', byCounting],
])('the failure ratio as judged by %s', (_judge, shouldOpen) => {
  test('opens at the ratio and not below it', () => {
    expect(shouldOpen(settingsOf(0.5, 2), slices(5), slices(2))).toBe(false);
    expect(shouldOpen(settingsOf(0.5, 2), slices(6), slices(3))).toBe(true);
  });

  test('opens at no ratio before the minimum of calls', () => {
    expect(shouldOpen(settingsOf(0.01, 3), slices(2), slices(2))).toBe(false);
    expect(shouldOpen(settingsOf(0.01, 3), slices(3), slices(3))).toBe(true);
  });

  test('opens at a ratio of 1 only where everything failed', () => {
    expect(shouldOpen(settingsOf(1, 1), slices(50, 1), slices(50))).toBe(false);
    expect(shouldOpen(settingsOf(1, 1), slices(50, 1), slices(50, 1))).toBe(true);
  });

  test('counts all slices of the window', () => {
    const oldest = [0, 0, 0, 0, 0, 0, 0, 0];
    expect(shouldOpen(settingsOf(0.5, 1), slices(2, ...oldest, 4), slices(1, ...oldest, 3))).toBe(
      true,
    );
    expect(shouldOpen(settingsOf(0.5, 1), slices(2, ...oldest, 4), slices(1, ...oldest, 1))).toBe(
      false,
    );
  });
});

const counts = fc
  .array(fc.tuple(fc.nat({ max: 30 }), fc.nat({ max: 30 })), {
    minLength: SLICES,
    maxLength: SLICES,
  })
  .map((pairs) => ({
    outcomes: pairs.map(([succeeded, failed], slice) => succeeded + failed + (slice === 0 ? 1 : 0)),
    failures: pairs.map(([, failed], slice) => failed + (slice === 0 ? 1 : 0)),
  }));
const settings = fc
  .record({
    ratio: fc.oneof(
      fc.constantFrom(0.07, 0.1, 0.25, 0.28, 1 / 3, 0.5, 0.57, 2 / 3, 0.9, 1),
      fc.double({ min: 0.001, max: 1, noNaN: true }),
    ),
    minimumCalls: fc.integer({ min: 1, max: 400 }),
  })
  .map(({ ratio, minimumCalls }) => settingsOf(ratio, minimumCalls));

test('the two judges of the failure ratio decide the same, whatever has been counted', () => {
  let opened = 0;
  fc.assert(
    fc.property(settings, counts, (chosen, { outcomes, failures }) => {
      const decision = byOpossum(chosen, outcomes, failures);
      expect(byCounting(chosen, outcomes, failures)).toBe(decision);
      if (decision) opened += 1;
    }),
    { numRuns: 2000 },
  );
  expect(opened).toBeGreaterThan(200);
  expect(opened).toBeLessThan(1800);
});
