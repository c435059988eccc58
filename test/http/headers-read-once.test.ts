import { describe, expect, test } from '@jest/globals';
import { resilientFetch, type Fetch } from '../../src/index.ts';

describe('headers that fetch reads', () => {
  test('an iterator of headers, which can be read once only, reaches every attempt', async () => {
    const seen: (string | null)[] = [];
    const busyOnce: Fetch = async (input, init) => {
      seen.push(new Request(input, init).headers.get('x-first'));
      return new Response(null, { status: seen.length === 1 ? 503 : 200 });
    };
    const headers = new Map([['x-first', 'one']]).entries();
    const fetch = resilientFetch(busyOnce, { retry: { baseDelayMs: 1 }, onEvent: () => {} });
    const response = await fetch('https://api.example.com/', { headers } as unknown as RequestInit);
    expect(response.status).toBe(200);
    expect(seen).toEqual(['one', 'one']);
  });

  test('headers that fetch refuses are fetch’s to refuse, with an observer too', async () => {
    const init = { method: 'CONNECT', headers: [['not a name', 'x']] as [string, string][] };
    const refusal = (fetch: Fetch) => fetch('http://127.0.0.1:9/', init).catch(String);
    const watched = resilientFetch(globalThis.fetch, { onEvent: () => {} });
    expect(await refusal(watched)).toBe(await refusal(globalThis.fetch));
  });
});
