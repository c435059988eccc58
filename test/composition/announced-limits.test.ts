import { describe, expect, test } from '@jest/globals';
import { controlOf, resilientFetch, tokenBucket } from '../../src/index.ts';
import { virtualClock } from '../../src/testing.ts';

const ORIGIN = 'https://api.example.com';

/** A server that counts in windows of a minute, and announces it or not. */
function windowedServer(limit: number, announces: boolean) {
  const clock = virtualClock();
  let used = 0;
  let window = 0;
  let throttled = 0;
  let asked = 0;
  const send = async (): Promise<Response> => {
    const now = clock.now();
    if (Math.floor(now / 60_000) !== window) {
      window = Math.floor(now / 60_000);
      used = 0;
    }
    const isAccepted = used < limit;
    if (isAccepted) used += 1;
    else throttled += 1;
    const resetSeconds = (60_000 - (now % 60_000)) / 1000;
    const headers = new Headers(
      announces
        ? {
            'x-ratelimit-limit': String(limit),
            'x-ratelimit-remaining': String(limit - used),
            'x-ratelimit-reset': String(resetSeconds),
          }
        : {},
    );
    const { get } = headers;
    headers.get = (name) => {
      asked += 1;
      return get.call(headers, name);
    };
    const response = new Response(null, { status: isAccepted ? 200 : 429 });
    Object.defineProperty(response, 'headers', { value: headers });
    return response;
  };
  return { clock, send, counts: () => ({ throttled, asked }) };
}

describe('limits that a server announces', () => {
  test('set the pace before anything is throttled', async () => {
    const { clock, send, counts } = windowedServer(60, true);
    const fetch = resilientFetch(send, { clock });
    const calls = Array.from({ length: 8 }, (_, worker) =>
      (async () => {
        for (let call = 0; call < 12; call += 1) {
          expect((await fetch(`${ORIGIN}/${worker}`)).status).toBe(200);
        }
      })(),
    );
    await clock.advance(1000);
    expect(controlOf(fetch).state(ORIGIN).paces).toEqual([
      { route: undefined, ratePerSecond: expect.any(Number) },
    ]);
    await clock.run(Promise.all(calls));
    expect(counts().throttled).toBe(0);
    expect(clock.now()).toBeGreaterThan(50_000);
  });

  test('set no pace where no rate is to be learned', async () => {
    const { clock, send, counts } = windowedServer(60, true);
    const fetch = resilientFetch(send, { clock, rateLimit: { learnRate: false } });
    for (let call = 0; call < 70; call += 1) void fetch(ORIGIN).catch(() => {});
    await clock.advance(0);
    expect(counts().throttled).toBeGreaterThan(0);
  });

  test('are looked for in the first answers, and then in one of 64', async () => {
    const { clock, send, counts } = windowedServer(Infinity, false);
    const fetch = resilientFetch(send, { clock, rateLimit: tokenBucket({ clock }) });
    const after = async (calls: number) => {
      const before = counts().asked;
      for (let call = 0; call < calls; call += 1) await fetch(ORIGIN);
      return counts().asked - before;
    };
    expect(await after(8)).toBeGreaterThan(0);
    expect(await after(55)).toBe(0);
    expect(await after(1)).toBeGreaterThan(0);
    expect(await after(63)).toBe(0);
  });
});
