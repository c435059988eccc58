import { describe, expect, test } from '@jest/globals';
import type { AnnouncedLimit } from '../../../src/core/outcome-reader.ts';
import { AnnouncedPace } from '../../../src/policies/rate-limit/announced-pace.ts';

const limitOf = (announced: Partial<AnnouncedLimit>): AnnouncedLimit => ({
  name: '',
  limit: 100,
  remaining: 40,
  resetMs: 30_090,
  resetTo: 'new-window',
  windowMs: undefined,
  ...announced,
});

const BY = { route: 'GET /things', isThrottled: false };

/** The pace after one answer, with nothing on its way. */
function paceAfter(...announced: readonly Partial<AnnouncedLimit>[]): AnnouncedPace {
  const pace = new AnnouncedPace();
  pace.heard(0, announced.map(limitOf), 100, BY);
  return pace;
}

describe('an announced limit', () => {
  test('binds only the routes whose answers announce it', () => {
    const pace = paceAfter({ remaining: 0 });
    expect([pace.binds('GET /things'), pace.binds('GET /others')]).toEqual([true, false]);
    pace.heard(0, [limitOf({})], 100, { ...BY, route: 'GET /others' });
    expect(pace.binds('GET /others')).toBe(true);
  });

  test('is not believed of a throttle alone', () => {
    const pace = new AnnouncedPace();
    pace.heard(0, [limitOf({ remaining: 0 })], 100, { ...BY, isThrottled: true });
    expect([pace.ratePerSecond(0), pace.dueAt(0)]).toEqual([Infinity, 0]);
    pace.heard(0, [limitOf({ remaining: 30 })], 100, BY);
    pace.heard(0, [limitOf({ remaining: 0, resetMs: 20_100 })], 100, { ...BY, isThrottled: true });
    expect(pace.dueAt(0)).toBe(20_010);
  });

  test('spreads what is left over the time until the reset', () => {
    const pace = paceAfter({ remaining: 30 });
    expect(pace.ratePerSecond(0)).toBeCloseTo(1, 5);
    pace.started(0);
    expect(pace.dueAt(0)).toBeCloseTo(990, 0);
    expect(pace.freeAt(0, 2)).toBeCloseTo(2990, 0);
  });

  test('holds nothing back while more than half is left', () => {
    const pace = paceAfter({ remaining: 53 });
    for (let call = 0; call < 3; call += 1) {
      expect(pace.dueAt(0)).toBe(0);
      pace.started(0);
    }
    expect(pace.dueAt(0)).toBeGreaterThan(0);
  });

  test('counts what is on its way as used', () => {
    const pace = paceAfter({ remaining: 60 });
    for (let call = 0; call < 30; call += 1) pace.started(0);
    pace.heard(0, [limitOf({ remaining: 60 })], 100, BY);
    expect(pace.ratePerSecond(0)).toBeCloseTo(1, 5);
    for (let call = 0; call < 30; call += 1) pace.ended();
    pace.heard(0, [limitOf({ remaining: 30 })], 100, BY);
    expect(pace.ratePerSecond(0)).toBeCloseTo(1, 5);
  });

  test('holds everything back until a reset that is near, where nothing is left', () => {
    const pace = paceAfter({ remaining: 0, resetMs: 20_090 });
    expect(pace.dueAt(0)).toBe(20_000);
    expect(pace.dueAt(20_001)).toBe(20_001);
  });

  test('leaves a reset that is far off to throttles', () => {
    const pace = paceAfter({ remaining: 0, resetMs: 3_600_100 });
    expect([pace.ratePerSecond(0), pace.dueAt(0)]).toEqual([Infinity, 0]);
  });

  test('is forgotten after its reset', () => {
    const pace = paceAfter({ remaining: 10 });
    expect(pace.endsAt).toBe(30_000);
    expect(pace.ratePerSecond(30_000)).toBe(Infinity);
  });

  test('goes on to the next window where no answer has told of it: half at once, then evenly', () => {
    const pace = paceAfter({ remaining: 0, resetMs: 1090, windowMs: 1000, limit: 4 });
    expect(pace.dueAt(0)).toBe(1000);
    for (let call = 0; call < 2; call += 1) {
      expect(pace.dueAt(1000)).toBe(1000);
      pace.started(1000);
    }
    // 250 ms, and 10 of them made up for.
    expect(pace.dueAt(1000)).toBe(1240);
    expect(pace.dueAt(2000)).toBe(2000);
    expect(pace.ratePerSecond(2000)).toBe(Infinity);
  });

  test('keeps nobody waiting beyond its window, however little is left of it', () => {
    const pace = paceAfter({ remaining: 1, resetMs: 1090, windowMs: 1000, limit: 4 });
    pace.started(0);
    pace.heard(10, [limitOf({ remaining: 1, resetMs: 1080, windowMs: 1000, limit: 4 })], 100, BY);
    expect(pace.dueAt(10)).toBeLessThanOrEqual(1000);
    expect(pace.freeAt(10, 3)).toBeLessThanOrEqual(1750);
  });

  test('in whole seconds paces a bucket at no more than its refill, and more where it has saved up', () => {
    const bucket = { limit: 600, resetTo: 'full-bucket' } as const;
    const empty = paceAfter({ ...bucket, remaining: 0, resetMs: 60_000 });
    expect(empty.ratePerSecond(0)).toBeCloseTo(599.5 / 60, 5);
    const fuller = paceAfter({ ...bucket, remaining: 60, resetMs: 54_000 });
    expect(fuller.ratePerSecond(0)).toBeCloseTo((539.5 / 54) * 1.1, 5);
  });

  test('of several binds with the slowest', () => {
    const pace = paceAfter(
      { name: 'minute', remaining: 30 },
      { name: 'day', remaining: 4000, limit: 10_000, resetMs: 8_000_100 },
    );
    expect(pace.ratePerSecond(0)).toBeCloseTo(0.5, 5);
  });

  test('says what a bucket gives, where the reset is that of a full one', () => {
    const pace = paceAfter({ limit: 100, remaining: 0, resetMs: 9950, resetTo: 'full-bucket' });
    expect(pace.ratePerSecond(0)).toBeCloseTo(10, 5);
    const fuller = paceAfter({ limit: 100, remaining: 40, resetMs: 5950, resetTo: 'full-bucket' });
    expect(fuller.ratePerSecond(0)).toBeCloseTo(14, 5);
  });

  test('is taken for a bucket where its reset moves away with each call', () => {
    const pace = new AnnouncedPace();
    for (let used = 1; used <= 100; used += 1) {
      const resetMs = used * 100.3;
      pace.heard(0, [limitOf({ remaining: 100 - used, resetMs, resetTo: undefined })], 0, BY);
    }
    expect(pace.ratePerSecond(0)).toBeCloseTo(9.92, 1);
  });

  test('with a reset in whole seconds says nothing where that is too coarse', () => {
    expect(paceAfter({ remaining: 1, resetMs: 1000 }).ratePerSecond(0)).toBe(Infinity);
    expect(
      paceAfter({ remaining: 0, resetMs: 5000, resetTo: 'full-bucket' }).ratePerSecond(0),
    ).toBe(Infinity);
  });

  test('with a reset in whole seconds never asks for much less than the even pace', () => {
    const pace = paceAfter({ remaining: 3, resetMs: 30_000, windowMs: 60_000 });
    expect(pace.ratePerSecond(0)).toBeCloseTo((0.98 * 100) / 60, 5);
    pace.heard(0, [limitOf({ remaining: 0, resetMs: 2000, windowMs: 60_000 })], 100, BY);
    expect(pace.ratePerSecond(0)).toBeCloseTo((0.98 * 100) / 60, 5);
    expect(pace.dueAt(0)).toBeLessThan(1000);
  });

  test('of which each endpoint has its own under one name sets no pace', () => {
    const pace = paceAfter({ limit: 5000, remaining: 4900 });
    pace.heard(0, [limitOf({ limit: 30, remaining: 0 })], 100, BY);
    expect([pace.ratePerSecond(0), pace.dueAt(0)]).toEqual([Infinity, 0]);
  });

  test.each([
    { limit: 0, remaining: 0 },
    { resetMs: 0, remaining: 0 },
  ])('that says nothing sets no pace (%p)', (announced) => {
    expect(paceAfter(announced).dueAt(0)).toBe(0);
  });
});
