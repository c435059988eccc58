import { describe, expect, test } from '@jest/globals';
import { resilientFetch, type ResilientFetchOptions } from '../../src/index.ts';
import { scriptedFetch, virtualClock } from '../../src/testing.ts';

const API = 'https://api.example.com/things';
const ONE_AT_A_TIME = { rateLimit: { ratePerSecond: 1, burst: 1 } };

/** Three calls of which the second and third wait in line; each reuses what the one before was given. */
async function threeCalls(
  options: ResilientFetchOptions,
  arguments_: (name: string) => readonly [string | URL | Request, RequestInit?],
) {
  const clock = virtualClock();
  const upstream = scriptedFetch([200, 200, 200], { clock });
  const fetch = resilientFetch(upstream, { clock, ...ONE_AT_A_TIME, ...options });
  const calls = ['alice', 'bob', 'carol'].map((name) => fetch(...arguments_(name)));
  await clock.run(Promise.all(calls));
  return upstream.calls;
}

describe.each<[string, ResilientFetchOptions]>([
  ['with retries', {}],
  ['without retries', { retry: false }],
  ['without any retry left', { retry: { maxRetries: 0 } }],
])('a call that waits in line sends what was given when it began, %s', (_how, options) => {
  test('headers, bytes, address and fields that are used again for the next call', async () => {
    const headers = new Headers();
    const body = new Uint8Array(5);
    const url = new URL(API);
    const init: RequestInit = { headers, body };
    const calls = await threeCalls(options, (name) => {
      headers.set('authorization', name);
      body.fill(0);
      body.set(new TextEncoder().encode(name));
      url.pathname = `/${name}`;
      init.method = name === 'bob' ? 'PUT' : 'POST';
      return [url, init];
    });
    expect(
      calls.map((call) => [
        new URL(call.url).pathname,
        call.method,
        call.headers.get('authorization'),
        call.bodyText!.replace(/\0/g, ''),
      ]),
    ).toEqual([
      ['/alice', 'POST', 'alice', 'alice'],
      ['/bob', 'PUT', 'bob', 'bob'],
      ['/carol', 'POST', 'carol', 'carol'],
    ]);
  });

  test.each<[string, RequestInit]>([
    ['a Request', {}],
    ['a Request with a body', { method: 'PUT', body: 'x' }],
  ])('the headers of %s that are changed meanwhile', async (_what, init) => {
    const calls = await threeCalls(options, (name) => {
      const request = new Request(API, { ...init, headers: { authorization: name } });
      queueMicrotask(() => request.headers.set('authorization', 'mallory'));
      return [request];
    });
    expect(calls.map((call) => call.headers.get('authorization'))).toEqual([
      'alice',
      'bob',
      'carol',
    ]);
    expect(calls.map((call) => call.bodyText)).toEqual(Array(3).fill(init.body));
  });

  test('the headers beside a stream, which is sent once and not copied', async () => {
    const headers = new Headers();
    const calls = await threeCalls(options, (name) => {
      headers.set('authorization', name);
      return [API, { method: 'POST', headers, body: new Blob([name]).stream(), duplex: 'half' }];
    });
    expect(calls.map((call) => [call.headers.get('authorization'), call.bodyText])).toEqual([
      ['alice', 'alice'],
      ['bob', 'bob'],
      ['carol', 'carol'],
    ]);
  });
});

test('a repetition sends the headers that a Request had when the call began', async () => {
  const clock = virtualClock();
  const upstream = scriptedFetch([{ status: 503, delayMs: 10 }, 200], { clock });
  const request = new Request(API, { headers: { authorization: 'alice' } });
  const call = resilientFetch(upstream, { clock })(request);
  request.headers.set('authorization', 'mallory');
  await clock.run(call);
  expect(upstream.calls.map(({ headers }) => headers.get('authorization'))).toEqual([
    'alice',
    'alice',
  ]);
});

test('a call that need not wait hands over the very arguments, with retries or without', async () => {
  const given: unknown[][] = [];
  const bare = async (...request: unknown[]) => {
    given.push(request);
    return new Response();
  };
  const init = { method: 'POST', body: new Uint8Array(3), headers: new Headers() };
  await resilientFetch(bare, { retry: false, attemptTimeoutMs: false, totalTimeoutMs: false })(
    API,
    init,
  );
  expect(given[0]![1]).toBe(init);
});

test('calls that wait in line with one Headers between them send each its own, without retries', async () => {
  const headers = new Headers();
  const calls = await threeCalls({ retry: false }, (name) => {
    headers.set('authorization', name);
    return [API, { method: 'POST', headers }];
  });
  expect(calls.map((call) => call.headers.get('authorization'))).toEqual(['alice', 'bob', 'carol']);
});
