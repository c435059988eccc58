import { describe, expect, test } from '@jest/globals';
import { resilientFetch, tokenBucket as whole } from '../../../src/index.ts';
import { tokenBucket as small } from '../../../src/lite.ts';
import { repeat, scriptedFetch, virtualClock } from '../../../src/testing.ts';

describe.each([
  ['holdfast', whole],
  ['holdfast/lite', small],
])('the weight of a call, in the token bucket of %s', (_name, tokenBucket) => {
  function bucketOf(burst: number, more: { maxWaitMs?: number } = {}) {
    const clock = virtualClock();
    const policy = tokenBucket({ ratePerSecond: 10, burst, clock, ...more });
    const starts: number[] = [];
    const start = (weight?: number, priority?: number) =>
      policy.execute(() => void starts.push(clock.now()), { weight, priority });
    return { clock, starts, start };
  }

  test('is how many tokens each attempt takes', async () => {
    const { clock, starts, start } = bucketOf(10);
    await clock.run(Promise.all([start(6), start(4), start(3), start(), start(0.5)]));
    expect(starts).toEqual([0, 0, 300, 400, 450]);
  });

  test('may be above the burst: it goes when the bucket is full, and what follows waits for all of it', async () => {
    const { clock, starts, start } = bucketOf(2);
    await clock.run(Promise.all([start(), start(5), start()]));
    expect(starts).toEqual([0, 100, 500]);
  });

  test('counts for those behind it, who are refused at once where they would wait too long', async () => {
    const { clock, start } = bucketOf(10, { maxWaitMs: 1000 });
    const waits = Promise.all([start(10), start(4), start(6)]);
    await expect(start(1)).rejects.toMatchObject({ kind: 'rate-limited', retryAfterMs: 1100 });
    await clock.run(waits);
  });

  test('is 1 where it is no number that could be meant', async () => {
    const { clock, starts, start } = bucketOf(1);
    await clock.run(Promise.all([start(NaN), start(-3), start(0), start(Infinity)]));
    expect(starts).toEqual([0, 100, 200, 300]);
  });
});

describe('the weight of one fetch', () => {
  test('is said in its init, and is taken out of it', async () => {
    const clock = virtualClock();
    const upstream = scriptedFetch([repeat(200)], { clock });
    const rateLimit = { ratePerSecond: 10, burst: 10 };
    const fetch = resilientFetch(upstream, { clock, rateLimit });
    const url = 'https://api.example.com/things';
    const calls = [10, 2, 1].map((weight) => fetch(url, { holdfast: { weight } }));
    await clock.run(Promise.all(calls));
    expect(upstream.calls.map(({ at }) => at)).toEqual([0, 200, 300]);
    await expect(fetch(url, { holdfast: { weight: 0 } })).rejects.toMatchObject({
      name: 'OptionError',
      option: 'fetch.holdfast.weight',
    });
  });
});
