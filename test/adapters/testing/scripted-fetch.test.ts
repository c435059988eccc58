import { getEventListeners } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import {
  networkError,
  ondemandFault,
  repeat,
  scriptedFetch,
  virtualClock,
  type ScriptedStep,
} from '../../../src/testing.ts';

const URL_1 = 'https://api.example.com/media/v1/public/file?page=1';

describe('steps', () => {
  test('play in the order of the calls, each once', async () => {
    const ready = new Response('ready-made');
    const fetch = scriptedFetch([
      503,
      { status: 429, headers: { 'retry-after': '2' }, json: { errorCode: 'rate_limit_exceeded' } },
      ready,
      { body: 'text' },
    ]);
    expect(fetch.remaining).toBe(4);
    expect((await fetch(URL_1)).status).toBe(503);
    const throttled = await fetch(URL_1);
    expect(throttled.status).toBe(429);
    expect(throttled.url).toBe(URL_1);
    expect(throttled.headers.get('retry-after')).toBe('2');
    expect(throttled.headers.get('content-type')).toBe('application/json');
    expect(await throttled.json()).toEqual({ errorCode: 'rate_limit_exceeded' });
    expect(await fetch(URL_1)).toBe(ready);
    const text = await fetch(URL_1);
    expect([text.status, await text.text()]).toEqual([200, 'text']);
    expect(fetch.remaining).toBe(0);
  });

  test('may be errors of the OnDemand contract, dated by the clock', async () => {
    const clock = virtualClock({ epochMs: Date.UTC(1994, 10, 6, 8, 49, 30) });
    const retryAfter = { form: 'imf-fixdate', ms: 7_000 } as const;
    const fetch = scriptedFetch([ondemandFault('rate_limit_exceeded', { retryAfter })], { clock });
    const response = await fetch(URL_1);
    expect([response.status, response.url]).toEqual([429, URL_1]);
    expect(response.headers.get('retry-after')).toBe('Sun, 06 Nov 1994 08:49:37 GMT');
    expect(await response.json()).toHaveProperty('errorCode', 'rate_limit_exceeded');
  });

  test('reject with the very error of the script', async () => {
    const refused = networkError('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:9');
    const fetch = scriptedFetch([refused, { throws: 'not an error' }]);
    await expect(fetch(URL_1)).rejects.toBe(refused);
    expect(refused).toMatchObject({ message: 'fetch failed', cause: { code: 'ECONNREFUSED' } });
    await expect(fetch(URL_1)).rejects.toBe('not an error');
  });

  test('repeat as often as they are told to, with a fresh body each time', async () => {
    const fetch = scriptedFetch([repeat(503, 2), repeat(new Response('again'), 2), repeat(204)]);
    const seen: unknown[] = [];
    for (let call = 0; call < 6; call += 1) {
      const response = await fetch(URL_1);
      seen.push([response.status, await response.text()]);
    }
    expect(seen).toEqual([
      [503, ''],
      [503, ''],
      [200, 'again'],
      [200, 'again'],
      [204, ''],
      [204, ''],
    ]);
    expect(fetch.remaining).toBe(Infinity);
  });

  test('may be decided when the call comes', async () => {
    const fetch = scriptedFetch([
      repeat(async (call) => (call.number < 3 ? 503 : { body: call.bodyText! })),
    ]);
    const post = () => fetch(URL_1, { method: 'POST', body: 'echo' });
    expect([(await post()).status, (await post()).status]).toEqual([503, 503]);
    expect(await (await post()).text()).toBe('echo');
  });

  test('say clearly that the script has ended', async () => {
    const fetch = scriptedFetch([200]);
    await fetch(URL_1);
    await expect(fetch(URL_1)).rejects.toThrow(
      /script has ended: it answers 1 calls, and this is call 2 \(GET https:\/\/api/,
    );
  });

  test('that are none are refused at once, by their place', () => {
    expect(() => scriptedFetch([200, 99])).toThrow(/step 2 must be .* but it is 99/);
    expect(() => scriptedFetch([{ statsu: 503 } as ScriptedStep])).toThrow(/step 1\.statsu/);
    expect(() => scriptedFetch([{ kind: 'reset' } as unknown as ScriptedStep])).toThrow(/step 1/);
    expect(() => scriptedFetch([repeat('hang' as ScriptedStep)])).toThrow(/step 1/);
    expect(() => repeat(200, 0)).toThrow(/repeat\.times/);
  });
});

describe('calls', () => {
  test('are recorded as a server would see them', async () => {
    const clock = virtualClock();
    const fetch = scriptedFetch([repeat(200)], { clock });
    const { signal } = new AbortController();
    await fetch(URL_1, { method: 'POST', headers: { 'X-Key': '1' }, body: 'naïve', signal });
    await clock.advance(30);
    await fetch(new URL(URL_1));
    await fetch(new Request(URL_1, { method: 'PUT', body: new Uint8Array([1, 2, 3]) }));
    const [post, get, put] = fetch.calls;
    expect(post).toMatchObject({ number: 1, url: URL_1, method: 'POST', bodyText: 'naïve', at: 0 });
    expect(post?.headers.get('x-key')).toBe('1');
    expect(post?.headers.get('content-type')).toBe('text/plain;charset=UTF-8');
    expect(post?.signal).toBe(signal);
    expect(get).toMatchObject({ method: 'GET', body: undefined, bodyText: undefined, at: 30 });
    expect([...put!.body!]).toEqual([1, 2, 3]);
  });

  test('use a Request up, as fetch does', async () => {
    const fetch = scriptedFetch([repeat(200)]);
    const request = new Request(URL_1, { method: 'POST', body: 'once' });
    await fetch(request);
    expect(request.bodyUsed).toBe(true);
    await expect(fetch(request)).rejects.toMatchObject({ name: 'TypeError' });
    await expect(fetch('not a url')).rejects.toMatchObject({ name: 'TypeError' });
    expect(fetch.calls).toHaveLength(1);
  });
});

describe('time', () => {
  test('passes on the clock before the headers and between the pieces of the body', async () => {
    const clock = virtualClock();
    const fetch = scriptedFetch([{ delayMs: 100, chunks: ['one ', 'two'], chunkDelayMs: 40 }], {
      clock,
    });
    const response = await clock.run(fetch(URL_1));
    expect(clock.now()).toBe(100);
    expect(await clock.run(response.text())).toBe('one two');
    expect(clock.now()).toBe(180);
  });

  test('passes before an error too', async () => {
    const clock = virtualClock();
    const fetch = scriptedFetch([{ throws: networkError('ECONNRESET'), delayMs: 70 }], { clock });
    await expect(clock.run(fetch(URL_1))).rejects.toThrow('fetch failed');
    expect(clock.now()).toBe(70);
  });

  test('a body may break off', async () => {
    const broken = new TypeError('terminated');
    const fetch = scriptedFetch([{ chunks: ['half of '], bodyError: broken }]);
    const response = await fetch(URL_1);
    await expect(response.text()).rejects.toBe(broken);
  });
});

describe('the signal', () => {
  test('that is already aborted sends nothing', async () => {
    const fetch = scriptedFetch([200]);
    const reason = new Error('changed my mind');
    await expect(fetch(URL_1, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect([fetch.calls.length, fetch.remaining]).toEqual([0, 1]);
  });

  test.each<[string, ScriptedStep]>([
    ['a slow answer', { delayMs: 1_000 }],
    ['a slow error', { throws: new Error('late'), delayMs: 1_000 }],
    ['silence', 'hangs'],
    ['a function that never decides', () => new Promise<number>(() => undefined)],
  ])('ends %s with its reason and leaves no timer and no listener', async (_name, step) => {
    const clock = virtualClock();
    const fetch = scriptedFetch([step], { clock });
    const controller = new AbortController();
    const call = fetch(URL_1, { signal: controller.signal });
    const outcome = call.catch((error: unknown) => error);
    await clock.advance(500);
    controller.abort(new Error('stop'));
    expect(await outcome).toMatchObject({ message: 'stop' });
    expect(clock.pendingTimers).toBe(0);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  test('of a Request counts like one in init', async () => {
    const fetch = scriptedFetch(['hangs']);
    const controller = new AbortController();
    const call = fetch(new Request(URL_1, { signal: controller.signal }));
    controller.abort(new Error('stop'));
    await expect(call).rejects.toThrow('stop');
  });

  test('breaks a body off that is still on its way', async () => {
    const clock = virtualClock();
    const fetch = scriptedFetch([{ chunks: ['one', 'two'], chunkDelayMs: 100 }], { clock });
    const controller = new AbortController();
    const response = await fetch(URL_1, { signal: controller.signal });
    const text = response.text().catch((error: unknown) => error);
    await clock.advance(150);
    controller.abort(new Error('stop'));
    expect(await text).toMatchObject({ message: 'stop' });
    expect(clock.pendingTimers).toBe(0);
  });

  test('has no listener left once the body is through or given up', async () => {
    const fetch = scriptedFetch([repeat({ chunks: ['one', 'two'] })]);
    const { signal } = new AbortController();
    await (await fetch(URL_1, { signal })).text();
    await (await fetch(URL_1, { signal })).body!.cancel();
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});
