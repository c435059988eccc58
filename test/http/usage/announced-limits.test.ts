import { describe, expect, test } from '@jest/globals';
import { controlOf, resilientFetch } from '../../../src/index.ts';
import { scriptedFetch, virtualClock, type ScriptedStep } from '../../../src/testing.ts';
import { usageLimits, type UsageLimitOptions } from '../../../src/usage.ts';

const KEY = 'https://api.example.com';
const MINUTE = { per: 'minute', tokens: 6000, burst: 6000, cost: () => 100 } as const;

function limitedBy(limits: readonly UsageLimitOptions[], steps: readonly ScriptedStep[]) {
  const clock = virtualClock();
  const upstream = scriptedFetch(steps, { clock });
  const rateLimit = usageLimits({ clock, limits });
  const fetch = resilientFetch(upstream, { clock, rateLimit, retry: false });
  const call = () => clock.run(fetch(`${KEY}/v1/messages`));
  const left = () =>
    controlOf(fetch)
      .state(KEY)
      .usage.map((one) => Math.round(one.left));
  return { clock, upstream, fetch, call, left };
}

const tokens = (limit: number, remaining: number) => ({
  status: 200,
  headers: {
    'x-ratelimit-limit-tokens': String(limit),
    'x-ratelimit-remaining-tokens': String(remaining),
    'x-ratelimit-reset-tokens': '60s',
  },
});

describe('limits that a server announces in units', () => {
  test('lower the limit of that unit, and never raise it', async () => {
    const { call, left } = limitedBy([MINUTE], [tokens(6000, 1000), tokens(6000, 5000)]);
    await call();
    expect(left()).toEqual([1000]);
    await call();
    expect(left()).toEqual([900]);
  });

  test('are waited for until what a call needs is there, not until the reset', async () => {
    const { clock, call } = limitedBy([MINUTE], [tokens(6000, 0), 200]);
    await call();
    await call();
    expect(clock.now()).toBe(1000);
  });

  test('mean the limit of the same size, else the shortest that refills evenly', async () => {
    const day = { per: 'day', tokens: 100_000, cost: () => 100 } as const;
    const steps = [tokens(100_000, 50_000), tokens(77, 10)];
    const { call, left } = limitedBy([day, MINUTE], steps);
    await call();
    expect(left()).toEqual([50_000, 5900]);
    await call();
    expect(left()).toEqual([49_900, 10]);
  });

  test('of a redirect that was followed are those of another server', async () => {
    const redirected = () => {
      const response = new Response(null, tokens(6000, 0));
      return Object.defineProperty(response, 'redirected', { value: true });
    };
    const { call, left } = limitedBy([MINUTE], [redirected]);
    await call();
    expect(left()).toEqual([5900]);
  });

  const window = (status: string, utilization: string, secondsLeft: number, epochMs: number) => ({
    'anthropic-ratelimit-unified-5h-status': status,
    'anthropic-ratelimit-unified-5h-utilization': utilization,
    'anthropic-ratelimit-unified-5h-reset': String(epochMs / 1000 + secondsLeft),
  });

  test('lower the limit of 5 hours by the share that is used, until the reset', async () => {
    const limits = [{ per: 5 * 3_600_000, units: 1000, cost: () => 10 }];
    const { epochNow } = virtualClock();
    const headers = window('allowed', '0.9', 3600, epochNow());
    const { clock, call, left } = limitedBy(limits, [{ status: 200, headers }]);
    await call();
    expect(left()).toEqual([100]);
    await clock.advance(3_600_000 + 3 * 60_000);
    expect(left()).toEqual([990]);
  });

  test('hold every call of the scope where a window is rejected, with the time and a way out', async () => {
    const { epochNow } = virtualClock();
    const headers = window('rejected', '1.0', 3 * 3600, epochNow());
    const { clock, fetch, call, upstream } = limitedBy([MINUTE], [{ status: 429, headers }, 200]);
    expect((await call()).status).toBe(429);
    const error = await call().catch((one: unknown) => one);
    expect(error).toMatchObject({
      kind: 'rate-limited',
      retryAfterMs: 3 * 3_600_000,
      causedBy: { status: 429 },
    });
    expect((error as Error).message).toContain('accepts nothing until its limit is reset');
    expect(controlOf(fetch).state(KEY).pauses).toMatchObject([
      { leftMs: 3 * 3_600_000, because: { status: 429 } },
    ]);
    expect([clock.now(), upstream.calls.length]).toEqual([0, 1]);
    controlOf(fetch).resume(KEY);
    expect((await call()).status).toBe(200);
  });
});
