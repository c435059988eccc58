import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Fleet, type FleetOptions } from './fleet-under-test.ts';
import { hasRedis, pause, startRedis, type RedisServer } from './redis-server.ts';

const onRedis = hasRedis() ? describe : describe.skip;

const RATE = 400;
const MEMBERS = 8;

onRedis('eight members of a limit, on a real store', () => {
  let server: RedisServer;
  let fleet: Fleet | undefined;
  beforeEach(async () => {
    server = await startRedis();
  });
  afterEach(async () => {
    await fleet?.end();
    fleet = undefined;
    await server.close();
  });

  const throttle = () => {
    throw Object.assign(new Error('slow down'), { status: 429 });
  };
  const start = (options: Partial<FleetOptions>) =>
    (fleet = new Fleet({
      port: server.port,
      members: MEMBERS,
      demandPerSecond: 0.5 * RATE,
      ratePerSecond: RATE,
      burst: 20,
      ...options,
    }));
  const namesOf = (running: Fleet) => [
    ...running.eventsOf('fleet-stopped'),
    ...running.eventsOf('fleet-resumed'),
  ];

  test('stop together where the server accepts nothing, try one at a time, and go on together', async () => {
    let refuses = false;
    const running = start({ answer: () => (refuses ? throttle() : undefined) });
    await pause(1500);
    refuses = true;
    const from = performance.now();
    await pause(3000);
    const refusedUntil = performance.now();
    refuses = false;
    // All have seen enough after a moment: from then on there are probes alone.
    expect(running.startsBetween(from, from + 500)).toBeLessThanOrEqual(MEMBERS * 8);
    expect(running.startsBetween(from + 500, refusedUntil)).toBeLessThanOrEqual(6);
    expect(running.eventsOf('fleet-stopped').length).toBeGreaterThanOrEqual(MEMBERS - 1);
    await pause(5000);
    expect(running.eventsOf('fleet-resumed').length).toBeGreaterThanOrEqual(MEMBERS - 1);
    expect(running.startsBetween(performance.now() - 500, performance.now())).toBeGreaterThan(50);
    // They are back at the limit that is configured, and never beyond it.
    for (const windowMs of [100, 1000])
      expect(running.overshootIn(windowMs)).toBeLessThanOrEqual(3 + running.lateTokens);
  }, 30_000);

  test('are stopped by no member that is throttled alone', async () => {
    const running = start({ answer: (member) => (member === 3 ? throttle() : undefined) });
    await pause(4000);
    expect(namesOf(running)).toEqual([]);
    const others = running.members.filter((_, index) => index !== 3);
    for (const { starts, failures } of others) {
      expect(failures).toEqual([]);
      // 25 calls a second each.
      expect(starts.length).toBeGreaterThan(85);
    }
  }, 20_000);

  test('are stopped by no throttles that come at random, one in twenty', async () => {
    let seed = 11;
    const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    const running = start({ answer: () => (random() < 0.05 ? throttle() : undefined) });
    await pause(5000);
    expect(namesOf(running)).toEqual([]);
  }, 20_000);
});
