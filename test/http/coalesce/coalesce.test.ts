import { describe, expect, test } from '@jest/globals';
import {
  OptionError,
  asMiddleware,
  coalesce,
  compose,
  controlOf,
  reportOf,
  resilientFetch,
  retry,
  type CoalesceOptions,
  type Fetch,
  type ResilienceEvent,
} from '../../../src/index.ts';
import { repeat, scriptedFetch, virtualClock, type ScriptedStep } from '../../../src/testing.ts';

const API = 'https://api.example.com/things';
const slow = (step: object = {}) => ({ status: 200, body: 'the answer', delayMs: 10, ...step });

function coalesced(steps: readonly ScriptedStep[], options?: CoalesceOptions) {
  const clock = virtualClock();
  const upstream = scriptedFetch(steps, { clock });
  const fetch = coalesce({ clock, ...options })(upstream);
  return { clock, upstream, fetch };
}

const textsOf = (responses: readonly Response[]) =>
  Promise.all(responses.map((response) => response.text()));

describe('identical requests under way', () => {
  test('are one request, and a thousand callers have a response of their own', async () => {
    const headers = { 'content-type': 'text/plain', 'x-thing': 'one' };
    const { clock, upstream, fetch } = coalesced([slow({ status: 203, headers })]);
    const calls = Array.from({ length: 1000 }, () => fetch(API));
    const responses = await clock.run(Promise.all(calls));
    expect(upstream.calls).toHaveLength(1);
    expect(new Set(responses).size).toBe(1000);
    for (const { status, headers: got, url, redirected } of responses) {
      expect([status, got.get('x-thing'), url, redirected]).toEqual([203, 'one', API, false]);
    }
    expect(new Set(await textsOf(responses))).toEqual(new Set(['the answer']));
    expect(clock.pendingTimers).toBe(0);
  });

  test('may be read in any order, cloned, and changed without harm to the others', async () => {
    const { clock, fetch } = coalesced([slow({ chunks: ['ab', 'cd'], body: undefined })]);
    const [first, second, third] = await clock.run(
      Promise.all([fetch(API), fetch(API), fetch(API)]),
    );
    const reader = second!.body!.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) part.value.fill(0);
    const clone = third!.clone();
    expect(clone.url).toBe(API);
    expect(await textsOf([third!, first!, clone])).toEqual(['abcd', 'abcd', 'abcd']);
  });

  test('without a body have a response each as well', async () => {
    const { clock, upstream, fetch } = coalesced([{ status: 204, delayMs: 10 }]);
    const responses = await clock.run(Promise.all([fetch(API), fetch(API)]));
    expect(responses.map(({ status, url, body }) => [status, url, body])).toEqual([
      [204, API, null],
      [204, API, null],
    ]);
    expect(responses[0]).not.toBe(responses[1]);
    expect(upstream.calls).toHaveLength(1);
  });

  test('fail together, and the next one is a request of its own', async () => {
    const error = new TypeError('fetch failed');
    const { clock, upstream, fetch } = coalesced([{ throws: error, delayMs: 10 }, slow()]);
    const settled = await clock.run(Promise.allSettled([fetch(API), fetch(API)]));
    expect(settled).toEqual([
      { status: 'rejected', reason: error },
      { status: 'rejected', reason: error },
    ]);
    expect(await (await clock.run(fetch(API))).text()).toBe('the answer');
    expect(upstream.calls).toHaveLength(2);
  });

  test('are joined until the headers are there, and not later', async () => {
    const { clock, upstream, fetch } = coalesced([slow(), slow({ body: 'a newer one' })]);
    const first = await clock.run(fetch(API));
    const second = await clock.run(fetch(API));
    expect(await textsOf([first, second])).toEqual(['the answer', 'a newer one']);
    expect(upstream.calls).toHaveLength(2);
  });

  test('tell of it', async () => {
    const events: ResilienceEvent[] = [];
    const { clock, fetch } = coalesced([slow()], { onEvent: (event) => events.push(event) });
    await clock.run(Promise.all([fetch(API), fetch(API), fetch(API)]));
    expect(events).toEqual([
      { type: 'coalesced', by: 'coalesce', key: 'https://api.example.com', callers: 2 },
      { type: 'coalesced', by: 'coalesce', key: 'https://api.example.com', callers: 3 },
    ]);
  });

  test('are retried as one, and each response has the report', async () => {
    const clock = virtualClock();
    const upstream = scriptedFetch([503, slow()], { clock });
    const fetch = compose(coalesce({ clock }), asMiddleware(retry({ clock })))(upstream);
    const responses = await clock.run(Promise.all([fetch(API), fetch(API)]));
    expect(upstream.calls).toHaveLength(2);
    expect(responses.map((response) => reportOf(response)?.attempts.length)).toEqual([2, 2]);
  });

  test('whose body the runtime does not stream are asked for by each caller', async () => {
    let calls = 0;
    const foreign = (async () => {
      calls += 1;
      return { status: 200, ok: true, body: { pipe() {} }, bodyUsed: false };
    }) as unknown as Fetch;
    const fetch = coalesce()(foreign);
    const responses = await Promise.all([fetch(API), fetch(API), fetch(API)]);
    expect(new Set(responses).size).toBe(3);
    expect(calls).toBe(3);
  });
});

describe('an answer for its own caller alone', () => {
  test.each([
    ['sets a cookie', { 'set-cookie': 'session=1' }],
    ['depends on what no header shows', { vary: 'accept, *' }],
  ])('%s: the others ask for themselves', async (_name, headers) => {
    const { clock, upstream, fetch } = coalesced([repeat(slow({ headers }))]);
    const responses = await clock.run(Promise.all([fetch(API), fetch(API), fetch(API)]));
    expect(await textsOf(responses)).toEqual(Array(3).fill('the answer'));
    expect(upstream.calls).toHaveLength(3);
  });

  test('that cannot be read ends the calls, and none of them hangs', async () => {
    const strange = (async () => ({ body: null, clone: 1, headers: new Headers() })) as never;
    const fetch = coalesce()(strange);
    const settled = await Promise.allSettled([fetch(API), fetch(API)]);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});

describe('a request that nobody joins', () => {
  test('gets the server’s own response', async () => {
    const own = new Response('own');
    const fetch = coalesce()(async () => own);
    expect(await fetch(API)).toBe(own);
  });

  test('still has its body cut off by its caller’s abort', async () => {
    const { clock, fetch } = coalesced([slow({ chunks: ['a', 'b'], chunkDelayMs: 50 })]);
    const caller = new AbortController();
    const response = await clock.run(fetch(API, { signal: caller.signal }));
    const reading = Promise.allSettled([response.text()]);
    await clock.advance(60);
    caller.abort(new Error('enough'));
    expect(await reading).toEqual([{ status: 'rejected', reason: new Error('enough') }]);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('an abort', () => {
  test('takes one caller with it, and the others have their answer', async () => {
    const { clock, upstream, fetch } = coalesced([slow()]);
    const first = new AbortController();
    const calls = Promise.allSettled([
      fetch(API, { signal: first.signal }),
      fetch(API),
      fetch(API),
    ]);
    await clock.advance(5);
    first.abort('no longer');
    const [aborted, ...others] = await clock.run(calls);
    expect(aborted).toEqual({ status: 'rejected', reason: 'no longer' });
    expect(others.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    expect(upstream.calls[0]!.signal?.aborted).toBe(false);
  });

  test('of all callers aborts the request, and the next call makes another one', async () => {
    const { clock, upstream, fetch } = coalesced([slow(), slow()]);
    const controllers = [new AbortController(), new AbortController()];
    const calls = Promise.allSettled(controllers.map(({ signal }) => fetch(API, { signal })));
    await clock.advance(5);
    controllers[0]!.abort('one');
    expect(upstream.calls[0]!.signal?.aborted).toBe(false);
    controllers[1]!.abort('two');
    expect(upstream.calls[0]!.signal?.reason).toBe('two');
    expect((await calls).map((one) => one.status === 'rejected' && one.reason)).toEqual([
      'one',
      'two',
    ]);
    expect(await (await clock.run(fetch(API))).text()).toBe('the answer');
    expect(upstream.calls).toHaveLength(2);
  });

  test('ends the body of its own caller alone', async () => {
    const chunks = ['ab', 'cd', 'ef'];
    const { clock, fetch } = coalesced([slow({ chunks, chunkDelayMs: 50, body: undefined })]);
    const caller = new AbortController();
    const [first, second] = await clock.run(
      Promise.all([fetch(API, { signal: caller.signal }), fetch(API)]),
    );
    const reading = Promise.allSettled([first!.text(), second!.text()]);
    await clock.advance(60);
    caller.abort('enough');
    expect(await clock.run(reading)).toEqual([
      { status: 'rejected', reason: 'enough' },
      { status: 'fulfilled', value: 'abcdef' },
    ]);
  });

  test('before the call sends nothing', async () => {
    const { upstream, fetch } = coalesced([slow()]);
    await expect(fetch(API, { signal: AbortSignal.abort('early') })).rejects.toBe('early');
    expect(upstream.calls).toHaveLength(0);
  });
});

describe('not shared is', () => {
  test.each<[string, RequestInit | undefined, RequestInit | undefined]>([
    [
      'another credential',
      { headers: { authorization: 'a' } },
      { headers: { authorization: 'b' } },
    ],
    ['a credential and none', { headers: { 'x-api-key': 'a' } }, undefined],
    ['another cookie', { headers: { cookie: 'a' } }, { headers: { cookie: 'b' } }],
    ['any other header', { headers: { accept: 'text/css' } }, { headers: { accept: 'text/html' } }],
    ['another method', { method: 'HEAD' }, { method: 'GET' }],
    ['an unsafe method', { method: 'POST' }, { method: 'POST' }],
    ['an idempotent method that acts', { method: 'DELETE' }, { method: 'DELETE' }],
    ['a range', { headers: { range: 'bytes=0-1' } }, { headers: { range: 'bytes=0-1' } }],
    ['cache: no-store', { cache: 'no-store' }, { cache: 'no-store' }],
    ['cache: reload', { cache: 'reload' }, { cache: 'reload' }],
    [
      'a Cache-Control that asks for a fresh answer',
      { headers: { 'cache-control': 'no-cache' } },
      { headers: { 'cache-control': 'no-cache' } },
    ],
    ['other credentials of a browser', { credentials: 'omit' }, { credentials: 'include' }],
    ['another redirect mode', { redirect: 'manual' }, { redirect: 'follow' }],
    [
      'an init with something unknown',
      { dispatcher: {} } as RequestInit,
      { dispatcher: {} } as RequestInit,
    ],
    [
      'a call with options of its own',
      { holdfast: { maxRetries: 0 } } as RequestInit,
      { holdfast: { maxRetries: 0 } } as RequestInit,
    ],
  ])('%s', async (_name, one, other) => {
    let calls = 0;
    const fetch = coalesce()(async () => {
      calls += 1;
      return new Response();
    });
    await Promise.all([fetch(API, one), fetch(API, other)]);
    expect(calls).toBe(2);
  });

  test('another address, in the path, the query or the origin', async () => {
    const { clock, upstream, fetch } = coalesced([repeat(slow())]);
    const addresses = [API, `${API}/1`, `${API}?page=2`, 'http://api.example.com/things'];
    await clock.run(Promise.all(addresses.map((address) => fetch(address))));
    expect(upstream.calls).toHaveLength(4);
  });
});

describe('shared is', () => {
  test.each<[string, Parameters<Fetch>, Parameters<Fetch>]>([
    ['an address as a URL', [API], [new URL(API)]],
    ['an address and a Request', [API], [new Request(API)]],
    [
      'what is usual, said or not',
      [API],
      [API, { method: 'GET', mode: 'cors', redirect: 'follow' }],
    ],
    [
      'the same headers in another form',
      [API, { headers: { 'X-A': '1' } }],
      [API, { headers: [['x-a', '1']] }],
    ],
    [
      'a Request with the same headers',
      [new Request(API, { headers: { a: '1' } })],
      [new Request(API, { headers: { a: '1' } })],
    ],
    ['a HEAD', [API, { method: 'HEAD' }], [API, { method: 'head' }]],
    [
      'an iterator of headers',
      [API, { headers: new Map([['a', '1']]).entries() as never }],
      [API, { headers: { a: '1' } }],
    ],
  ])('%s', async (_name, one, other) => {
    const { clock, upstream, fetch } = coalesced([slow(), slow()]);
    await clock.run(Promise.all([fetch(...one), fetch(...other)]));
    expect(upstream.calls).toHaveLength(1);
  });

  test('what differs in an ignored header only', async () => {
    const { clock, upstream, fetch } = coalesced([slow()], { ignoredHeaders: ['TraceParent'] });
    const calls = ['1', '2'].map((traceparent) => fetch(API, { headers: { traceparent } }));
    await clock.run(Promise.all(calls));
    expect(upstream.calls).toHaveLength(1);
  });
});

describe('a body that is read at different paces', () => {
  const KIB = 1024;
  const chunks = Array.from({ length: 8 }, (_, index) => new Uint8Array(KIB).fill(index));
  const streamed = { status: 200, chunks, delayMs: 10 };
  const limits = { maxLagBytes: 2 * KIB, maxStallMs: 1000 };

  test('is not read further than the lag allows while one reader is behind', async () => {
    let read = 0;
    const source = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          read += 1;
          if (read <= 8) controller.enqueue(new Uint8Array(KIB));
          else controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const clock = virtualClock();
    const fetch = coalesce({ clock, ...limits })(async () => new Response(source));
    const [fast, slowOne] = await Promise.all([fetch(API), fetch(API)]);
    const reading = fast!.arrayBuffer();
    await clock.settle();
    expect(read).toBe(2);
    // The slow one takes a piece, and the fast one goes on by one.
    const reader = slowOne!.body!.getReader();
    expect((await reader.read()).value?.byteLength).toBe(KIB);
    await clock.settle();
    expect(read).toBe(3);
    while (!(await reader.read()).done) continue;
    expect((await reading).byteLength).toBe(8 * KIB);
    expect(clock.pendingTimers).toBe(0);
  });

  test('goes at the pace of a slow reader that goes on reading', async () => {
    const { clock, fetch } = coalesced([streamed], limits);
    const [fast, slowOne] = await clock.run(Promise.all([fetch(API), fetch(API)]));
    const reading = fast!.arrayBuffer();
    const reader = slowOne!.body!.getReader();
    const takeSlowly = async () => {
      let bytes = 0;
      for (;;) {
        await clock.advance(900);
        const { done, value } = await reader.read();
        if (done) return bytes;
        bytes += value.byteLength;
      }
    };
    expect(await takeSlowly()).toBe(8 * KIB);
    expect((await reading).byteLength).toBe(8 * KIB);
    expect(clock.pendingTimers).toBe(0);
  });

  test('lets go of one that does not read at all, and the others read on', async () => {
    const { clock, fetch } = coalesced([streamed], limits);
    const [fast, other, idle] = await clock.run(Promise.all([fetch(API), fetch(API), fetch(API)]));
    const reading = Promise.all([fast!.arrayBuffer(), other!.arrayBuffer()]);
    await clock.advance(999);
    expect(clock.pendingTimers).toBe(1);
    const whole = await clock.run(reading);
    expect(whole.map(({ byteLength }) => byteLength)).toEqual([8 * KIB, 8 * KIB]);
    expect(clock.now()).toBe(1010);
    await expect(idle!.text()).rejects.toThrow(
      /1000 ms \(maxStallMs\).*2048 bytes \(maxLagBytes\)/,
    );
    expect(clock.pendingTimers).toBe(0);
  });

  test('that ends in an error ends so for everybody', async () => {
    const bodyError = new TypeError('terminated');
    const { clock, fetch } = coalesced([{ chunks: ['ab'], bodyError, delayMs: 10 }]);
    const responses = await clock.run(Promise.all([fetch(API), fetch(API)]));
    expect(await Promise.allSettled(responses.map((response) => response.text()))).toEqual([
      { status: 'rejected', reason: bodyError },
      { status: 'rejected', reason: bodyError },
    ]);
  });

  test('is given up when all who share it have left', async () => {
    let cancelled: unknown;
    const source = new ReadableStream<Uint8Array>({
      cancel: (reason) => void (cancelled = reason),
    });
    const fetch = coalesce()(async () => new Response(source));
    const [first, second] = await Promise.all([fetch(API), fetch(API)]);
    await first!.body!.cancel('one');
    expect(cancelled).toBeUndefined();
    await second!.body!.cancel('two');
    expect(cancelled).toBe('two');
  });
});

describe('coalesce', () => {
  test('shows in controlOf how many callers share requests', async () => {
    const { clock, fetch } = coalesced([slow(), slow(), slow()]);
    const { origin } = new URL(API);
    const sharing = () => controlOf(fetch).state(origin).sharing;
    expect(sharing()).toEqual({ requests: 0, callers: 0 });
    const calls = [fetch(API), fetch(API), fetch(API), fetch(`${API}/1`)];
    expect(sharing()).toEqual({ requests: 1, callers: 3 });
    expect(controlOf(fetch).keys()).toEqual([origin]);
    await clock.run(Promise.all(calls));
    expect(sharing()).toEqual({ requests: 0, callers: 0 });
  });

  test('keeps the name, and the policies for controlOf', () => {
    const inner = resilientFetch(globalThis.fetch);
    const fetch = coalesce()(inner);
    expect(fetch.name).toBe('fetch');
    expect(controlOf(fetch).keys()).toEqual([]);
  });

  test('leaves local addresses and what fetch refuses alone', async () => {
    const given: unknown[][] = [];
    const fetch = coalesce()(async (...request) => {
      given.push(request);
      return new Response();
    });
    await fetch('data:,x');
    await fetch(API, 'GET' as never);
    expect(given).toEqual([['data:,x'], [API, 'GET']]);
  });

  test.each<[object, RegExp]>([
    [{ maxLagBytes: 0 }, /coalesce.maxLagBytes must be a whole number of at least 1/],
    [{ maxStallMs: 0 }, /coalesce.maxStallMs must be a finite number above 0/],
    [{ ignoredHeaders: 'a' }, /coalesce.ignoredHeaders must be a list of names of headers/],
    [{ keyed: true }, /coalesce.keyed must be left out/],
  ])('refuses %j', (options, message) => {
    expect(() => coalesce(options)).toThrow(OptionError);
    expect(() => coalesce(options)).toThrow(message);
  });

  test('refuses what is no fetch', () => {
    expect(() => coalesce()(1 as never)).toThrow('coalesce.next must be a function');
  });
});
