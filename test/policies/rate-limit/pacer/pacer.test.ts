import { describe, expect, test } from '@jest/globals';
import { Pacer } from '../../../../src/policies/rate-limit/pacer/pacer.ts';
import { seeded } from '../../scenarios/traffic.ts';
import {
  runAgainst,
  steadyState,
  tokenBucketOf,
  windowsOf,
  type Accepts,
} from './limited-server.ts';

describe('a pacer', () => {
  test.each([
    [2, 1200],
    [10, 300],
    [100, 60],
    [1000, 60],
  ])('uses nearly all of an unknown token bucket of %i/s, with few throttles', (limit, seconds) => {
    for (const roundTripMs of [50, 500]) {
      for (const times of [1.05, 2, 10]) {
        const run = runAgainst(tokenBucketOf(limit), {
          seconds,
          demandPerSecond: limit * times,
          roundTripMs,
        });
        const { used, throttledOfThousand } = steadyState(run, seconds / 2, limit);
        expect(used).toBeGreaterThanOrEqual(0.95);
        expect(throttledOfThousand).toBeLessThanOrEqual(17);
      }
    }
  });

  test.each([10, 100])('uses nearly all of windows of a second with %i calls', (limit) => {
    const run = runAgainst(windowsOf(limit, 1000), { seconds: 120, demandPerSecond: limit * 2 });
    const { used, throttledOfThousand } = steadyState(run, 60, limit);
    expect(used).toBeGreaterThanOrEqual(0.94);
    expect(throttledOfThousand).toBeLessThanOrEqual(17);
  });

  test('learns the rate of a bucket that had saved much up, and not that of what it had saved', () => {
    const pacer = new Pacer();
    runAgainst(tokenBucketOf(10, 100), { seconds: 120, demandPerSecond: 100, pacer });
    expect(pacer.ratePerSecond).toBeGreaterThan(9);
    expect(pacer.ratePerSecond).toBeLessThan(14);
  });

  test('follows a limit that is halved, and one that is doubled', () => {
    const pacer = new Pacer();
    const at = (limit: number, from: number, seconds: number) => {
      const options = { seconds, demandPerSecond: 400, pacer, from };
      return steadyState(runAgainst(tokenBucketOf(limit), options), seconds / 2, limit);
    };
    expect(at(100, 0, 30).used).toBeGreaterThan(0.97);
    expect(at(50, 30_000, 30).used).toBeGreaterThan(0.97);
    expect(at(100, 60_000, 60).used).toBeGreaterThan(0.97);
  });

  test.each([
    [0.01, 0],
    [0.05, 2],
  ])(
    'holds next to nothing back where %d of the attempts are throttled by chance',
    (share, most) => {
      for (const seed of [1, 2, 3]) {
        const random = seeded(seed);
        const pacer = new Pacer();
        const chance: Accepts = () => random() >= share;
        const run = runAgainst(chance, { seconds: 120, demandPerSecond: 100, pacer });
        const sent = [...run.accepted, ...run.throttled].reduce((all, count) => all + count, 0);
        expect(sent).toBeGreaterThanOrEqual(120 * 100 * (1 - most / 100));
      }
    },
  );

  test('is free again a minute after the last throttle, where nobody waits', () => {
    const pacer = new Pacer();
    runAgainst(tokenBucketOf(10), { seconds: 20, demandPerSecond: 40, pacer });
    expect(pacer.isFree).toBe(false);
    runAgainst(() => true, { seconds: 70, demandPerSecond: 2, pacer, from: 20_000 });
    expect(pacer.isFree).toBe(true);
    expect(pacer.ratePerSecond).toBe(Infinity);
  });

  test('is free while up to 4 % are throttled', () => {
    const pacer = new Pacer();
    let calls = 0;
    runAgainst(() => (calls += 1) % 26 !== 0, { seconds: 60, demandPerSecond: 100, pacer });
    expect(pacer.isFree).toBe(true);
  });

  test('where nothing is accepted sends single probes, and comes back at the rate from before', () => {
    const pacer = new Pacer();
    runAgainst(tokenBucketOf(20), { seconds: 60, demandPerSecond: 40, pacer });
    const dead = runAgainst(() => false, {
      seconds: 300,
      demandPerSecond: 40,
      pacer,
      from: 60_000,
    });
    expect(dead.throttled.reduce((all, count) => all + count, 0)).toBeLessThan(30);
    expect(pacer.stop).toBeDefined();
    const back = runAgainst(tokenBucketOf(20), {
      seconds: 60,
      demandPerSecond: 40,
      pacer,
      from: 360_000,
    });
    const from = back.accepted.findIndex((count) => count > 0);
    expect(from).toBeLessThanOrEqual(30);
    expect(back.accepted[from + 1]).toBeGreaterThanOrEqual(17);
  });

  test('lets nobody rush in at the end of a stop in which nothing was tried for minutes', () => {
    const pacer = new Pacer();
    const counted = tokenBucketOf(50);
    const deadUntil = 600_000;
    const server: Accepts = (now) => now >= deadUntil && counted(now);
    const dead = runAgainst(server, {
      seconds: 700,
      demandPerSecond: 5,
      pacer,
      hintMs: (now) => Math.max(deadUntil - now, 1),
    });
    expect(dead.throttled.slice(600).reduce((all, count) => all + count, 0)).toBeLessThan(30);
    expect(dead.accepted.slice(640).reduce((all, count) => all + count, 0)).toBeGreaterThan(290);
  });

  test('has no pace where it is told not to learn, and stops all the same', () => {
    const pacer = new Pacer(false);
    const run = runAgainst(tokenBucketOf(100, 1), { seconds: 5, demandPerSecond: 130, pacer });
    expect(pacer.isFree).toBe(true);
    expect(run.throttled.reduce((all, count) => all + count, 0)).toBeGreaterThan(100);
    const dead = runAgainst(() => false, { seconds: 60, demandPerSecond: 40, pacer, from: 5000 });
    expect(dead.throttled.reduce((all, count) => all + count, 0)).toBeLessThan(15);
  });

  test('forgets everything when it is told to', () => {
    const pacer = new Pacer();
    runAgainst(() => false, { seconds: 10, demandPerSecond: 40, pacer });
    pacer.clear();
    expect([pacer.isCalm, pacer.isFree, pacer.stop, pacer.endsAt]).toEqual([
      true,
      true,
      undefined,
      -Infinity,
    ]);
  });
});
