import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Charge, Quota } from '../../src/policies/usage-limits/quota.ts';
import { RefillingQuota } from '../../src/policies/usage-limits/refilling-quota.ts';
import { RollingQuota } from '../../src/policies/usage-limits/rolling-quota.ts';

const RUNS = { numRuns: 1000 };
const TOLERANCE = 1e-3;
const AMOUNT = 1000;
const PER_MS = 10_000;
const BURST = 600;

type Step =
  | { readonly kind: 'take'; readonly units: number }
  | { readonly kind: 'settle'; readonly which: number; readonly share: number }
  | { readonly kind: 'pass'; readonly milliseconds: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('take' as const),
      units: fc.integer({ min: 1, max: 500 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      which: fc.nat({ max: 20 }),
      // 0 is given back, 1 used as taken.
      share: fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      milliseconds: fc.integer({ min: 0, max: 4000 }),
    }),
  },
);

interface Taken {
  readonly at: number;
  readonly charge: Charge;
  used: number;
  isSettled: boolean;
}

/** Takes what is there, as a line of one does, and settles in any order. */
function play(
  quota: Quota,
  steps: readonly Step[],
  eachStep?: (now: number, all: Taken[]) => void,
) {
  const all: Taken[] = [];
  let now = 0;
  for (const one of steps) {
    if (one.kind === 'pass') now += one.milliseconds;
    else if (one.kind === 'take') {
      now = Math.max(now, quota.freeAt(now, one.units));
      all.push({ at: now, charge: quota.take(now, one.units), used: one.units, isSettled: false });
    } else {
      const open = all.filter(({ isSettled }) => !isSettled);
      const settled = open[one.which % Math.max(open.length, 1)];
      if (settled === undefined) continue;
      settled.isSettled = true;
      settled.used = one.share * settled.charge.units;
      quota.settle(settled.charge, now, settled.used);
    }
    eachStep?.(now, all);
  }
  return all;
}

/** The units of those that start in each window that begins with a start. */
function fullestWindow(all: readonly Taken[], windowMs: number): number {
  return Math.max(
    0,
    ...all.map(({ at }) =>
      all.reduce((sum, one) => (one.at >= at && one.at <= at + windowMs ? sum + one.used : sum), 0),
    ),
  );
}

/** What a bucket would hold that had known from the beginning what each call uses. */
function levelInHindsight(all: readonly Taken[], now: number): number {
  let level = BURST;
  let filledAt = 0;
  const rate = AMOUNT / PER_MS;
  for (const { at, used } of all) {
    level = Math.min(BURST, level + (at - filledAt) * rate) - used;
    filledAt = at;
  }
  return Math.min(BURST, level + (now - filledAt) * rate);
}

describe('a quota that refills evenly', () => {
  test('keeps every window to burst + rate × t settled units, whatever is settled and when', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const all = play(new RefillingQuota(AMOUNT, PER_MS, BURST), steps);
        for (const windowMs of [0, 100, 1000, 5000, PER_MS, 3 * PER_MS]) {
          const most = BURST + (AMOUNT / PER_MS) * windowMs;
          expect(fullestWindow(all, windowMs)).toBeLessThanOrEqual(most + TOLERANCE);
        }
      }),
      RUNS,
    );
  });

  test('holds what it would hold if each call had taken from the beginning what it used', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const quota = new RefillingQuota(AMOUNT, PER_MS, BURST);
        play(quota, steps, (now, all) => {
          expect(Math.abs(quota.level(now) - levelInHindsight(all, now))).toBeLessThan(TOLERANCE);
        });
      }),
      RUNS,
    );
  });

  test('takes what a call used beyond its charge from those that follow', () => {
    const quota = new RefillingQuota(AMOUNT, PER_MS, BURST);
    const charge = quota.take(0, 600);
    quota.settle(charge, 0, 800);
    expect(quota.level(0)).toBe(-200);
    expect(quota.freeAt(0, 100)).toBeCloseTo(3000, 0);
  });

  test('owes no more than one window, whatever an answer says', () => {
    const quota = new RefillingQuota(AMOUNT, PER_MS, BURST);
    quota.settle(quota.take(0, 1), 0, 1e12);
    expect(quota.freeAt(0, 1)).toBeLessThanOrEqual(PER_MS + 100);
  });

  test('lets a call of more than the burst go when it is full, and what follows wait for it', () => {
    const quota = new RefillingQuota(AMOUNT, PER_MS, BURST);
    expect(quota.freeAt(0, 1000)).toBe(0);
    quota.take(0, 1000);
    expect(quota.freeAt(0, 100)).toBeCloseTo(5000, 0);
  });
});

describe('a quota that rolls', () => {
  test('keeps every window to its amount of settled units', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const all = play(new RollingQuota(AMOUNT, PER_MS), steps);
        expect(fullestWindow(all, PER_MS)).toBeLessThanOrEqual(AMOUNT + TOLERANCE);
      }),
      RUNS,
    );
  });

  test('gives back all that is not used, and the rest 1 to 2 % later than it could', () => {
    const quota = new RollingQuota(AMOUNT, PER_MS);
    const charge = quota.take(50, 1000);
    expect(quota.level(50)).toBe(0);
    quota.settle(charge, 60, 400);
    expect(quota.level(60)).toBe(600);
    const freeAt = quota.freeAt(60, 1000);
    expect(freeAt).toBeGreaterThanOrEqual(50 + 1.01 * PER_MS);
    expect(freeAt).toBeLessThanOrEqual(50 + 1.02 * PER_MS);
    expect(quota.level(freeAt)).toBe(1000);
  });

  test('says when one in line is likely to go, over several windows', () => {
    const quota = new RollingQuota(AMOUNT, PER_MS);
    quota.take(0, 1000);
    expect(quota.freeAt(0, 500, 2000) - quota.freeAt(0, 500)).toBe(2 * PER_MS);
  });

  test('forgets what others used at the moment that is told', () => {
    const quota = new RollingQuota(AMOUNT, PER_MS);
    quota.lower(0, 100, 3000);
    expect(quota.level(0)).toBe(100);
    expect(quota.freeAt(0, 500)).toBe(3000);
    quota.lower(0, 300, 3000);
    expect(quota.level(0)).toBe(100);
  });
});
