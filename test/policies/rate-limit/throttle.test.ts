import { describe, expect, test } from '@jest/globals';
import { sleep } from '../../../src/core/clock.ts';
import { pipeline } from '../../../src/http/pipeline.ts';
import { tokenBucket } from '../../../src/policies/rate-limit/token-bucket.ts';
import { virtualClock } from '../../../src/testing.ts';
import { httpFailure, throttled, unavailable } from '../http-failure.ts';
import { bucketOf } from './token-bucket-under-test.ts';

describe('a throttle', () => {
  test('pauses the key for every caller until the hint passes, without a rate', async () => {
    const { clock, starts, start, fail } = bucketOf();
    await fail(throttled(2));
    await clock.run(Promise.all([start(), start(), start({ key: 'other' })]));
    expect(starts).toEqual([0, 2000, 2100]);
  });

  test('pauses the key for every caller until the hint passes, with a rate', async () => {
    const { clock, starts, start, fail } = bucketOf({ ratePerSecond: 10, burst: 10 });
    await fail(throttled(2));
    await clock.run(Promise.all([start(), start(), start()]));
    expect(starts).toEqual([2000, 2100, 2200]);
  });

  test('pauses longer while throttles without a hint go on, and not for those on the wire', async () => {
    const { clock, events, policy } = bucketOf();
    const slow = () =>
      policy
        .execute(async () => {
          await sleep(clock, 10);
          throw throttled();
        })
        .catch(() => {});
    await clock.run(Promise.all([slow(), slow(), slow()]));
    await clock.run(slow());
    const pauses = events.flatMap((event) => (event.type === 'key-paused' ? [event.pauseMs] : []));
    expect(pauses).toEqual([1000, 1000, 1000, 2000]);
  });

  test('is not what an overloaded or a wrong request is', async () => {
    const { clock, start, fail, events } = bucketOf();
    await fail(unavailable(60));
    await fail(httpFailure(400));
    await fail(new TypeError('bug'));
    await start();
    expect(clock.now()).toBe(0);
    expect(events).toEqual([]);
  });

  test('is not what a limiter further in refuses', async () => {
    const clock = virtualClock();
    const paused: string[] = [];
    const policy = pipeline(
      tokenBucket({ clock, onEvent: ({ type }) => paused.push(type) }),
      tokenBucket({ ratePerSecond: 1, burst: 1, onEmpty: 'reject', clock }),
    );
    await policy.execute(() => {});
    await expect(policy.execute(() => {})).rejects.toMatchObject({ kind: 'rate-limited' });
    expect(paused).toEqual([]);
  });

  test('told by a returned response counts like a thrown one', async () => {
    const { clock, policy, starts, start } = bucketOf();
    const response = new Response('', { status: 429, headers: { 'retry-after': '3' } });
    await expect(clock.run(policy.execute(() => response))).resolves.toBe(response);
    await clock.run(start());
    expect(starts).toEqual([3000]);
  });

  test('lets a crowd of a thousand through in seconds once it is over', async () => {
    const { clock, starts, start, fail } = bucketOf();
    await fail(throttled(1));
    await clock.run(Promise.all(Array.from({ length: 1000 }, () => start())));
    expect(starts).toHaveLength(1000);
    expect(Math.min(...starts)).toBe(1000);
    expect(clock.now()).toBeLessThan(9000);
  });

  test('costs a key nothing before it is throttled, and is forgotten last', async () => {
    const { clock, starts, start, fail } = bucketOf({ maxKeys: 2 });
    await fail(throttled(10), 'paused');
    for (let index = 0; index < 50; index += 1) await start({ key: `other ${index}` });
    await fail(throttled(1), 'a');
    await fail(throttled(1), 'b');
    starts.length = 0;
    await clock.run(start({ key: 'paused' }));
    expect(starts).toEqual([10_000]);
  });
});
