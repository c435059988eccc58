import { describe, expect, test } from '@jest/globals';
import type { TryKind } from '../../../src/policies/rate-limit/alternating-queue.ts';
import { Bucket, type Waiter } from '../../../src/policies/rate-limit/bucket.ts';
import { Gcra } from '../../../src/policies/rate-limit/gcra.ts';
import type { Token } from '../../../src/policies/rate-limit/pace.ts';
import { virtualClock } from '../../../src/testing.ts';
import { singleCallClock } from '../../core/single-call-clock.ts';
import { HaltingPace } from './halting-pace.ts';

function bucketOf(ratePerSecond: number, burst: number) {
  const clock = virtualClock();
  const pace = new HaltingPace(new Gcra(ratePerSecond, burst));
  const bucket = new Bucket(clock, pace);
  /** Stops everything for so long, and then lets one probe through. */
  const halt = (forMs: number) => {
    pace.halt(clock.now(), forMs);
    bucket.paceChanged();
  };
  const granted: [name: string, at: number][] = [];
  const sentAway: [name: string, waitMs: number][] = [];
  const waiterOf = (name: string, leavesAt = Infinity): Waiter => ({
    leavesAt,
    grant: () => void granted.push([name, clock.now()]),
    sendAway: (waitMs) => void sentAway.push([name, waitMs]),
  });
  const join = (
    name: string,
    priority = 0,
    leavesAt = Infinity,
    kind: TryKind = 'first-try',
  ): Waiter => {
    const waiter = waiterOf(name, leavesAt);
    bucket.join(waiter, priority, kind);
    return waiter;
  };
  return { clock, pace, bucket, halt, granted, sentAway, join };
}

const spend = (bucket: Bucket, times: number): Token[] =>
  Array.from({ length: times }, () => {
    const token = bucket.tryTake();
    if (token === undefined) throw new Error('no token');
    return token;
  });

describe('a bucket', () => {
  test('gives a free token without a timer, and none ahead of those who wait', () => {
    const { clock, bucket, join } = bucketOf(1, 2);
    spend(bucket, 2);
    expect(clock.pendingTimers).toBe(0);
    expect(bucket.tryTake()).toBeUndefined();
    join('a');
    expect(bucket.tryTake()).toBeUndefined();
  });

  test('has one timer however many wait, and none when nobody does', async () => {
    const { clock, bucket, join } = bucketOf(1, 1);
    spend(bucket, 1);
    const waiters = Array.from({ length: 100 }, (_, index) => join(`${index}`));
    expect(clock.pendingTimers).toBe(1);
    for (const waiter of waiters) bucket.leave(waiter);
    expect(clock.pendingTimers).toBe(0);
    expect(bucket.waiting).toBe(0);
  });

  test('serves in order, each at its own moment, the higher priority first', async () => {
    const { clock, bucket, granted, join } = bucketOf(2, 1);
    spend(bucket, 1);
    join('a');
    join('b');
    join('high', 1);
    await clock.runAll();
    expect(granted).toEqual([
      ['high', 500],
      ['a', 1000],
      ['b', 1500],
    ]);
  });

  test('lets the others move up when one leaves', async () => {
    const { clock, bucket, granted, join } = bucketOf(1, 1);
    spend(bucket, 1);
    const first = join('first');
    join('second');
    bucket.leave(first);
    bucket.leave(first);
    await clock.runAll();
    expect(granted).toEqual([['second', 1000]]);
  });

  test('gives a token that comes back to the next in line, without waiting for the next one', async () => {
    const { clock, bucket, granted, join } = bucketOf(1, 2);
    const [, token] = spend(bucket, 2);
    join('a');
    await clock.advance(100);
    bucket.giveBack(token!);
    await clock.advance(0);
    expect(granted).toEqual([['a', 100]]);
    expect(clock.pendingTimers).toBe(0);
  });

  test('estimates what somebody who joined now would wait, by priority', () => {
    const { bucket, join } = bucketOf(1, 1);
    spend(bucket, 1);
    join('a');
    join('b');
    expect([-1, 0, 1].map((priority) => bucket.estimateMs(priority))).toEqual([3000, 3000, 1000]);
  });

  test('serves first tries and repetitions in turn within a priority, each kind in order', async () => {
    const { clock, bucket, granted, join } = bucketOf(10, 1);
    spend(bucket, 1);
    for (const name of ['first 1', 'first 2', 'first 3']) join(name);
    expect([bucket.estimateMs(0, 'repetition'), bucket.estimateMs(0)]).toEqual([200, 400]);
    for (const name of ['again 1', 'again 2']) join(name, 0, Infinity, 'repetition');
    join('again, and urgent', 1, Infinity, 'repetition');
    await clock.runAll();
    expect(granted.map(([name]) => name)).toEqual([
      'again, and urgent',
      'first 1',
      'again 1',
      'first 2',
      'again 2',
      'first 3',
    ]);
  });

  test('lets neither kind starve the other, however many of it come', async () => {
    const { clock, bucket, granted, join } = bucketOf(10, 1);
    spend(bucket, 1);
    for (let index = 0; index < 50; index += 1) join('again', 0, Infinity, 'repetition');
    await clock.advance(1000);
    join('first');
    await clock.advance(200);
    expect(granted.map(([name]) => name)).toContain('first');
  });

  test('keeps its rate for a line that is longer than its burst', async () => {
    const { clock, bucket, granted, join } = bucketOf(10, 3);
    spend(bucket, 3);
    for (const name of ['a', 'b', 'c', 'd', 'e']) join(name);
    await clock.advance(1000);
    expect(granted.map(([, at]) => at)).toEqual([100, 200, 300, 400, 500]);
  });

  test('is idle when nothing is missing and nobody waits', async () => {
    const { clock, bucket, join } = bucketOf(1, 1);
    expect(bucket.idle).toBe(true);
    spend(bucket, 1);
    expect(bucket.idle).toBe(false);
    await clock.advance(1000);
    expect(bucket.idle).toBe(true);
    spend(bucket, 1);
    const waiter = join('a');
    bucket.leave(waiter);
    expect(bucket.idle).toBe(false);
  });
});

describe('one who waits', () => {
  test('is sent away when its time is up, though others were let in before it', async () => {
    const { clock, bucket, granted, sentAway, join } = bucketOf(1, 1);
    spend(bucket, 1);
    join('patient', -1, 3000);
    for (const name of ['a', 'b', 'c', 'd', 'e']) join(name);
    await clock.advance(2999);
    expect(sentAway).toEqual([]);
    await clock.advance(1);
    expect(sentAway).toEqual([['patient', 1000]]);
    await clock.runAll();
    expect(granted.map(([name]) => name)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(clock.pendingTimers).toBe(0);
  });

  test('is served at the last moment rather than sent away', async () => {
    const { clock, bucket, granted, join } = bucketOf(1, 1);
    spend(bucket, 1);
    join('a', 0, 1000);
    await clock.runAll();
    expect(granted).toEqual([['a', 1000]]);
  });

  test('leaves when its time is up, each of a thousand, with one timer for all', async () => {
    const { clock, bucket, sentAway, join } = bucketOf(0.001, 1);
    spend(bucket, 1);
    const order = Array.from({ length: 1000 }, (_, index) => (index * 7919) % 1000);
    for (const index of order) join(`${index}`, 0, 1000 + index);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(2000);
    expect(sentAway.map(([name]) => Number(name))).toEqual(
      Array.from({ length: 1000 }, (_, index) => index),
    );
    expect([clock.pendingTimers, bucket.waiting]).toEqual([0, 0]);
  });
});

describe('a stop', () => {
  test('holds back those who wait, and lets one probe go', async () => {
    const { clock, pace, bucket, halt, granted, join } = bucketOf(10, 5);
    spend(bucket, 5);
    for (const name of ['a', 'b', 'c']) join(name);
    halt(2000);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(2500);
    expect(granted).toEqual([['a', 2000]]);
    pace.goOn();
    bucket.paceChanged();
    await clock.runAll();
    expect(granted.map(([name, at]) => [name, Math.round(at)])).toEqual([
      ['a', 2000],
      ['b', 2500],
      ['c', 2500],
    ]);
  });

  test('sends away at once those for whom it lasts too long, and keeps the others', async () => {
    const { clock, bucket, halt, granted, sentAway, join } = bucketOf(1, 1);
    spend(bucket, 1);
    join('patient', 0, 10_000);
    join('impatient', 0, 2000);
    join('urgent and impatient', 5, 1999);
    await clock.advance(500);
    halt(3500);
    expect(sentAway.map(([name]) => name)).toEqual(['urgent and impatient', 'impatient']);
    expect(sentAway[0]).toEqual(['urgent and impatient', 3500]);
    await clock.advance(4000);
    expect(granted).toEqual([['patient', 4000]]);
  });

  test('is not waited for where the next probe is far off', () => {
    const { clock, bucket, halt, sentAway, join } = bucketOf(1, 1);
    spend(bucket, 1);
    join('a');
    join('b');
    halt(20_000);
    expect(sentAway.map(([name]) => name)).toEqual(['a', 'b']);
    expect(sentAway[0]![1]).toBe(20_000);
    expect([clock.pendingTimers, bucket.waiting]).toEqual([0, 0]);
  });
});

describe('a bucket where timers end with the request that set them', () => {
  function workersBucketOf(ratePerSecond: number) {
    const time = virtualClock();
    const clock = singleCallClock(time);
    const pace = new HaltingPace(new Gcra(ratePerSecond, 1));
    const bucket = new Bucket(clock, pace);
    const told: [name: string, at: number, longerMs?: number][] = [];
    /** Joins as a request of its own; what is returned ends it. */
    const join = (name: string, leavesAt = Infinity): (() => void) =>
      clock.request(() => {
        const waiter: Waiter = {
          leavesAt,
          grant: () => void told.push([name, clock.now()]),
          sendAway: (longerMs) => void told.push([name, clock.now(), longerMs]),
        };
        bucket.join(waiter, 0);
      });
    return { time, pace, bucket, told, join };
  }

  test('serves in order, each at its own moment', async () => {
    const { time, bucket, told, join } = workersBucketOf(2);
    spend(bucket, 1);
    for (const name of ['a', 'b', 'c']) join(name);
    await time.runAll();
    expect(told).toEqual([
      ['a', 500],
      ['b', 1000],
      ['c', 1500],
    ]);
    expect([time.pendingTimers, bucket.waiting, bucket.idle]).toEqual([0, 0, false]);
  });

  test('serves who waits although those before them have gone without a word', async () => {
    const { time, bucket, told, join } = workersBucketOf(2);
    spend(bucket, 1);
    const ends = ['a', 'b'].map((name) => join(name));
    join('c');
    for (const end of ends) end();
    await time.runAll();
    expect(told).toEqual([['c', 1500]]);
    // Those who have gone are forgotten, and keep nobody from coming.
    await time.advance(2000);
    expect(bucket.estimateMs(0)).toBe(0);
    expect(bucket.waiting).toBe(0);
    expect(bucket.tryTake()).toBeDefined();
  });

  test('a stop is found out by each, and one that would wait too long is sent away', async () => {
    const { time, pace, bucket, told, join } = workersBucketOf(2);
    spend(bucket, 1);
    join('patient');
    join('impatient', 1500);
    pace.halt(0, 3000);
    bucket.paceChanged();
    await time.runAll();
    expect(told).toEqual([
      ['impatient', 1000, 2000],
      ['patient', 3000],
    ]);
  });

  test('who leaves takes its timer along', () => {
    const { time, bucket } = workersBucketOf(2);
    spend(bucket, 1);
    const waiter: Waiter = { leavesAt: Infinity, grant: () => {}, sendAway: () => {} };
    bucket.join(waiter, 0);
    expect(time.pendingTimers).toBe(1);
    bucket.leave(waiter);
    expect([time.pendingTimers, bucket.waiting]).toEqual([0, 0]);
  });
});
