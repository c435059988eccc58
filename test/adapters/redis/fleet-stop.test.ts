import { beforeAll, describe, expect, test } from '@jest/globals';
import { leaseScriptSha1 } from '../../../src/adapters/redis/lease-script.ts';
import { controlOf } from '../../../src/index.ts';
import { sharedBucketOf } from './shared-bucket-under-test.ts';

// The platform's digest takes real turns; afterwards no test waits for it.
beforeAll(leaseScriptSha1);

/** A member of a limit that others share too, which has asked the store before. */
async function memberOf(options: Parameters<typeof sharedBucketOf>[0] = {}) {
  const member = sharedBucketOf({ ratePerSecond: 100, burst: 10, ...options });
  member.store.members = 3;
  member.startMany(1);
  await member.clock.advance(1000);
  member.starts.length = 0;
  member.store.told.length = 0;
  const throttle = (hintMs?: number) =>
    Object.assign(new Error('slow down'), { status: 429, ...(hintMs && { retryAfterMs: hintMs }) });
  /** Makes calls that are throttled. */
  const throttled = async (count: number, thrown: Error = throttle()) => {
    for (let call = 0; call < count; call += 1) {
      member.policy.execute(() => Promise.reject(thrown)).catch(() => {});
      await member.clock.advance(1);
    }
    await member.clock.advance(5);
  };
  return { ...member, throttle, throttled };
}

describe('a member of a shared limit that is throttled', () => {
  test('tells the others of a single throttle where nothing was accepted lately', async () => {
    const { store, clock, throttled } = await memberOf();
    await clock.advance(2000);
    await throttled(1);
    expect(store.told.at(-1)).toMatch(/^\S+ 1 \S+ 0$/);
  });

  test('tells nothing of a single throttle among many that were accepted', async () => {
    const { store, clock, start, throttled } = await memberOf();
    for (let call = 0; call < 20; call += 1) {
      void start();
      await clock.advance(20);
      if (call % 5 === 4) await throttled(1);
    }
    await clock.advance(500);
    // Each is followed by one that was accepted, before anybody asks.
    const counted = store.told.map((signs) => Number(signs.split(' ')[1]));
    expect(Math.max(...counted)).toBeLessThanOrEqual(1);
  });

  test('tells the others of three in a row at once', async () => {
    const { store, start, clock, throttled } = await memberOf();
    void start();
    await clock.advance(20);
    await throttled(3);
    const counted = store.told.map((signs) => Number(signs.split(' ')[1]));
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(3);
  });

  test('counts no throttle that rests on words alone', async () => {
    const { store, clock, throttled } = await memberOf();
    await clock.advance(2000);
    await throttled(4, new Error('too many requests, slow down'));
    expect(store.told.filter((signs) => signs.split(' ')[1] !== '0')).toEqual([]);
  });

  test('keeps throttles of one route to itself while another route is accepted', async () => {
    const { store, clock, policy, throttle } = await memberOf();
    const call = (route: string, work: () => unknown) =>
      policy.execute(work, { route }).catch(() => {});
    void call('GET /good', () => {});
    await clock.advance(1);
    void call('GET /other', () => {});
    await clock.advance(2000);
    for (let count = 0; count < 4; count += 1) {
      void call('GET /bad', () => Promise.reject(throttle()));
      await clock.advance(5);
    }
    expect(store.told.filter((signs) => signs.split(' ')[1] !== '0')).toEqual([]);
  });

  test('tells nobody where it is the only one', async () => {
    const { store, clock, throttled } = await memberOf();
    store.members = 1;
    await throttled(1);
    await clock.advance(2000);
    const asked = store.asked.length;
    await throttled(3);
    // The questions are those of the calls themselves.
    expect(store.asked.slice(asked).every(({ needed }) => needed > 0)).toBe(true);
  });

  test('tells nobody any more once it has left', async () => {
    const { store, clock, policy, throttle } = await memberOf();
    let end = (): void => {};
    const call = () =>
      new Promise((_, reject) => {
        end = () => reject(throttle());
      });
    policy.execute(call).catch(() => {});
    await clock.advance(3000);
    await clock.run(policy.close());
    const asked = store.commands.length;
    end();
    await clock.advance(100);
    expect(store.commands.length).toBe(asked);
  });

  test('tells at once that it was accepted, where others are throttled', async () => {
    const { store, clock, start } = await memberOf();
    store.throttles = 3;
    void start();
    await clock.advance(1000);
    store.told.length = 0;
    const startedAt = store.now;
    void start();
    await clock.advance(1);
    await clock.advance(5);
    const last = store.told.at(-1)?.split(' ').map(Number) ?? [];
    expect(last[0]).toBeGreaterThanOrEqual(startedAt - 1);
    expect(last[1]).toBe(0);
  });
});

describe('a limit that members have stopped', () => {
  const stopIn = (ms: number, clock: { now(): number }) => ({
    since: clock.now(),
    probeAt: clock.now() + ms,
    throttles: 6,
  });

  test('lets one call try when it is time, and the others once it was accepted', async () => {
    const { store, clock, starts, startMany, eventsOf, policy } = await memberOf();
    const since = clock.now();
    store.stop = stopIn(800, clock);
    startMany(5);
    await clock.advance(790);
    expect(starts).toEqual([]);
    expect(eventsOf('fleet-stopped')).toMatchObject([{ throttles: 6, by: 'redis-token-bucket' }]);
    const { stop } = controlOf(policy).state().store ?? {};
    expect(stop).toMatchObject({ throttles: 6 });
    expect(stop!.leftMs).toBeLessThanOrEqual(11);
    await clock.advance(60);
    expect(starts).toHaveLength(1);
    expect(starts[0]).toBeGreaterThanOrEqual(since + 800);
    store.stop = undefined;
    await clock.advance(300);
    expect(starts).toHaveLength(5);
    expect(eventsOf('fleet-resumed')).toHaveLength(1);
    expect(controlOf(policy).state().store?.stop).toBeUndefined();
  });

  test('asks a few times a second whether it is over, and only while somebody waits', async () => {
    const { store, clock, startMany, eventsOf } = await memberOf();
    store.stop = stopIn(4000, clock);
    startMany(3);
    await clock.advance(2000);
    const asked = store.asked.length;
    await clock.advance(1000);
    expect(store.asked.length - asked).toBeLessThanOrEqual(6);
    store.stop = undefined;
    await clock.advance(300);
    expect(eventsOf('fleet-resumed')).toHaveLength(1);
    const atRest = store.asked.length;
    await clock.advance(5000);
    expect(store.asked.length).toBe(atRest);
    expect(clock.pendingTimers).toBe(0);
  });

  test('refuses at once those who would wait in vain, and says when to come back', async () => {
    const { store, clock, startMany, policy } = await memberOf();
    store.stop = stopIn(20_000, clock);
    const { refused } = startMany(2);
    await clock.advance(5);
    expect(refused).toHaveLength(2);
    expect(refused[0]).toMatchObject({
      kind: 'rate-limited',
      message: expect.stringContaining('the server accepts nothing'),
    });
    expect((refused[0] as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(19_000);
    await expect(clock.run(policy.execute(() => {}))).rejects.toMatchObject({
      kind: 'rate-limited',
    });
  });

  test('lets the first in line try, and refuses the others, where the next turn is far off', async () => {
    const { store, clock, starts, startMany } = await memberOf();
    const now = clock.now();
    // The store doubles the distance: 16 seconds after this one.
    store.stop = { since: now - 7000, probeAt: now + 1000, throttles: 9 };
    const { refused } = startMany(3);
    await clock.advance(1100);
    expect(starts).toHaveLength(1);
    expect(refused).toHaveLength(2);
  });

  test('asks again before it refuses by what it heard a while ago', async () => {
    const { store, clock, starts, startMany } = await memberOf();
    store.stop = stopIn(20_000, clock);
    startMany(1);
    await clock.advance(1000);
    store.stop = undefined;
    startMany(1);
    await clock.advance(50);
    expect(starts).toHaveLength(1);
  });

  test('uses no token of its lease while it is stopped', async () => {
    const { store, clock, starts, start, startMany } = await memberOf({
      ratePerSecond: 1000,
      burst: 500,
    });
    for (let call = 0; call < 100; call += 1) {
      void start();
      await clock.advance(2);
    }
    store.stop = stopIn(3000, clock);
    starts.length = 0;
    startMany(50);
    for (let call = 0; call < 200; call += 1) {
      startMany(1);
      await clock.advance(5);
    }
    // The first question after the stop tells of it.
    const last = Math.max(...starts, 0);
    expect(last).toBeLessThan(clock.now() - 500);
  });

  test('tries by itself once the store is lost and the time is up', async () => {
    const { store, clock, starts, startMany } = await memberOf({ storeTimeoutMs: 50 });
    const since = clock.now();
    store.stop = stopIn(2000, clock);
    startMany(3);
    await clock.advance(500);
    store.mood = 'hangs';
    await clock.advance(1400);
    expect(starts).toEqual([]);
    await clock.advance(1000);
    expect(starts[0]).toBeGreaterThanOrEqual(since + 2000);
    expect(starts).toHaveLength(3);
  });

  test('is lifted by hand for all members', async () => {
    const { store, clock, policy, startMany } = await memberOf();
    store.stop = stopIn(4000, clock);
    startMany(2);
    await clock.advance(100);
    store.told.length = 0;
    const liftedAt = store.now;
    controlOf(policy).resume();
    await clock.advance(2);
    expect(Number(store.told[0]?.split(' ')[0])).toBeGreaterThanOrEqual(liftedAt - 1);
  });

  test('gives the turn on where the call that has it is refused further in', async () => {
    const { store, clock, starts, startMany, policy } = await memberOf();
    store.stop = stopIn(100, clock);
    const controller = new AbortController();
    policy.execute(() => {}, { signal: controller.signal }).catch(() => {});
    await clock.advance(50);
    controller.abort(new Error('no longer needed'));
    startMany(1);
    await clock.advance(200);
    expect(starts).toHaveLength(1);
  });
});
