import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { backoffMs, type Jitter } from '../../src/policies/retry/backoff.ts';

const RUNS = { numRuns: 5000 };

const delay = fc.oneof(
  fc.double({ min: 0, max: 1e7, noNaN: true }),
  fc.integer({ min: 0, max: 120_000 }),
  fc.constantFrom(0, 1e-9, 0.5, Number.MAX_VALUE),
);
const retry = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
);
const chance = fc.oneof(
  fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  fc.constantFrom(0, 1 - Number.EPSILON / 2),
);
const jitters = fc.constantFrom<Jitter>('full', 'equal', 'none');
const LEAST: Readonly<Record<Jitter, number>> = { full: 0, equal: 0.5, none: 1 };

describe('a backoff', () => {
  test('is a whole number between what its jitter allows and its ceiling', () => {
    fc.assert(
      fc.property(
        retry,
        delay,
        delay,
        jitters,
        chance,
        (count, baseDelayMs, maxDelayMs, jitter, drawn) => {
          const wait = backoffMs(count, { baseDelayMs, maxDelayMs, jitter }, () => drawn);
          const ceiling = Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(count - 1, 1023));
          expect(Number.isInteger(wait)).toBe(true);
          expect(wait).toBeGreaterThanOrEqual(Math.ceil(ceiling) * LEAST[jitter] - 1);
          expect(wait).toBeLessThanOrEqual(Math.ceil(ceiling));
        },
      ),
      RUNS,
    );
  });

  test('is a hint and no less, and more by at most as much again, a base delay and a rounding', () => {
    fc.assert(
      fc.property(
        retry,
        delay,
        delay,
        jitters,
        chance,
        fc.double({ min: 1e-9, max: 1e10, noNaN: true }),
        (count, baseDelayMs, maxDelayMs, jitter, drawn, hintMs) => {
          const settings = { baseDelayMs, maxDelayMs, jitter };
          const wait = backoffMs(count, settings, () => drawn, hintMs);
          expect(wait).toBeGreaterThanOrEqual(hintMs);
          expect(wait).toBeLessThanOrEqual(hintMs + Math.min(hintMs, baseDelayMs) + 1);
        },
      ),
      RUNS,
    );
  });

  test('never shrinks from one retry to the next, chance being equal', () => {
    fc.assert(
      fc.property(
        retry,
        delay,
        delay,
        jitters,
        chance,
        (count, baseDelayMs, maxDelayMs, jitter, drawn) => {
          const settings = { baseDelayMs, maxDelayMs, jitter };
          const one = backoffMs(count, settings, () => drawn);
          expect(backoffMs(count + 1, settings, () => drawn)).toBeGreaterThanOrEqual(one);
        },
      ),
      RUNS,
    );
  });
});
