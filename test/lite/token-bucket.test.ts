import { describe, expect, test } from '@jest/globals';
import {
  OptionError,
  RateLimitedError,
  pipeline,
  resilientFetch,
  retry,
  tokenBucket,
  type ResilientFetchOptions,
  type TokenBucketOptions,
} from '../../src/lite.ts';
import { repeat, scriptedFetch, virtualClock } from '../../src/testing.ts';

const API = 'https://api.example.com/things';

/** When each of so many calls at once is sent. */
async function sendsOf(count: number, rateLimit: TokenBucketOptions, steps = [repeat(200)]) {
  const clock = virtualClock();
  const startedAt = clock.now();
  const sentAt: number[] = [];
  const upstream = scriptedFetch(steps, { clock });
  const fetch = resilientFetch(
    (input, init) => {
      sentAt.push(clock.now() - startedAt);
      return upstream(input, init);
    },
    { clock, rateLimit, retry: false, circuitBreaker: false },
  );
  await clock.run(Promise.allSettled(Array.from({ length: count }, () => fetch(API))));
  return sentAt;
}

describe('the bucket of holdfast/lite', () => {
  test('keeps the rate that is configured', async () => {
    expect(await sendsOf(4, { ratePerSecond: 2 })).toEqual([0, 500, 1000, 1500]);
    expect(await sendsOf(4, { ratePerSecond: 2, burst: 2 })).toEqual([0, 0, 500, 1000]);
  });

  test('holds nothing back without a rate, and learns none from throttles', async () => {
    const throttled = Array.from({ length: 12 }, () => 0);
    expect(await sendsOf(12, {}, [repeat(429)])).toEqual(throttled);
  });

  test('refuses to be told to learn a rate', () => {
    for (const learnRate of [false, undefined]) {
      expect(() => tokenBucket({ ratePerSecond: 1, learnRate })).not.toThrow();
    }
    expect(() => tokenBucket({ ratePerSecond: 1, learnRate: true })).toThrow(
      new OptionError(
        'tokenBucket.learnRate',
        'false or left out in holdfast/lite, which learns no rate',
        true,
      ),
    );
  });

  test('lets a throttle bind its own call and nobody else', async () => {
    const clock = virtualClock();
    const startedAt = clock.now();
    const steps = [{ status: 429, headers: { 'retry-after': '7' } }, repeat(200)];
    const upstream = scriptedFetch(steps, { clock });
    const fetch = resilientFetch(upstream, { clock, rateLimit: { ratePerSecond: 10 } });
    const ended = (call: Promise<Response>) => call.then(() => clock.now() - startedAt);
    const [first, second] = await clock.run(Promise.all([ended(fetch(API)), ended(fetch(API))]));
    expect(first).toBeGreaterThanOrEqual(7000);
    expect(second).toBe(100);
  });

  test('refuses at once where the wait would be too long, and says when to come back', async () => {
    const clock = virtualClock();
    const policy = pipeline(tokenBucket({ ratePerSecond: 1, maxWaitMs: 1500, clock }));
    const calls = Array.from({ length: 3 }, () => policy.execute(async () => 'sent'));
    const [, , third] = await clock.run(Promise.allSettled(calls));
    expect(third).toMatchObject({
      status: 'rejected',
      reason: { kind: 'rate-limited', classification: { retryAfterMs: 2000 } },
    });
    expect((third as PromiseRejectedResult).reason).toBeInstanceOf(RateLimitedError);
  });

  test('takes the token back of a call that was never sent', async () => {
    const clock = virtualClock();
    const policy = pipeline(
      tokenBucket({ ratePerSecond: 1, onEmpty: 'reject', clock }),
      tokenBucket({ ratePerSecond: 0.5, onEmpty: 'reject', clock }),
    );
    const run = () => policy.execute(async () => 'sent');
    await run();
    await clock.advance(1000);
    await expect(run()).rejects.toThrow('no token is free');
    await clock.advance(1000);
    expect(await run()).toBe('sent');
  });

  test('counts each key by itself, and what the caller names as a scope together', async () => {
    const clock = virtualClock();
    const rateLimit = { ratePerSecond: 1, onEmpty: 'reject' } as const;
    const upstream = scriptedFetch([repeat(200)], { clock });
    const apart = resilientFetch(upstream, { clock, rateLimit });
    await apart(API);
    expect((await apart('https://other.example.com/')).status).toBe(200);
    const together = resilientFetch(upstream, { clock, rateLimit, scope: 'all' });
    await together(API);
    await expect(together('https://other.example.com/')).rejects.toBeInstanceOf(RateLimitedError);
  });

  test('counts calls with different credentials together', async () => {
    const clock = virtualClock();
    const rateLimit = { ratePerSecond: 1, onEmpty: 'reject' } as const;
    const fetch = resilientFetch(scriptedFetch([repeat(200)], { clock }), { clock, rateLimit });
    await fetch(API, { headers: { authorization: 'Bearer one' } });
    const other = fetch(API, { headers: { authorization: 'Bearer two' } });
    await expect(other).rejects.toBeInstanceOf(RateLimitedError);
  });

  test('can have a rate for one key alone', async () => {
    const clock = virtualClock();
    const forKey = {
      'https://api.example.com': { rateLimit: { ratePerSecond: 1, onEmpty: 'reject' } },
    } as const;
    const fetch = resilientFetch(scriptedFetch([repeat(200)], { clock }), { clock, forKey });
    await fetch('https://other.example.com/');
    await fetch('https://other.example.com/');
    await fetch(API);
    await expect(fetch(API)).rejects.toBeInstanceOf(RateLimitedError);
  });

  test.each<[string, object | undefined]>([
    ['tokenBucket.ratePerSecond', undefined],
    ['tokenBucket.ratePerSecond', { maxQueue: 5 }],
    ['tokenBucket.burst', { burst: 5 }],
    ['tokenBucket.adaptive', { ratePerSecond: 1, adaptive: true }],
  ])('refuses %s where it cannot work: %j', (name, options) => {
    const make = () => tokenBucket(options as Parameters<typeof tokenBucket>[0]);
    expect(make).toThrow(OptionError);
    expect(make).toThrow(name);
  });

  test('refuses an option of the stack by its name, also where no bucket is made', () => {
    const options = { rateLimit: { adaptive: true } } as ResilientFetchOptions;
    expect(() => resilientFetch(undefined, options)).toThrow('rateLimit.adaptive');
    expect(() => resilientFetch(undefined, { rateLimit: { burst: 2 } })).toThrow('rateLimit.burst');
  });

  test('is waited for no longer than the retry may take', async () => {
    const clock = virtualClock();
    const bucket = tokenBucket({ ratePerSecond: 10, clock });
    const policy = pipeline(retry({ clock }), bucket);
    let runs = 0;
    const outcome = policy.execute(async () => {
      runs += 1;
      if (runs < 3) throw Object.assign(new Error('busy'), { status: 503 });
      return runs;
    });
    expect(await clock.run(outcome)).toBe(3);
  });
});
