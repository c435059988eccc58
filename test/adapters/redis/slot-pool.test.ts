import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { leaseTerms } from '../../../src/adapters/redis/lease-terms.ts';
import { SlotPool } from '../../../src/adapters/redis/slot-pool.ts';

const VALID_MS = 50;
const TERMS = leaseTerms(100, 6);
const poolOf = (...leases: { start: number; count: number; spacing?: number }[]) => {
  const pool = new SlotPool(TERMS);
  for (const lease of leases) pool.add({ spacing: 10, ...lease });
  return pool;
};

describe('the slots that a process holds', () => {
  test('may be used from their moment on, one for each token', () => {
    const pool = poolOf({ start: 100, count: 2 });
    expect(pool.take(99, 1)).toBeUndefined();
    expect(pool.take(100, 1)).toEqual({ start: 100, count: 1, spacing: 10 });
    expect(pool.take(109, 1)).toBeUndefined();
    expect(pool.take(110, 1)).toMatchObject({ start: 110 });
    expect(pool.left).toBe(0);
  });

  test('expire with their own moment, not with their lease', () => {
    const pool = poolOf({ start: 100, count: 10 });
    expect(pool.take(150, 1)).toMatchObject({ start: 100 });
    expect(pool.take(175, 1)).toMatchObject({ start: 130 });
    expect(pool.left).toBe(6);
    expect(pool.take(300, 1)).toBeUndefined();
    expect(pool.left).toBe(0);
  });

  test('are used in the order of their moments, whichever lease came first', () => {
    const pool = poolOf(
      { start: 200, count: 1 },
      { start: 100, count: 1 },
      { start: 150, count: 1 },
    );
    expect([150, 150, 200].map((now) => pool.take(now, 1)?.start)).toEqual([100, 150, 200]);
  });

  test('serve a call of several tokens only together', () => {
    const pool = poolOf({ start: 100, count: 2 }, { start: 130, count: 3 });
    expect(pool.take(120, 3)).toBeUndefined();
    expect(pool.nextAt(120, 3)).toBe(130);
    expect(pool.take(130, 3)).toBeDefined();
    expect(pool.left).toBe(2);
    expect(pool.nextAt(130, 3)).toBeUndefined();
    expect(pool.take(150, 2)).toEqual({ start: 140, count: 2, spacing: 10 });
  });

  test('serve no call of several tokens whose first would expire before the last is due', () => {
    const pool = poolOf({ start: 100, count: 2 }, { start: 200, count: 3 });
    expect(pool.nextAt(100, 4)).toBeUndefined();
    expect(pool.nextAt(100, 3)).toBe(220);
  });

  test('let a call that takes all of the burst go a little before the last is due', () => {
    const pool = poolOf({ start: 100, count: 8 });
    expect(pool.nextAt(100, 6)).toBe(140);
    expect(pool.take(139, 6)).toBeUndefined();
    expect(pool.take(145, 6)).toMatchObject({ count: 6 });
  });

  test('are given up from the end, and those that may be used now are kept', () => {
    const pool = poolOf({ start: 100, count: 5 }, { start: 200, count: 5 });
    expect(pool.giveUp(115, 4)).toEqual([
      { start: 200, count: 5, spacing: 10 },
      { start: 140, count: 1, spacing: 10 },
    ]);
    expect(pool.left).toBe(4);
    expect(pool.giveUp(115, 0)).toEqual([{ start: 120, count: 2, spacing: 10 }]);
    expect(pool.left).toBe(2);
  });

  test('a slot that was put back may be used again', () => {
    const pool = poolOf({ start: 100, count: 2 });
    const taken = pool.take(100, 1)!;
    pool.add(taken);
    expect(
      [pool.take(120, 1), pool.take(120, 1), pool.take(120, 1)].map((slot) => slot?.start),
    ).toEqual([100, 110, undefined]);
  });

  test('are each used once at most, after their moment and before they expire', () => {
    const lease = fc.record({
      gap: fc.nat(40),
      count: fc.integer({ min: 1, max: 8 }),
      spacing: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(
        fc.array(lease, { maxLength: 8 }),
        fc.array(fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 3 })), { maxLength: 40 }),
        (leases, takes) => {
          const pool = new SlotPool(TERMS);
          let end = 0;
          for (const { gap, count, spacing } of leases) {
            pool.add({ start: end + gap, count, spacing });
            end += gap + count * spacing;
          }
          const before = pool.left;
          let now = 0;
          let used = 0;
          const seen = new Set<number>();
          for (const [passes, weight] of takes) {
            now += passes;
            const taken = pool.take(now, weight);
            if (taken === undefined) continue;
            used += weight;
            for (let slot = 0; slot < taken.count; slot += 1) {
              const moment = taken.start + slot * taken.spacing;
              expect(seen.has(moment)).toBe(false);
              seen.add(moment);
              expect(moment).toBeLessThanOrEqual(now);
              expect(moment).toBeGreaterThanOrEqual(now - VALID_MS);
            }
          }
          expect(pool.left + used).toBeLessThanOrEqual(before);
        },
      ),
    );
  });
});
