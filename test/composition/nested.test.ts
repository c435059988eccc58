import { describe, expect, test } from '@jest/globals';
import { scriptedFetch } from '../../src/adapters/testing/scripted-fetch.ts';
import { networkError, repeat } from '../../src/adapters/testing/script.ts';
import { virtualClock } from '../../src/adapters/testing/virtual-clock.ts';
import type { ResilienceEvent } from '../../src/core/events.ts';
import { pipeline } from '../../src/http/pipeline.ts';
import { compose, type Fetch } from '../../src/http/fetch.ts';
import { asMiddleware } from '../../src/http/as-middleware.ts';
import { resilientFetch } from '../../src/http/resilient-fetch.ts';
import { concurrencyLimit } from '../../src/policies/concurrency-limit/concurrency-limit.ts';
import { tokenBucket } from '../../src/policies/rate-limit/token-bucket.ts';
import { retry } from '../../src/policies/retry/retry.ts';
import { timeout } from '../../src/policies/timeout.ts';

const ADDRESS = 'https://api.example.com/things';
const clock = virtualClock();
const PLAIN = { clock, circuitBreaker: false, rateLimit: false } as const;

describe('an inner holdfast does not multiply the retries of an outer one', () => {
  test('around the same fetch', async () => {
    const server = scriptedFetch([repeat(503)], { clock });
    const fetch = resilientFetch(resilientFetch(server, PLAIN), PLAIN);
    expect((await clock.run(fetch(ADDRESS))).status).toBe(503);
    expect(server.calls).toHaveLength(4);
  });

  test('with a middleware of the user’s own in between', async () => {
    const server = scriptedFetch([repeat(503)], { clock });
    const logged: string[] = [];
    const logging = (next: Fetch): Fetch => {
      return (input, init) => {
        logged.push(input instanceof Request ? input.url : input.toString());
        return next(input, init);
      };
    };
    const policy = asMiddleware(retry({ clock }));
    const fetch = compose(policy, logging, policy)(server);
    expect((await clock.run(fetch(ADDRESS))).status).toBe(503);
    expect([logged.length, server.calls.length]).toEqual([4, 4]);
  });

  test('where an SDK waits first and then passes the signal on', async () => {
    const server = scriptedFetch([repeat(503)], { clock });
    const inner = resilientFetch(server, PLAIN);
    const policy = pipeline(retry({ clock }), timeout({ timeoutMs: 60_000, clock }));
    const response = await clock.run(
      policy.execute(async ({ signal }) => {
        await Promise.resolve();
        return inner(ADDRESS, { signal });
      }),
    );
    expect(response.status).toBe(503);
    expect(server.calls).toHaveLength(4);
  });

  test('but for a call about something else, such as a token fetched in a middleware', async () => {
    const tokens = scriptedFetch([503, 503, Response.json({ token: 'fresh' })], { clock });
    const fetchToken = resilientFetch(tokens, PLAIN);
    const server = scriptedFetch([200], { clock });
    const authenticating = (next: Fetch): Fetch => {
      return async (input, init) => {
        const { token } = (await (await fetchToken('https://login.example.com/token')).json()) as {
          token: string;
        };
        return next(input, { ...init, headers: { authorization: `Bearer ${token}` } });
      };
    };
    const fetch = compose(asMiddleware(retry({ clock })), authenticating)(server);
    expect((await clock.run(fetch(ADDRESS))).status).toBe(200);
    expect(tokens.calls).toHaveLength(3);
    expect(server.calls.map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer fresh',
    ]);
  });

  test('and retries where the outer one does not', async () => {
    const server = scriptedFetch([503, 200], { clock });
    const inner = resilientFetch(server, PLAIN);
    const fetch = resilientFetch(inner, { ...PLAIN, retry: false });
    expect((await clock.run(fetch(ADDRESS))).status).toBe(200);
  });

  test('and retries a call of its own that only follows the outer one', async () => {
    const server = scriptedFetch([200, 503, 200], { clock });
    const fetch = resilientFetch(server, PLAIN);
    await clock.run(fetch(ADDRESS));
    expect((await clock.run(fetch(ADDRESS))).status).toBe(200);
  });
});

describe('policies that are nested by hand', () => {
  test.each([
    ['a timeout', timeout({ timeoutMs: 60_000, clock })],
    ['a token bucket', tokenBucket({ clock })],
    ['a concurrency limit', concurrencyLimit({ maxConcurrent: 1, clock })],
  ])('around a retry: %s on its own reads less than the retry needs', async (_what, outer) => {
    let runs = 0;
    const answer = await clock.run(
      outer.execute((context) =>
        retry({ clock }).execute(async () => {
          runs += 1;
          if (runs === 1) throw networkError('ECONNRESET');
          return runs;
        }, context),
      ),
    );
    expect(answer).toBe(2);
  });
});

describe('a client that announces retries of its own is told of', () => {
  test.each([
    [{ 'x-stainless-retry-count': '2' }, 2],
    [{ 'amz-sdk-request': 'attempt=3; max=3' }, 2],
    [{ 'x-goog-api-client': 'gl-node/20.20 gccl/7.1 gccl-attempt-count/2' }, 1],
    [{ 'x-stainless-retry-count': '0' }, undefined],
    [{ 'amz-sdk-request': 'attempt=1; max=3' }, undefined],
    [{ 'x-goog-api-client': 'gl-node/20.20' }, undefined],
    [{}, undefined],
  ])('%j says %p', async (headers, announcedRetries) => {
    const events: ResilienceEvent[] = [];
    const fetch = resilientFetch(scriptedFetch([200], { clock }), {
      ...PLAIN,
      onEvent: (event) => void events.push(event),
    });
    await clock.run(fetch(ADDRESS, { headers: headers as Record<string, string> }));
    const told = {
      type: 'nested-retry',
      by: 'fetch',
      callId: expect.any(String),
      key: 'https://api.example.com',
      method: 'GET',
      route: expect.stringMatching('^GET /'),
      announcedRetries,
    };
    expect(events.filter(({ type }) => type !== 'attempt-ended')).toEqual(
      announcedRetries === undefined ? [] : [told],
    );
  });
});
