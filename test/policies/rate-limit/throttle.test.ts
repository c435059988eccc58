import { describe, expect, test } from '@jest/globals';
import { sleep } from '../../../src/core/clock.ts';
import { pipeline } from '../../../src/http/pipeline.ts';
import { controlOf } from '../../../src/policies/control.ts';
import { tokenBucket } from '../../../src/policies/rate-limit/token-bucket.ts';
import { virtualClock } from '../../../src/testing.ts';
import { httpFailure, throttled, unavailable } from '../http-failure.ts';
import { bucketOf } from './token-bucket-under-test.ts';

/** Five throttles in a row: nothing is accepted. */
async function stopped(options: Parameters<typeof bucketOf>[0] = {}, seconds?: number) {
  const made = bucketOf(options);
  for (let call = 0; call < 5; call += 1) await made.fail(throttled(seconds));
  return made;
}

describe('a throttle', () => {
  test.each([{}, { ratePerSecond: 10, burst: 10 }])(
    'holds nobody else back, hinted or not (%p)',
    async (options) => {
      const { clock, starts, start, fail, events } = bucketOf(options);
      await fail(throttled(60));
      await fail(throttled());
      await clock.run(Promise.all([start(), start(), start({ key: 'other' })]));
      expect(starts).toEqual([0, 0, 0]);
      expect(events).toEqual([]);
    },
  );

  test('is no sign that nothing is accepted, as long as something is', async () => {
    const { clock, starts, start, fail } = bucketOf();
    for (let round = 0; round < 100; round += 1) {
      for (let call = 0; call < 4; call += 1) await fail(throttled(60));
      await start();
    }
    expect(clock.now()).toBe(0);
    expect(starts).toHaveLength(100);
  });

  test('that only words speak of holds nobody back, however often it comes', async () => {
    const { clock, start, fail, events } = bucketOf();
    const prose = new Error('rate limit exceeded, try again in 10 hours');
    for (let call = 0; call < 20; call += 1) await fail(prose);
    await start();
    expect(clock.now()).toBe(0);
    expect(events).toEqual([]);
  });

  test('is not what an overloaded or a wrong request is', async () => {
    const { clock, start, fail, events } = bucketOf();
    for (let call = 0; call < 10; call += 1) {
      await fail(unavailable(60));
      await fail(httpFailure(400));
      await fail(new TypeError('bug'));
    }
    await start();
    expect(clock.now()).toBe(0);
    expect(events).toEqual([]);
  });

  test('is not what a limiter further in refuses', async () => {
    const clock = virtualClock();
    const told: string[] = [];
    const policy = pipeline(
      tokenBucket({ clock, onEvent: ({ type }) => told.push(type) }),
      tokenBucket({ ratePerSecond: 1, burst: 1, onEmpty: 'reject', clock }),
    );
    await policy.execute(() => {});
    for (let call = 0; call < 20; call += 1) {
      await expect(policy.execute(() => {})).rejects.toMatchObject({ kind: 'rate-limited' });
    }
    expect(told).toEqual(['attempt-ended']);
  });
});

describe('where nothing is accepted', () => {
  test('one probe at a time goes, at doubling distances, and the first that is accepted ends it', async () => {
    const { clock, policy, events } = await stopped();
    const starts: number[] = [];
    const probe = async (failure?: Error) => {
      await policy
        .execute(async () => {
          starts.push(clock.now());
          await sleep(clock, 10);
          if (failure) throw failure;
        })
        .catch(() => {});
    };
    for (const failure of [throttled(), throttled(), undefined]) {
      await clock.run(probe(failure));
    }
    expect(starts.map((at) => Math.round(at))).toEqual([1000, 3010, 7020]);
    await clock.run(probe());
    expect(clock.now()).toBeLessThan(7150);
    const pauses = events.flatMap((event) => (event.type === 'key-paused' ? [event.pauseMs] : []));
    expect(pauses).toEqual([1000, 2000, 4000]);
  });

  test('told by a returned response counts like a thrown one', async () => {
    const { clock, policy, starts, start } = bucketOf();
    const response = new Response('', { status: 429 });
    for (let call = 0; call < 5; call += 1) {
      await expect(clock.run(policy.execute(() => response))).resolves.toBe(response);
    }
    await clock.run(start());
    expect(starts).toEqual([1000]);
  });

  test('those who wait are refused once the next probe is seconds away, with the time and the cause', async () => {
    const { clock, policy } = await stopped();
    const failing = () =>
      policy
        .execute(async () => {
          throw throttled();
        })
        .catch((error: unknown) => error);
    const errors = await clock.run(Promise.all(Array.from({ length: 50 }, failing)));
    const refused = errors.filter(
      (error) => (error as { readonly kind?: string }).kind === 'rate-limited',
    );
    expect(refused.length).toBeGreaterThan(40);
    expect(clock.now()).toBeLessThan(10_000);
    expect(refused[0]).toMatchObject({
      message: expect.stringMatching(/the server accepts nothing at the moment/),
      causedBy: { category: 'throttle', status: 429 },
      retryAfterMs: expect.any(Number),
    });
  });

  test('a probe that is aborted, or never sent, lets the next one go', async () => {
    const { clock, policy, starts, start } = await stopped();
    const controller = new AbortController();
    await clock.advance(1000);
    const aborted = policy.execute(() => new Promise(() => {}), { signal: controller.signal });
    controller.abort('enough');
    await expect(aborted).rejects.toBe('enough');
    await clock.run(start());
    expect(starts).toHaveLength(1);
    expect(clock.now()).toBeLessThanOrEqual(2000);
  });

  test('a probe that hangs keeps the others waiting for half a minute at most', async () => {
    const { clock, policy, starts, start } = await stopped();
    await clock.advance(1000);
    void policy.execute(() => new Promise(() => {}));
    await clock.run(start());
    expect(starts).toEqual([31_000]);
  });

  test('the configured rate holds all the same', async () => {
    const { clock, starts, start } = await stopped({ ratePerSecond: 2, burst: 5 });
    await clock.run(Promise.all(Array.from({ length: 4 }, () => start())));
    // The first is the probe that ends the stop.
    expect(starts[0]).toBe(1000);
    for (let index = 2; index < 4; index += 1) {
      expect(starts[index]! - starts[index - 2]!).toBeGreaterThanOrEqual(500);
    }
  });

  test('a hint that counts down is believed, and those who cannot wait so long are refused at once', async () => {
    const { clock, policy } = bucketOf();
    const quotaEndsAt = 600_000;
    const call = () =>
      policy
        .execute(() => {
          throw throttled(Math.ceil((quotaEndsAt - clock.now()) / 1000));
        })
        .catch((error: unknown) => error);
    let refusal: unknown;
    while (clock.now() < 20_000) {
      refusal = await clock.run(call());
      await clock.advance(100);
    }
    expect(refusal).toMatchObject({ kind: 'rate-limited' });
    expect((refusal as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(570_000);
    expect((refusal as { retryAfterMs: number }).retryAfterMs).toBeLessThan(590_000);
  });
});

describe('the state of the limits', () => {
  test('is none for a scope that has not been throttled', async () => {
    const { policy, start } = bucketOf();
    await start();
    expect(controlOf(policy).keys()).toEqual([]);
  });

  test('is forgotten once the server has nothing against the scope', async () => {
    const { policy, clock, start, fail } = bucketOf();
    await fail(throttled());
    expect(controlOf(policy).keys()).toEqual(['default']);
    for (let call = 0; call < 10; call += 1) await start();
    await clock.advance(61_000);
    await start();
    expect(controlOf(policy).keys()).toEqual([]);
  });

  test('is bounded, that of stopped scopes too: the one that ends soonest leaves', async () => {
    const { policy, fail, clock } = bucketOf({ maxKeys: 3 });
    for (const key of ['a', 'b', 'c', 'd']) {
      for (let call = 0; call < 5; call += 1) await fail(throttled(), key);
      await clock.advance(100);
    }
    expect(controlOf(policy).keys()).toEqual(['b', 'c', 'd']);
    for (let index = 0; index < 10_000; index += 1) await fail(throttled(3600), `origin ${index}`);
    expect(controlOf(policy).keys()).toHaveLength(3);
  });

  test('is apart for each scope of a key', async () => {
    const { clock, policy } = bucketOf({ ratePerSecond: 1, burst: 1 });
    const starts: number[] = [];
    const start = (scope: string) =>
      policy.execute(() => void starts.push(clock.now()), { key: 'origin', scope });
    await clock.run(Promise.all(['a', 'b', 'a', 'b'].map(start)));
    expect(starts).toEqual([0, 0, 1000, 1000]);
  });
});
