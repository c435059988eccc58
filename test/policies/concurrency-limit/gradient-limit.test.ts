import { describe, expect, test } from '@jest/globals';
import {
  GradientLimit,
  type GradientSettings,
} from '../../../src/policies/concurrency-limit/gradient-limit.ts';

interface Round {
  /** How many end. */
  readonly count?: number;
  readonly tookMs?: number;
  readonly as?: 'answered' | 'dropped';
  /** How many run at once; by default as many as the limit lets. */
  readonly inFlight?: number;
  /** When they were sent; by default at this moment. */
  readonly startedOn?: number;
}

/** A limit, and attempts that are sent together and end together. */
function limitUnderTest(settings: Partial<GradientSettings> = {}) {
  const limit = new GradientLimit({
    initial: 20,
    floor: 1,
    ceiling: 1000,
    tolerance: 1.5,
    ...settings,
  });
  let now = 0;
  const round = ({ count = 10, tookMs = 100, as = 'answered', ...more }: Round = {}) => {
    limit.entered(more.inFlight ?? limit.current);
    const startedOn = more.startedOn ?? now;
    now = Math.max(now, startedOn + tookMs);
    for (let ended = 0; ended < count; ended += 1) limit.ended({ startedOn, endedOn: now, as });
    return limit.current;
  };
  const rounds = (times: number, one?: Round) => {
    for (let time = 0; time < times; time += 1) round(one);
    return limit.current;
  };
  return {
    limit,
    round,
    rounds,
    /** Ends the probe that it begins with, and the window before the next one is over. */
    learn(tookMs = 100) {
      round({ count: 5, tookMs });
      return limit.current;
    },
    /** A probe is due: the window that begins it. */
    probe(tookMs: number) {
      now += 60_000;
      return round({ tookMs });
    },
  };
}

describe('a limit by the gradient of latency', () => {
  test('begins with a probe: a quarter of its initial limit, for five answers', () => {
    const { limit, round } = limitUnderTest();
    expect(limit.current).toBe(5);
    round({ count: 4 });
    expect(limit.current).toBe(5);
    round({ count: 1 });
    expect(limit.current).toBe(20);
  });

  test('grows by its root while answers are as quick as without load', () => {
    const { learn, round } = limitUnderTest();
    expect(learn()).toBe(20);
    expect(round()).toBe(24);
    expect(round()).toBe(29);
    expect(round()).toBe(34);
  });

  test('grows half as fast where answers begin to be slower', () => {
    const { learn, round } = limitUnderTest({ initial: 100 });
    learn();
    round({ count: 20 });
    const before = round();
    expect(round({ tookMs: 130 }) - before).toBe(5);
  });

  test('does not grow while less than half of it is used', () => {
    const { learn, rounds } = limitUnderTest();
    learn();
    expect(rounds(20, { inFlight: 9 })).toBe(20);
    expect(rounds(1, { inFlight: 10 })).toBe(24);
  });

  test('does not shrink for slow answers while less than half of it is used', () => {
    const { learn, rounds } = limitUnderTest();
    learn();
    expect(rounds(20, { inFlight: 5, tookMs: 1_000 })).toBe(20);
  });

  test('shrinks in proportion where answers take longer than tolerated, by half at most', () => {
    const { learn, round, limit } = limitUnderTest({ initial: 100 });
    learn();
    round({ count: 20 });
    expect(limit.current).toBe(100);
    // 1.5 / 2 of it, and half of the root of that.
    expect(round({ tookMs: 200 })).toBe(79);
    // Half of it, and half of the root of that.
    expect(round({ tookMs: 1_000 })).toBe(42);
  });

  test('keeps to floor and ceiling', () => {
    const { learn, rounds } = limitUnderTest({ floor: 10, ceiling: 50 });
    learn();
    expect(rounds(50)).toBe(50);
    expect(rounds(12, { as: 'dropped' })).toBe(10);
  });

  test('takes a drop for a drop and not for a time', () => {
    const { learn, rounds, round, limit } = limitUnderTest({ initial: 40 });
    learn();
    round({ count: 5 });
    expect(limit.current).toBe(40);
    // Time-outs that are all alike look like a steady latency, and would let the limit grow for ever.
    expect(rounds(1, { as: 'dropped', tookMs: 5_000 })).toBe(20);
    expect(rounds(1, { as: 'dropped', tookMs: 5_000 })).toBe(10);
  });

  test('cuts by half of the share of drops', () => {
    const { learn, round, limit } = limitUnderTest({ initial: 100 });
    learn();
    round({ count: 20 });
    round({ count: 8 });
    round({ count: 2, as: 'dropped' });
    expect(limit.current).toBe(90);
  });

  test('does not mind drops that chance explains', () => {
    const { learn, round, limit } = limitUnderTest({ initial: 100 });
    learn();
    round({ count: 20 });
    // Answers that differ by so much take a hundred attempts to tell anything.
    for (let pair = 0; pair < 48; pair += 1) {
      round({ count: 1, tookMs: 25, as: 'answered' });
      round({ count: 1, tookMs: 400, as: 'answered' });
    }
    round({ count: 4, as: 'dropped' });
    expect(limit.current).toBeGreaterThan(100);
  });

  test('does not hear attempts that began before its last cut', () => {
    const { learn, round, limit } = limitUnderTest({ initial: 100 });
    learn();
    round({ count: 20 });
    round({ as: 'dropped', tookMs: 1_000 });
    expect(limit.current).toBe(50);
    round({ as: 'dropped', startedOn: 500, count: 100 });
    round({ startedOn: 500, tookMs: 5_000, count: 100 });
    expect(limit.current).toBe(50);
    round({ as: 'dropped' });
    expect(limit.current).toBe(25);
  });

  test('learns no baseline under load: answers that get slower and slower are held against the first', () => {
    const { learn, round, limit } = limitUnderTest();
    learn();
    const limits = [];
    for (let tookMs = 105; limit.current > 10 && tookMs < 1_000; tookMs *= 1.05) {
      limits.push(round({ tookMs }));
    }
    expect(limit.current).toBeLessThanOrEqual(10);
    expect(Math.max(...limits)).toBeLessThan(100);
  });

  test('learns none from a probe with drops', () => {
    const { round, limit } = limitUnderTest();
    round({ count: 3, tookMs: 1_000 });
    round({ count: 2, as: 'dropped' });
    // Two fifths of drops, and no baseline: the next window begins another probe.
    expect(limit.current).toBe(16);
    expect(round()).toBe(4);
    expect(round({ count: 5 })).toBe(16);
    expect(round({ tookMs: 1_000 })).toBeLessThan(16);
  });

  test('a baseline that was learned in overload is put right by the next probe', () => {
    const { learn, round, rounds, probe, limit } = limitUnderTest();
    learn(400);
    rounds(3, { tookMs: 500 });
    const before = limit.current;
    expect(probe(500)).toBe(Math.floor(before / 4));
    round({ tookMs: 100 });
    round({ tookMs: 500 });
    expect(limit.current).toBeLessThan(before);
  });

  test('a lasting step of latency that is not its load does not lock it', () => {
    const { learn, rounds, round, limit } = limitUnderTest({ initial: 64 });
    learn();
    round({ count: 16 });
    expect(limit.current).toBe(64);
    const lowest = rounds(3, { tookMs: 300 });
    expect(lowest).toBeLessThan(20);
    // It has fallen below a quarter: a probe, before its time. Answers stay as slow.
    rounds(30, { tookMs: 300 });
    expect(limit.current).toBeGreaterThan(64);
  });

  test('answers that get quicker under a probe were slow by its own load: the baseline stays', () => {
    const { learn, rounds, round, probe, limit } = limitUnderTest({ initial: 40 });
    learn();
    rounds(1, { count: 10 });
    rounds(1, { tookMs: 180 });
    expect(probe(180)).toBeLessThan(12);
    round({ tookMs: 110 });
    const before = limit.current;
    expect(round({ tookMs: 200 })).toBeLessThan(before);
  });

  test('is probed again after 30 s, or after a hundred baselines where they are longer', () => {
    const { learn, round, limit } = limitUnderTest({ initial: 8 });
    learn();
    round({ startedOn: 29_000, tookMs: 100 });
    expect(limit.current).toBe(10);
    round({ startedOn: 31_000, tookMs: 100 });
    expect(limit.current).toBe(2);
    const slow = limitUnderTest({ initial: 8 });
    slow.learn(1_000);
    slow.round({ startedOn: 60_000, tookMs: 1_000 });
    expect(slow.limit.current).toBe(10);
    slow.round({ startedOn: 105_000, tookMs: 1_000 });
    expect(slow.limit.current).toBe(2);
  });

  test('one attempt at a time is a probe: it cannot be locked there by a baseline that is too low', () => {
    const { learn, rounds, round, limit } = limitUnderTest({ initial: 1 });
    learn(10);
    expect(limit.current).toBe(1);
    round({ tookMs: 500 });
    expect(rounds(3, { tookMs: 500 })).toBeGreaterThan(2);
  });

  test('goes below its floor for the moment of a probe alone', () => {
    const { learn, probe, round } = limitUnderTest({ floor: 20 });
    learn();
    expect(probe(100)).toBe(5);
    expect(round()).toBe(20);
  });
});
