import { describe, expect, test } from '@jest/globals';
import { DeliveredRate } from '../../../../src/policies/rate-limit/pacer/delivered-rate.ts';
import { Experiment } from '../../../../src/policies/rate-limit/pacer/experiment.ts';
import { Growth } from '../../../../src/policies/rate-limit/pacer/growth.ts';
import { SharedGrowth } from '../../../../src/policies/rate-limit/pacer/shared-growth.ts';
import { Sharing } from '../../../../src/policies/rate-limit/pacer/sharing.ts';
import { SlowStart } from '../../../../src/policies/rate-limit/pacer/slow-start.ts';
import { ThrottleScore } from '../../../../src/policies/rate-limit/pacer/throttle-score.ts';
import { Yield } from '../../../../src/policies/rate-limit/pacer/yield.ts';

const times = (count: number, run: () => unknown) => {
  for (let index = 0; index < count; index += 1) run();
};

describe('the score of throttles', () => {
  test('is too high after five in a row', () => {
    const score = new ThrottleScore();
    expect([1, 2, 3, 4, 5].map(() => score.throttled())).toEqual([
      false,
      false,
      false,
      false,
      true,
    ]);
  });

  test('falls by one for each 25 that are accepted', () => {
    const score = new ThrottleScore();
    times(4, () => score.throttled());
    times(25, () => score.accepted(0));
    expect(score.throttled()).toBe(false);
    times(200, () => score.accepted(0));
    expect(score.isZero).toBe(true);
  });

  test('puts up with a share that was seen, and less and less of it', () => {
    const score = new ThrottleScore();
    score.tolerate(0, 0.25);
    for (let round = 0; round < 100; round += 1) {
      times(4, () => score.accepted(1000));
      expect(score.throttled()).toBe(false);
    }
    for (let minute = 1; minute < 6; minute += 1) score.accepted(minute * 60_001);
    expect(score.isTolerant).toBe(false);
  });
});

describe('the delivered rate', () => {
  test('is that of the last second, or of the last ten where few came', () => {
    const rate = new DeliveredRate(0);
    for (let now = 0; now < 3000; now += 10) rate.count(now);
    expect(rate.perSecond(2999)).toBeCloseTo(100, 0);
    expect(rate.perSecond(13_500)).toBe(0);
    const slow = new DeliveredRate(0);
    for (let now = 0; now < 20_000; now += 500) slow.count(now);
    expect(slow.perSecond(19_999)).toBeCloseTo(2, 0);
  });

  test('is reckoned over its age while it is young', () => {
    const rate = new DeliveredRate(5000);
    for (let now = 5000; now < 5200; now += 10) rate.count(now);
    expect(rate.perSecond(5200)).toBeCloseTo(100, 0);
  });
});

describe('growth', () => {
  const surroundings = { now: 0, deliveredPerSecond: 100, isLimiting: true };

  test('comes back to the ceiling along a cubic, and then goes on in small steps', () => {
    const growth = new Growth(0, 80, 100, 100);
    expect(growth.rate(surroundings)).toBe(80);
    times(50, () => growth.accepted(0));
    expect(growth.rate(surroundings)).toBeCloseTo(100 - 20 / 8, 5);
    times(50, () => growth.accepted(0));
    expect(growth.rate(surroundings)).toBeCloseTo(100, 5);
    times(50, () => growth.accepted(0));
    expect(growth.rate(surroundings)).toBeCloseTo(102, 5);
    times(1000, () => growth.accepted(0));
    expect(growth.rate(surroundings)).toBe(200);
  });

  test('takes eight flights at least, and comes back in time where little is accepted', () => {
    const growth = new Growth(0, 80, 100, 100);
    times(400, () => growth.accepted(50));
    expect(growth.rate(surroundings)).toBeCloseTo(100, 5);
    const idle = new Growth(0, 1, 2, 250);
    expect(idle.rate({ ...surroundings, now: 40_000 })).toBeCloseTo(2, 5);
    expect(idle.rate({ ...surroundings, now: 40_000, isLimiting: false })).toBe(1);
  });

  test('is held at the ceiling after a throttle that is put up with', () => {
    const growth = new Growth(0, 80, 100, 100);
    times(180, () => growth.accepted(0));
    growth.hold();
    expect(growth.rate(surroundings)).toBeCloseTo(100, 5);
  });
});

test('a slow start doubles in each round trip, and goes to twice what is accepted', () => {
  const start = new SlowStart(1, 100);
  const rates = [1, 2, 3, 4, 5, 6].map(() => {
    start.accepted();
    return start.rate({ deliveredPerSecond: 100 });
  });
  expect(rates).toEqual([2, 4, 8, 16, 26, 36]);
  expect([8, 2].map((rate) => start.rate({ deliveredPerSecond: rate }))).toEqual([16, 10]);
});

test('a yield is of the demand where fewer than half were held back', () => {
  const given = new Yield(1000);
  times(30, () => given.count(true));
  expect([given.perSecond(2000), given.isSure]).toEqual([30, false]);
  times(30, () => given.count(true));
  expect(given.isSure).toBe(true);
  times(61, () => given.count(false));
  expect([given.isOfDemand, given.isSure]).toEqual([true, false]);
});

test('others are taken to use the limit where throttles come below the rate that failed', () => {
  const sharing = new Sharing();
  sharing.onset(true);
  expect(sharing.isShown).toBe(false);
  sharing.onset(true);
  expect(sharing.isShown).toBe(true);
  times(2, () => sharing.onset(false));
  expect(sharing.isShown).toBe(false);
});

test('growth on a shared limit adds the same in each second, however many are accepted', () => {
  const growth = new SharedGrowth(0, 100);
  const at = (now: number, deliveredPerSecond = 100) =>
    growth.rate({ now, deliveredPerSecond, isLimiting: true });
  expect(growth.base).toBe(85);
  times(1000, () => growth.accepted());
  const rates = [0, 1000, 2000, 10_000].map((now) => Math.round(at(now)));
  expect(rates).toEqual([85, 88, 90, 110]);
});

test('growth on a shared limit goes no further than twice what is accepted', () => {
  const growth = new SharedGrowth(0, 100);
  const at = (now: number, deliveredPerSecond: number) =>
    growth.rate({ now, deliveredPerSecond, isLimiting: true });
  expect([at(5000, 10), growth.isBack]).toEqual([97.5, false]);
  expect([at(100_000, 10), growth.isBack]).toEqual([100, true]);
  expect(at(100_000, 60)).toBe(120);
});

describe('an experiment', () => {
  /** One that has seen these shares before and during, in turn. */
  function made(before: readonly boolean[], during: readonly boolean[]) {
    const experiment = new Experiment(100);
    for (const isAccepted of before) experiment.note(isAccepted, 0);
    expect(experiment.isDue).toBe(true);
    const rate = experiment.begin(1000, 50);
    experiment.note(false, 1049);
    for (const isAccepted of during) experiment.note(isAccepted, 1050);
    return { rate, finding: experiment.finding };
  }
  const shares = (accepted: number, throttled: number) =>
    Array.from({ length: accepted + throttled }, (_, index) => index < accepted);

  test('is due after three throttles among twelve first tries', () => {
    const experiment = new Experiment(100);
    for (const isAccepted of shares(9, 2)) experiment.note(isAccepted, 0);
    expect(experiment.isDue).toBe(false);
    experiment.note(false, 0);
    expect(experiment.isDue).toBe(true);
  });

  test('finds a limit where a slower pace is accepted', () => {
    const { rate, finding } = made(shares(16, 4), shares(20, 0));
    expect(rate).toBe(60);
    expect(finding).toEqual({ kind: 'limit', acceptedPerSecond: expect.closeTo(78.6, 1) });
  });

  test('finds throttles that are not about the rate where a slower pace changes nothing', () => {
    const { finding } = made(shares(56, 3), shares(57, 3));
    expect(finding).toEqual({
      kind: 'unrelated',
      throttlesPerAccepted: expect.closeTo(3.5 / 57.5, 5),
    });
  });

  test('is repeated at a still slower pace where many are throttled, before it believes that', () => {
    const { finding } = made(shares(16, 4), shares(16, 4));
    if (finding?.kind !== 'still-too-fast') throw new Error('it is sure too soon');
    finding.next.begin(2000, 50);
    for (const isAccepted of shares(16, 4)) finding.next.note(isAccepted, 2050);
    expect(finding.next.finding).toMatchObject({ kind: 'unrelated' });
  });

  test('lets no share below three in four pass as chance', () => {
    const { rate, finding } = made(shares(10, 10), shares(10, 10));
    expect(rate).toBe(25);
    if (finding?.kind !== 'still-too-fast') throw new Error('it is sure too soon');
    finding.next.begin(2000, 50);
    for (const isAccepted of shares(10, 10)) finding.next.note(isAccepted, 2050);
    expect(finding.next.finding).toMatchObject({ kind: 'still-too-fast' });
  });
});
