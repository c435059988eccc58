import { beforeAll, describe, expect, test } from '@jest/globals';
import { leaseScriptSha1 } from '../../../src/adapters/redis/lease-script.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { OptionError, controlOf, pipeline, retry } from '../../../src/index.ts';
import { redisTokenBucket } from '../../../src/redis.ts';
import { virtualClock } from '../../../src/testing.ts';
import { FakeStore, ReplyError } from './fake-store.ts';
import { mostWithin, sharedBucketOf } from './shared-bucket-under-test.ts';

// The platform's digest takes real turns; afterwards no test waits for it.
beforeAll(leaseScriptSha1);

describe('a shared bucket', () => {
  test('lets an idle limit’s burst go at once, and what comes after at the rate', async () => {
    const { clock, starts, startMany } = sharedBucketOf({ ratePerSecond: 100, burst: 10 });
    startMany(1);
    await clock.advance(500);
    starts.length = 0;
    startMany(40);
    await clock.advance(1000);
    expect(starts).toHaveLength(40);
    expect(starts.filter((moment) => moment < 510).length).toBeGreaterThanOrEqual(9);
    expect(mostWithin(starts, 100)).toBeLessThanOrEqual(20);
    expect(Math.max(...starts)).toBeLessThanOrEqual(850);
  });

  test('asks the store once for calls that come together', async () => {
    const { clock, store, startMany } = sharedBucketOf({ burst: 10 });
    startMany(5);
    await clock.advance(100);
    expect(store.asked[0]).toMatchObject({ needed: 5 });
    expect(store.asked).toHaveLength(1);
  });

  test('serves most calls from a lease, without asking', async () => {
    const { clock, store, starts, start } = sharedBucketOf({ ratePerSecond: 10_000, burst: 500 });
    for (let ms = 0; ms < 1000; ms += 1) {
      void start();
      await clock.advance(1);
    }
    expect(starts.length).toBeGreaterThanOrEqual(999);
    expect(store.asked.length).toBeLessThan(60);
  });

  test('renews a lease before it has run dry, so that no call waits', async () => {
    const { clock, eventsOf, start } = sharedBucketOf({ ratePerSecond: 10_000, burst: 500 });
    for (let ms = 0; ms < 500; ms += 1) {
      void start();
      await clock.advance(1);
    }
    const before = eventsOf('queued').length;
    for (let ms = 0; ms < 500; ms += 1) {
      void start();
      await clock.advance(1);
    }
    expect(eventsOf('queued')).toHaveLength(before);
  });

  test('asks for little where little is used', async () => {
    const { clock, store, start } = sharedBucketOf({ ratePerSecond: 1000, burst: 50 });
    for (let call = 0; call < 5; call += 1) {
      void start();
      await clock.advance(1000);
    }
    expect(store.asked.map(({ needed, ahead }) => needed + ahead)).toEqual([1, 1, 1, 1, 1]);
  });

  test('several processes stay within burst + rate × t together, each with its share', async () => {
    const clock = virtualClock();
    const store = new FakeStore(clock);
    const processes = Array.from({ length: 4 }, () =>
      sharedBucketOf({ ratePerSecond: 200, burst: 10 }, clock, store),
    );
    // One asks for ten times as much as the others.
    for (const [index, { startMany }] of processes.entries()) startMany(index === 0 ? 2000 : 200);
    await clock.advance(3000);
    const all = processes.flatMap(({ starts }) => starts);
    expect(all.length).toBeGreaterThanOrEqual(0.99 * 600);
    for (const windowMs of [10, 50, 100, 1000, 2000]) {
      expect(mostWithin(all, windowMs)).toBeLessThanOrEqual(10 + (200 * windowMs) / 1000);
    }
    for (const { starts } of processes) {
      expect(starts.length).toBeGreaterThanOrEqual(0.9 * (all.length / 4));
      expect(starts.length).toBeLessThanOrEqual(1.1 * (all.length / 4));
    }
    await clock.run(Promise.all(processes.map(({ policy }) => policy.close())));
  });

  test('a slot that nobody used in its time is lost, and never comes on top', async () => {
    const { clock, starts, startMany } = sharedBucketOf({ ratePerSecond: 100, burst: 5 });
    startMany(60);
    await clock.advance(200);
    const { length } = starts;
    // The event loop stands still for a second.
    clock.setEpoch(0);
    await clock.advance(1000);
    expect(mostWithin(starts.slice(length), 100)).toBeLessThanOrEqual(15);
  });

  test.each([1, 20, 60, 300])(
    'a process that is %s ms away from the store uses the whole limit, and no more',
    async (roundTripMs) => {
      const { clock, store, starts, startMany } = sharedBucketOf({
        ratePerSecond: 200,
        burst: 10,
        storeTimeoutMs: 1000,
      });
      store.roundTripMs = roundTripMs;
      startMany(2000);
      await clock.advance(6000);
      const settled = starts.filter((moment) => moment >= 2000);
      expect(settled.length).toBeGreaterThanOrEqual(0.99 * 4 * 200);
      expect(mostWithin(settled, 1000)).toBeLessThanOrEqual(10 + 200);
    },
  );

  test('takes a weight of several tokens for each attempt', async () => {
    const { clock, starts, startMany } = sharedBucketOf({
      ratePerSecond: 100,
      burst: 10,
      weight: 5,
    });
    startMany(50);
    await clock.advance(1000);
    expect(starts.length).toBeGreaterThanOrEqual(19);
    expect(mostWithin(starts, 500)).toBeLessThanOrEqual((10 + 50) / 5);
  });

  test('each key has a limit of its own, unless the limit has a name', async () => {
    const keysOf = async (name?: string) => {
      const keys: (string | undefined)[] = [];
      const client = ([, , , key]: readonly string[]) => {
        keys.push(key);
        return new Promise<never>(() => {});
      };
      const bucket = sharedBucketOf({ ratePerSecond: 1, burst: 1, client, name });
      for (const key of ['https://a.example', 'b']) bucket.start({ key }).catch(() => {});
      await bucket.clock.settle();
      const asked = [...keys];
      await bucket.clock.run(bucket.policy.close());
      return asked;
    };
    // One pair of braces: all that is kept of a limit is on one node of a cluster.
    expect(await keysOf()).toEqual(['holdfast:{https%3A%2F%2Fa.example}:1:1', 'holdfast:{b}:1:1']);
    expect(await keysOf('a {limit}')).toEqual(['holdfast:{a%20%7Blimit%7D}:1:1']);
  });
});

describe('the weight of a call', () => {
  const tokensOf = (starts: readonly { weight: number }[]) =>
    starts.reduce((sum, { weight }) => sum + weight, 0);

  test('is how many tokens it takes; calls that name none take the limit’s', async () => {
    const { clock, weighted, start } = sharedBucketOf({ burst: 20, weight: 2 });
    for (const weight of [undefined, 10, 5.5]) void start(weight === undefined ? {} : { weight });
    await clock.advance(500);
    // Two tokens, ten more, and six more: a part of a token counts as one.
    const [first, second, third] = weighted.map(({ at }) => at);
    expect(second! - first!).toBeCloseTo(100, 0);
    expect(third! - second!).toBeCloseTo(60, 0);
  });

  test('above burst is refused at once, and says so', async () => {
    const { clock, store, start, eventsOf } = sharedBucketOf({ burst: 20 });
    await expect(clock.run(start({ weight: 21 }))).rejects.toMatchObject({
      kind: 'rate-limited',
      message:
        'Not sent to default: it takes 21 tokens at once, more than burst (20) ever is, so it can never start',
    });
    expect(eventsOf('refused')).toHaveLength(1);
    expect(store.commands).toEqual([]);
  });

  test.each([1, 2, 5, 9, 10])(
    'of %s with a burst of 10 uses the limit up, with timers that are 3 ms late',
    async (weight) => {
      const clock = virtualClock();
      const late: Clock = {
        now: () => clock.now(),
        epochNow: () => clock.epochNow(),
        setTimer: (wake, delayMs) => clock.setTimer(wake, delayMs + 3),
      };
      const { start, weighted } = sharedBucketOf(
        { ratePerSecond: 100, burst: 10, clock: late },
        clock,
      );
      for (let call = 0; call < 1000; call += 1) void start({ weight }).catch(() => {});
      await clock.advance(5000);
      expect(tokensOf(weighted)).toBeGreaterThanOrEqual(0.85 * 500);
      expect(tokensOf(weighted)).toBeLessThanOrEqual(511);
    },
  );

  test('changes nothing in the order of a line: heavy and light calls go as they came', async () => {
    const { clock, weighted, start } = sharedBucketOf({ burst: 20 });
    const weights = [1, 20, 1, 1, 15, 3, 20, 1];
    for (const weight of weights) void start({ weight });
    await clock.advance(2000);
    expect(weighted.map(({ weight }) => weight)).toEqual(weights);
  });

  test('gives a process of heavy calls no more than one of light calls, nor less', async () => {
    const clock = virtualClock();
    const store = new FakeStore(clock);
    const members = Array.from({ length: 3 }, () =>
      sharedBucketOf({ ratePerSecond: 200, burst: 50 }, clock, store),
    );
    for (const [index, weight] of [1, 40, 7].entries()) {
      const { start } = members[index]!;
      for (let call = 0; call * weight < 5000; call += 1) void start({ weight }).catch(() => {});
    }
    await clock.advance(2000);
    const before = members.map(({ weighted }) => tokensOf(weighted));
    await clock.advance(12_000);
    const after = members.map(({ weighted }, index) => tokensOf(weighted) - before[index]!);
    for (const tokens of after) expect(Math.abs(tokens - 800)).toBeLessThanOrEqual(100);
  });

  test('counts in how long a call is likely to wait, and when waiting is in vain', async () => {
    const { clock, start, eventsOf } = sharedBucketOf({ burst: 20, maxWaitMs: 300 });
    void start({ weight: 20 });
    void start({ weight: 18 }).catch(() => {});
    await expect(start({ weight: 20 })).rejects.toMatchObject({
      message: expect.stringContaining('380 ms at the earliest'),
    });
    expect(eventsOf('queued')).toMatchObject([{ waitMs: 200 }, { waitMs: 380 }]);
    await clock.advance(1000);
  });

  test('counts in the local share without the store', async () => {
    const { clock, store, start, weighted } = sharedBucketOf({ burst: 20, expectedMembers: 4 });
    store.error = new ReplyError('READONLY');
    for (const weight of [1, 10, 1]) void start({ weight });
    await clock.advance(1000);
    const [first, second, third] = weighted.map(({ at }) => at);
    // A quarter of the rate: a token comes each 40 ms.
    expect(second! - first!).toBeCloseTo(400, 0);
    expect(third! - second!).toBeCloseTo(40, 0);
  });

  test('counts in the turn of one that tries at a stopped limit', async () => {
    const { clock, store, start, weighted } = sharedBucketOf({ burst: 20 });
    store.members = 2;
    store.stop = { since: 0, probeAt: 100, throttles: 5 };
    void start({ weight: 8 }).catch(() => {});
    await clock.advance(1000);
    expect(store.asked.some(({ needed }) => needed === 8)).toBe(true);
    expect(weighted[0]).toMatchObject({ weight: 8 });
  });
});

describe('a call that waits for a shared token', () => {
  test('goes first if its priority is higher, then in the order of arrival', async () => {
    const { clock, policy } = sharedBucketOf({ ratePerSecond: 10, burst: 1 });
    const order: string[] = [];
    for (const [name, priority] of [
      ['a', 0],
      ['b', 0],
      ['c', 5],
      ['d', -1],
    ] as const) {
      void policy.execute(() => void order.push(name), { priority });
    }
    await clock.advance(1000);
    expect(order).toEqual(['c', 'a', 'b', 'd']);
  });

  test('leaves when its signal aborts, and others go in its place', async () => {
    const { clock, starts, start, startMany } = sharedBucketOf({ ratePerSecond: 10, burst: 1 });
    startMany(1);
    await clock.advance(5);
    const controller = new AbortController();
    const aborted = start({ signal: controller.signal });
    const next = start();
    await clock.advance(20);
    const reason = new Error('no longer needed');
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    await clock.advance(200);
    await next;
    expect(starts).toHaveLength(2);
    expect(starts[1]).toBeLessThanOrEqual(110);
  });

  test('gives back what was asked for those who left', async () => {
    const { clock, store, start } = sharedBucketOf({ ratePerSecond: 100, burst: 2 });
    const controller = new AbortController();
    for (let call = 0; call < 30; call += 1) {
      start({ signal: controller.signal }).catch(() => {});
    }
    await clock.advance(20);
    controller.abort(new Error('all of them'));
    await clock.advance(20);
    expect(store.returned).not.toBe('');
  });

  test('gives back a lease that comes when all have left', async () => {
    const { clock, store, start } = sharedBucketOf({ ratePerSecond: 100, burst: 2 });
    void start();
    await clock.advance(100);
    store.roundTripMs = 30;
    const controller = new AbortController();
    for (let call = 0; call < 10; call += 1) start({ signal: controller.signal }).catch(() => {});
    await clock.advance(20);
    controller.abort(new Error('all of them'));
    await clock.advance(100);
    expect(store.returned).not.toBe('');
  });

  test('gives its token back if nothing was sent', async () => {
    const { clock, store, policy, starts, startMany } = sharedBucketOf({
      ratePerSecond: 1000,
      burst: 50,
    });
    startMany(1);
    await clock.advance(100);
    const refusing = pipeline(policy, {
      execute: () => Promise.reject(new Error('refused further in')),
    });
    const asked = store.asked.length;
    for (let call = 0; call < 20; call += 1) {
      await clock.run(refusing.execute(() => {}).catch(() => {}));
    }
    // One token went round and round.
    expect(store.asked.length).toBeLessThanOrEqual(asked + 2);
    expect(starts).toHaveLength(1);
  });

  test('is refused at once where the whole limit could not serve it in time', async () => {
    const { clock, policy, startMany } = sharedBucketOf({
      ratePerSecond: 10,
      burst: 1,
      maxWaitMs: 1000,
    });
    startMany(11);
    await clock.settle();
    await expect(policy.execute(() => {})).rejects.toMatchObject({
      kind: 'rate-limited',
      message: expect.stringContaining('at the earliest'),
    });
  });

  test('is refused once it has waited for maxWaitMs, with the time to come back', async () => {
    const { clock, store, startMany, eventsOf } = sharedBucketOf({ maxWaitMs: 150 });
    store.mood = 'hangs';
    const { refused } = startMany(1);
    // Alone it would go on with its local share.
    await clock.advance(149);
    expect(refused).toEqual([]);
    await clock.advance(1);
    expect(refused).toMatchObject([{ kind: 'rate-limited', retryAfterMs: expect.any(Number) }]);
    expect(eventsOf('refused')).toMatchObject([{ by: 'redis-token-bucket' }]);
  });

  test('is refused where the line is full', async () => {
    const { clock, policy, startMany } = sharedBucketOf({
      ratePerSecond: 1,
      burst: 1,
      maxQueue: 3,
    });
    startMany(3);
    await clock.settle();
    await expect(policy.execute(() => {})).rejects.toThrow('as many as maxQueue allows');
  });

  test('leaves no timer behind once nobody waits', async () => {
    const { clock, startMany } = sharedBucketOf({ ratePerSecond: 100, burst: 5 });
    startMany(30);
    await clock.advance(1000);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a request to the store', () => {
  test('that is sent twice is granted once', async () => {
    const { clock, store, starts, startMany } = sharedBucketOf({ ratePerSecond: 100, burst: 5 });
    store.sendsTwice = true;
    startMany(60);
    await clock.advance(2000);
    expect(starts).toHaveLength(60);
    expect(mostWithin(starts, 200)).toBeLessThanOrEqual(5 + 20);
    expect(store.given.reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(70);
  });

  test('that went unanswered is asked again under its number, and granted once', async () => {
    const { clock, store, startMany } = sharedBucketOf({ storeTimeoutMs: 50 });
    store.losesAnswers = true;
    startMany(3);
    await clock.advance(60);
    store.losesAnswers = false;
    await clock.advance(500);
    expect(store.given.slice(0, 2)).toMatchObject([{ count: 3 }]);
  });

  test('whose answer comes late keeps its lease', async () => {
    const { clock, store, starts, startMany, eventsOf } = sharedBucketOf({
      ratePerSecond: 1000,
      burst: 500,
      storeTimeoutMs: 50,
      onStoreError: 'fail-closed',
    });
    startMany(1);
    await clock.advance(2000);
    store.mood = 'hangs';
    // The first of them makes it ask; it is refused when no answer comes.
    startMany(1);
    await clock.advance(60);
    expect(eventsOf('store-error')).toMatchObject([{ kind: 'timeout' }]);
    const before = starts.length;
    store.answer();
    await clock.advance(5);
    startMany(1);
    await clock.settle();
    expect(starts).toHaveLength(before + 1);
  });

  // The first question of a process, while its client connects or the server stands still.
  test('that waits to be sent does not let slots be used before their moment', async () => {
    const { clock, store, starts, startMany } = sharedBucketOf({ ratePerSecond: 200, burst: 10 });
    store.mood = 'hangs';
    startMany(12);
    await clock.advance(44);
    store.answer();
    await clock.advance(500);
    const given = store.given.flatMap(({ start, count, spacing }) =>
      Array.from({ length: count }, (_, slot) => start + slot * spacing - store.beganAt),
    );
    expect(starts).toHaveLength(12);
    for (const [call, moment] of starts.entries()) {
      expect(moment).toBeGreaterThanOrEqual(given[call]!);
    }
  });

  test('loads a script that the server has forgotten, and says so', async () => {
    const { clock, store, starts, startMany, eventsOf } = sharedBucketOf();
    startMany(1);
    await clock.advance(100);
    expect(eventsOf('store-error')).toEqual([]);
    store.forgetScript();
    startMany(1);
    await clock.advance(100);
    expect(starts).toHaveLength(2);
    expect(eventsOf('store-error')).toMatchObject([{ kind: 'script-missing', retryAfterMs: 0 }]);
    expect(store.commands).toEqual(['EVALSHA', 'EVAL', 'EVALSHA', 'EVAL']);
  });

  test('never keeps more than a few commands with a client that hoards them', async () => {
    const { clock, store, startMany } = sharedBucketOf({ onStoreError: 'fail-open' });
    store.mood = 'hangs';
    for (let second = 0; second < 25; second += 1) {
      startMany(1);
      await clock.advance(1000);
    }
    expect(store.commands.length).toBeLessThanOrEqual(8);
  });
});

describe('without the store', () => {
  const share = { ratePerSecond: 100, burst: 20, expectedMembers: 4, storeTimeoutMs: 50 };

  test('a process goes on with the rate divided by the members, and begins without a burst', async () => {
    const { clock, store, starts, startMany } = sharedBucketOf(share);
    store.mood = 'hangs';
    startMany(200);
    await clock.advance(2050);
    // 25 a second after the time-out, none saved up.
    expect(starts.length).toBeGreaterThanOrEqual(49);
    expect(starts.length).toBeLessThanOrEqual(50);
    expect(mostWithin(starts, 200)).toBeLessThanOrEqual(6);
  });

  test('the members seen lately count, once the store has told them', async () => {
    const { clock, store, starts, startMany } = sharedBucketOf({ ...share, expectedMembers: 1 });
    store.members = 10;
    startMany(1);
    await clock.advance(100);
    store.error = new ReplyError('READONLY');
    starts.length = 0;
    startMany(100);
    await clock.advance(2000);
    expect(starts.length).toBeGreaterThanOrEqual(18);
    expect(starts.length).toBeLessThanOrEqual(22);
  });

  test.each([
    ['READONLY You cannot write', 'read-only'],
    ['LOADING', 'loading'],
    ['OOM command not allowed', 'out-of-memory'],
    ['CROSSSLOT', 'cross-slot'],
  ])('the event tells what %s was', async (message, kind) => {
    const { clock, store, startMany, eventsOf } = sharedBucketOf(share);
    store.error = new ReplyError(message);
    startMany(1);
    await clock.advance(60);
    expect(eventsOf('store-error')[0]).toMatchObject({ by: 'redis-token-bucket', kind, message });
  });

  test('all calls go where it fails open', async () => {
    const { clock, store, starts, startMany } = sharedBucketOf({
      ...share,
      onStoreError: 'fail-open',
    });
    store.mood = 'hangs';
    startMany(500);
    await clock.advance(51);
    expect(starts).toHaveLength(500);
  });

  test('all calls are refused where it fails closed, those that wait too', async () => {
    const { clock, store, starts, startMany } = sharedBucketOf({
      ...share,
      onStoreError: 'fail-closed',
    });
    store.mood = 'hangs';
    const { refused } = startMany(5);
    await clock.advance(51);
    expect(refused).toHaveLength(5);
    expect(refused[0]).toMatchObject({
      kind: 'rate-limited',
      message: expect.stringContaining('fail-closed'),
    });
    const later = startMany(1);
    await clock.settle();
    expect(later.refused).toHaveLength(1);
    expect(starts).toEqual([]);
  });

  test('no call waits beyond its deadline', async () => {
    const { clock, store, startMany } = sharedBucketOf({
      ...share,
      storeTimeoutMs: 10_000,
      maxWaitMs: 300,
    });
    store.mood = 'hangs';
    const { refused } = startMany(3);
    await clock.advance(300);
    expect(refused).toHaveLength(3);
    expect(clock.pendingTimers).toBe(0);
  });

  test('it takes part again as soon as the store answers, and says so', async () => {
    const { clock, store, starts, startMany, eventsOf, policy } = sharedBucketOf(share);
    store.mood = 'hangs';
    startMany(2000);
    await clock.advance(5000);
    expect(controlOf(policy).state().store).toMatchObject({
      state: 'alone',
      members: 4,
      failure: 'timeout',
    });
    expect(controlOf(policy).state().store?.aloneMs).toBeGreaterThan(4900);
    store.answer();
    await clock.advance(2000);
    expect(eventsOf('store-recovered')).toMatchObject([{ members: 1 }]);
    expect(controlOf(policy).state().store).toEqual({
      state: 'joined',
      members: 1,
      aloneMs: 0,
      failure: undefined,
    });
    const before = starts.length;
    await clock.advance(1000);
    expect(starts.length - before).toBeGreaterThanOrEqual(98);
    await clock.run(policy.close());
  });

  test('an event for each failure, at doubling distances up to a second', async () => {
    const { clock, store, startMany, events } = sharedBucketOf(share);
    store.error = new Error('Connection is closed.');
    startMany(1000);
    await clock.advance(10_000);
    const waits = events.flatMap((event) =>
      event.type === 'store-error' ? [event.retryAfterMs] : [],
    );
    expect(waits.slice(0, 6)).toEqual([87.5, 175, 350, 700, 875, 875]);
    expect(waits.length).toBeLessThan(16);
  });
});

describe('closing a shared bucket', () => {
  test('returns what it holds and leaves the limit', async () => {
    const { clock, store, policy, startMany } = sharedBucketOf({ ratePerSecond: 100, burst: 50 });
    startMany(200);
    await clock.advance(20);
    await clock.run(policy.close());
    expect(store.left).toBe(1);
    expect(store.returned).not.toBe('');
    expect(clock.pendingTimers).toBe(0);
  });

  test('refuses those who wait, and those who come later', async () => {
    const { clock, policy, startMany } = sharedBucketOf({ ratePerSecond: 1, burst: 1 });
    const { refused } = startMany(5);
    await clock.advance(10);
    await clock.run(policy.close());
    await clock.settle();
    expect(refused).toHaveLength(4);
    expect(clock.pendingTimers).toBe(0);
    await expect(policy.execute(() => {})).rejects.toMatchObject({
      kind: 'rate-limited',
      retryAfterMs: undefined,
    });
    await clock.run(policy.close());
  });

  test('does not wait for a store that is away', async () => {
    const { clock, store, policy, startMany } = sharedBucketOf({ storeTimeoutMs: 50 });
    startMany(1);
    await clock.advance(100);
    store.mood = 'hangs';
    const since = clock.now();
    await clock.run(policy.close());
    expect(clock.now() - since).toBeLessThanOrEqual(50);
  });
});

describe('the client of a shared bucket', () => {
  test('is told the key of each command where it is node-redis’s for a cluster', async () => {
    const { clock, store, starts, startMany } = sharedBucketOf();
    const keys: string[] = [];
    const cluster = {
      nodeClient: () => {},
      sendCommand(key: string, isReadonly: boolean, command: string[]) {
        keys.push(`${key} ${isReadonly}`);
        return store.send(command);
      },
    };
    const { startMany: startOnCluster, starts: started } = sharedBucketOf(
      { client: cluster, name: 'x', burst: 5 },
      clock,
    );
    startOnCluster(2);
    startMany(1);
    await clock.advance(200);
    expect(started).toHaveLength(2);
    expect(starts).toHaveLength(1);
    expect(new Set(keys)).toEqual(new Set(['holdfast:{x}:100:5 false']));
  });
});

describe('options of a shared bucket', () => {
  const unasked = () => Promise.resolve(undefined);
  test.each([
    [{}, 'redisTokenBucket.ratePerSecond'],
    [{ ratePerSecond: 1, client: {} }, 'redisTokenBucket.client'],
    [{ ratePerSecond: 1, onStoreError: 'crash' }, 'redisTokenBucket.onStoreError'],
    [{ ratePerSecond: 1, burst: 2, weight: 3 }, 'redisTokenBucket.weight'],
    [{ ratePerSecond: 1, storeTimeoutMs: 0 }, 'redisTokenBucket.storeTimeoutMs'],
    [{ ratePerSecond: 1, rate: 3 }, 'redisTokenBucket.rate'],
  ])('that cannot work are named: %j', (options, name) => {
    const make = () => redisTokenBucket({ client: unasked, ...options } as never);
    expect(make).toThrow(OptionError);
    expect(make).toThrow(name);
  });

  test('a burst that is left out is what comes in 50 ms, and at least the weight', async () => {
    const keys: (string | undefined)[] = [];
    const client = ([, , , key]: readonly string[]) => {
      keys.push(key);
      return new Promise<never>(() => {});
    };
    for (const more of [
      { ratePerSecond: 1000 },
      { ratePerSecond: 2 },
      { ratePerSecond: 2, weight: 7 },
    ]) {
      const { clock, startMany } = sharedBucketOf({ client, name: 'x', ...more });
      startMany(1);
      await clock.settle();
    }
    expect(keys).toEqual(['holdfast:{x}:1000:50', 'holdfast:{x}:2:1', 'holdfast:{x}:2:7']);
  });

  test('a retry around it takes a token for each attempt', async () => {
    const { clock, policy } = sharedBucketOf({ ratePerSecond: 10, burst: 1 });
    const moments: number[] = [];
    const retried = pipeline(retry({ baseDelayMs: 1, jitter: 'none', clock }), policy);
    const failing = () => {
      moments.push(clock.now());
      if (moments.length < 3) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    };
    await clock.run(retried.execute(failing));
    expect(moments[2]! - moments[0]!).toBeGreaterThanOrEqual(180);
  });
});
