import { describe, expect, test } from '@jest/globals';
import { controlOf, resilientFetch } from '../../src/index.ts';
import { virtualClock } from '../../src/testing.ts';

const API = 'https://api.example.com';

/** An API whose search has a limit of its own; its other endpoints announce nothing. */
function searchWithALimit(announces: 'always' | 'when-throttled') {
  const clock = virtualClock();
  let left = 3;
  const upstream = async (input: string): Promise<Response> => {
    if (!input.endsWith('/search')) return new Response('well');
    left = Math.max(left - 1, -1);
    const headers = new Headers();
    if (left < 0 || announces === 'always') {
      headers.set('x-ratelimit-limit', '3');
      headers.set('x-ratelimit-remaining', String(Math.max(left, 0)));
      headers.set('x-ratelimit-reset', '30.5');
    }
    return new Response('', { status: left < 0 ? 429 : 200, headers });
  };
  const fetch = resilientFetch(upstream as typeof globalThis.fetch, { clock, retry: false });
  return { clock, fetch };
}

describe('a limit that one endpoint announces', () => {
  test.each(['always', 'when-throttled'] as const)(
    'holds back no other endpoint, if it announces it %s',
    async (announces) => {
      const { clock, fetch } = searchWithALimit(announces);
      for (let call = 0; call < 3; call += 1) await clock.run(fetch(`${API}/search`));
      // These wait for the reset, or are throttled.
      const searches = [1, 2].map(() => fetch(`${API}/search`).catch(() => undefined));
      await clock.advance(100);
      const before = clock.now();
      for (let call = 0; call < 5; call += 1) {
        expect((await clock.run(fetch(`${API}/users`))).status).toBe(200);
      }
      expect(clock.now()).toBe(before);
      await clock.run(Promise.all(searches));
    },
  );

  test('is kept to by its own calls before the first throttle', async () => {
    const { clock, fetch } = searchWithALimit('always');
    for (let call = 0; call < 3; call += 1) await clock.run(fetch(`${API}/search`));
    const next = fetch(`${API}/search`);
    await clock.advance(20_000);
    expect(controlOf(fetch).state(API).waiting).toBe(1);
    await clock.run(next);
    expect(clock.now()).toBeGreaterThan(29_000);
  });
});
