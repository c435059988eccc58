import { describe, expect, test } from '@jest/globals';
import { anthropic, openai } from '../../../src/catalogs.ts';
import {
  controlOf,
  eventStreams,
  reportOf,
  resilientFetch,
  TimeoutError,
  type ResilienceEvent,
} from '../../../src/index.ts';
import { resilientFetch as liteFetch } from '../../../src/lite.ts';
import { virtualClock } from '../../../src/testing.ts';
import { HANGS, sent, streamingFetch, type Step } from './streaming-fetch.ts';
import { readToEnd } from './read-to-end.ts';

const API = 'https://api.example.com/v1/messages';
const KEY = 'https://api.example.com';
const POST = { method: 'POST', body: '{"stream":true}' };
const delta = sent({ type: 'content_block_delta', delta: { text: 'a' } });

describe('a stream that falls silent after its preamble', () => {
  const start = sent({ type: 'message_start', message: {} }, 'message_start');

  test('ends streamIdleTimeoutMs after its last chunk, though it was held for half of that', async () => {
    const clock = virtualClock();
    const upstream = streamingFetch(clock, [[{ waitMs: 1000 }, start, HANGS]]);
    const fetch = resilientFetch(upstream, { clock, catalog: anthropic });
    const response = await clock.run(fetch(API, POST));
    expect(clock.now()).toBe(30_000);
    const { text, error } = await clock.run(readToEnd(response));
    expect(text).toBe(start);
    expect(error).toMatchObject({ kind: 'timeout', timeoutMs: 60_000 });
    expect(clock.now()).toBe(61_000);
    expect(clock.pendingTimers).toBe(0);
  });

  test('is not cut off where a chunk came before its slow reader asked', async () => {
    const clock = virtualClock();
    const upstream = streamingFetch(clock, [[start, { waitMs: 50_000 }, delta]]);
    const fetch = resilientFetch(upstream, { clock, catalog: anthropic });
    const response = await clock.run(fetch(API, POST));
    await clock.advance(300_000);
    expect(await clock.run(readToEnd(response))).toEqual({ text: start + delta });
  });

  test('is a failed attempt where streamIdleTimeoutMs is over before it is handed on', async () => {
    const clock = virtualClock();
    const upstream = streamingFetch(clock, [[start, { waitMs: 900 }, start, HANGS], [delta]]);
    const retried = resilientFetch(upstream, {
      clock,
      streams: eventStreams({ preamble: ['message_start'], streamIdleTimeoutMs: 1000 }),
      retry: { unsafeMethods: 'retry' },
    });
    const response = await clock.run(retried(API, POST));
    expect(await response.text()).toBe(delta);
    const [first] = reportOf(response)!.attempts;
    expect(first).toMatchObject({ durationMs: 1900, classification: { category: 'retryable' } });
    expect(upstream.cancelled).toMatchObject([{ kind: 'timeout', timeoutMs: 1000 }]);
  });
});

describe('a stream that falls silent', () => {
  const silent: Step[] = [delta, { waitMs: 30_000 }, delta, delta, HANGS];

  test('ends in a TimeoutError after streamIdleTimeoutMs, and gives its connection up', async () => {
    const clock = virtualClock();
    const told: ResilienceEvent[] = [];
    const upstream = streamingFetch(clock, [silent]);
    const onEvent = (event: ResilienceEvent) => void told.push(event);
    const fetch = resilientFetch(upstream, { clock, catalog: anthropic, onEvent });
    const response = await clock.run(fetch(API, POST));
    const { text, error } = await clock.run(readToEnd(response));
    expect(text).toBe(delta.repeat(3));
    expect(clock.now()).toBe(90_000);
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({
      name: 'TimeoutError',
      kind: 'timeout',
      timeoutMs: 60_000,
      key: KEY,
    });
    expect((error as Error).message).toMatch(/streamIdleTimeoutMs.* within 60000 ms/);
    expect(upstream.cancelled).toEqual([error]);
    expect(upstream.calls).toBe(1);
    expect(clock.pendingTimers).toBe(0);
    const streamFailure = { category: 'retryable', decidedBy: 'network' };
    expect(reportOf(response)?.attempts).toMatchObject([{ streamFailure }]);
    expect(told.at(-1)).toMatchObject({
      type: 'stream-failed',
      because: 'idle',
      attempt: 1,
      durationMs: 90_000,
      key: KEY,
      method: 'POST',
      route: 'POST /v1/messages',
      callId: reportOf(response)?.callId,
      classification: streamFailure,
    });
  });

  test('is told from a reader that is slow: five minutes of backpressure cut nothing off', async () => {
    const clock = virtualClock();
    const upstream = streamingFetch(clock, [[delta, delta, { waitMs: 59_000 }, delta]]);
    const fetch = resilientFetch(upstream, { clock, catalog: anthropic });
    const reader = (await clock.run(fetch(API, POST))).body?.getReader();
    for (let chunk = 0; chunk < 3; chunk += 1) {
      await clock.advance(300_000);
      expect(clock.pendingTimers).toBe(0);
      expect((await clock.run(reader?.read() ?? Promise.reject(new Error())))?.done).toBe(false);
    }
    expect((await clock.run(reader?.read() ?? Promise.reject(new Error())))?.done).toBe(true);
  });

  test('by call, by option, or not at all', async () => {
    const idleAfter = async (
      options: Parameters<typeof resilientFetch>[1],
      holdfast = {},
      make: typeof resilientFetch = resilientFetch,
    ) => {
      const clock = virtualClock();
      const steps: Step[] = [delta, { waitMs: 200_000 }, delta];
      const fetch = make(streamingFetch(clock, [steps]), { clock, ...options });
      const { error } = await clock.run(
        readToEnd(await clock.run(fetch(API, { ...POST, holdfast }))),
      );
      return error === undefined ? undefined : clock.now();
    };
    expect(await idleAfter({ catalog: openai })).toBe(60_000);
    expect(await idleAfter({ catalog: openai }, {}, liteFetch)).toBe(60_000);
    expect(await idleAfter({ catalog: openai }, { streamIdleTimeoutMs: 5000 })).toBe(5000);
    expect(await idleAfter({ catalog: openai }, { streamIdleTimeoutMs: false })).toBeUndefined();
    expect(await idleAfter({ catalog: openai }, { streams: false })).toBeUndefined();
    expect(await idleAfter({ streams: eventStreams() })).toBeUndefined();
    const streams = eventStreams({ streamIdleTimeoutMs: 7000 });
    expect(await idleAfter({ streams, catalog: openai })).toBe(7000);
    expect(await idleAfter({}, { streams })).toBe(7000);
    expect(await idleAfter({})).toBeUndefined();
  });

  test('before its first byte fails the attempt after firstByteTimeoutMs, apart from the headers’ time', async () => {
    const clock = virtualClock();
    const upstream = streamingFetch(clock, [[HANGS], [{ waitMs: 3000 }, delta]]);
    const streams = eventStreams({ firstByteTimeoutMs: 4000 });
    const fetch = resilientFetch(upstream, {
      clock,
      streams,
      retry: { jitter: 'none', baseDelayMs: 100 },
    });
    const response = await clock.run(fetch(API));
    expect(await response.text()).toBe(delta);
    expect(clock.now()).toBe(7100);
    expect(upstream.cancelled).toMatchObject([{ kind: 'timeout', timeoutMs: 4000 }]);
    expect(reportOf(response)?.attempts[0]?.classification?.category).toBe('retryable');
    const again = streamingFetch(clock, [[HANGS]]);
    const dead = resilientFetch(again, { clock, streams, retry: false })(API, POST);
    const error = await clock.run(dead.catch((thrown: unknown) => thrown));
    expect(error).toMatchObject({ kind: 'timeout', timeoutMs: 4000 });
    expect((error as Error).message).toContain('firstByteTimeoutMs');
  });

  test('before its first byte ends its body where the answer was handed over already', async () => {
    const clock = virtualClock();
    const upstream = streamingFetch(clock, [[HANGS]]);
    const streams = eventStreams({ hold: false, firstByteTimeoutMs: 4000 });
    const response = await clock.run(resilientFetch(upstream, { clock, streams })(API));
    expect(clock.now()).toBe(0);
    const { error } = await clock.run(readToEnd(response));
    expect(error).toMatchObject({ kind: 'timeout', timeoutMs: 4000 });
    expect(clock.now()).toBe(4000);
  });
});

describe('a stream that breaks off', () => {
  test('gives its reader the original error, and is told', async () => {
    const clock = virtualClock();
    const lost = Object.assign(new TypeError('terminated'), {
      cause: Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' }),
    });
    const upstream = streamingFetch(clock, [[delta, { error: lost }]]);
    const fetch = resilientFetch(upstream, { clock, catalog: anthropic });
    const response = await clock.run(fetch(API, POST));
    expect(await readToEnd(response)).toEqual({ text: delta, error: lost });
    expect(reportOf(response)?.attempts).toMatchObject([
      { classification: { stream: 'begun' }, streamFailure: { category: 'retryable' } },
    ]);
  });

  test('before its first event is a failed attempt', async () => {
    const clock = virtualClock();
    const lost = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    const upstream = streamingFetch(clock, [[': ping\n\n', { error: lost }], [delta]]);
    const fetch = resilientFetch(upstream, { clock, catalog: anthropic });
    expect(await (await clock.run(fetch(API))).text()).toBe(delta);
    expect(upstream.calls).toBe(2);
    const again = streamingFetch(clock, [[{ error: lost }]]);
    const unsafe = resilientFetch(again, { clock, catalog: anthropic })(API, POST);
    await expect(clock.run(unsafe)).rejects.toBe(lost);
    expect(again.calls).toBe(1);
  });

  test('with an error event after its output passes it on, and is told; nothing is repeated', async () => {
    const clock = virtualClock();
    const told: ResilienceEvent[] = [];
    const error = sent(
      { type: 'error', error: { type: 'overloaded_error', message: 'x' } },
      'error',
    );
    const upstream = streamingFetch(clock, [[delta, delta + error.slice(0, 9), error.slice(9)]]);
    const onEvent = (event: ResilienceEvent) => void told.push(event);
    const fetch = resilientFetch(upstream, { clock, catalog: anthropic, onEvent });
    const response = await clock.run(fetch(API, POST));
    expect(await response.text()).toBe(`${delta}${delta}${error}`);
    expect(upstream.calls).toBe(1);
    const classification = {
      category: 'throttle',
      errorCode: 'overloaded_error',
      stream: 'later-event',
    };
    expect(told.at(-1)).toMatchObject({
      type: 'stream-failed',
      because: 'error-event',
      classification,
    });
    expect(reportOf(response)?.attempts).toMatchObject([{ streamFailure: classification }]);
  });

  test('with an error event at which its reader leaves is told too', async () => {
    const clock = virtualClock();
    const told: ResilienceEvent[] = [];
    const error = sent({ error: { type: 'server_error', message: 'The server had an error' } });
    const upstream = streamingFetch(clock, [[delta, error, HANGS]]);
    const onEvent = (event: ResilienceEvent) => void told.push(event);
    const fetch = resilientFetch(upstream, { clock, catalog: openai, onEvent });
    const reader = (await clock.run(fetch(API, POST))).body?.getReader();
    await reader?.read();
    await reader?.read();
    await reader?.cancel('enough');
    await clock.settle();
    expect(upstream.cancelled).toEqual(['enough']);
    expect(told.at(-1)).toMatchObject({ type: 'stream-failed', because: 'error-event' });
  });

  test('says so in words of a job that has failed only where it is an error', async () => {
    const clock = virtualClock();
    const told: ResilienceEvent[] = [];
    const last = sent({ type: 'result', status: 'failed', errors: 0, text: '"error": "none"' });
    const upstream = streamingFetch(clock, [[delta, last]]);
    const onEvent = (event: ResilienceEvent) => void told.push(event);
    const fetch = resilientFetch(upstream, { clock, catalog: openai, onEvent });
    await (await clock.run(fetch(API, POST))).text();
    await clock.settle();
    expect(told.map(({ type }) => type)).toEqual(['attempt-ended']);
  });
});

describe('the circuit', () => {
  const broken: Step[] = [delta, { error: Object.assign(new Error('x'), { code: 'ECONNRESET' }) }];

  test.each([
    ['adaptive', 8],
    ['classic', 5],
  ] as const)(
    'counts a stream when it is over: those that break off open it (%s)',
    async (mode, failures) => {
      const clock = virtualClock();
      const upstream = streamingFetch(clock, [broken]);
      const fetch = resilientFetch(upstream, { clock, catalog: openai, circuitBreaker: { mode } });
      for (let call = 0; call < failures; call += 1)
        await readToEnd(await clock.run(fetch(API, POST)));
      expect(controlOf(fetch).state(KEY).routes['POST /v1/messages']?.state).toBe('open');
    },
  );

  test('of lite counts them too', async () => {
    const clock = virtualClock();
    const upstream = streamingFetch(clock, [broken]);
    const fetch = liteFetch(upstream, { clock, catalog: openai });
    for (let call = 0; call < 5; call += 1) await readToEnd(await clock.run(fetch(API, POST)));
    await expect(clock.run(fetch(API, POST))).rejects.toMatchObject({ kind: 'circuit-open' });
  });

  test('stays closed for streams that end well, or whose reader has had enough', async () => {
    const clock = virtualClock();
    const upstream = streamingFetch(clock, [broken, broken, broken, [delta, delta]]);
    const fetch = resilientFetch(upstream, { clock, catalog: openai });
    for (let call = 0; call < 5; call += 1) await readToEnd(await clock.run(fetch(API, POST)));
    for (let call = 0; call < 20; call += 1) {
      await (await clock.run(fetch(API, POST))).body?.cancel();
    }
    expect(controlOf(fetch).state(KEY)).toMatchObject({ circuit: { state: 'closed' }, routes: {} });
  });

  test('that is half-open takes the beginning of a stream for an answer', async () => {
    const clock = virtualClock();
    const upstream = streamingFetch(clock, [
      ...Array.from({ length: 5 }, () => broken),
      [delta, HANGS],
    ]);
    const circuitBreaker = { mode: 'classic' as const, openMs: 1000, halfOpenProbes: 1 };
    const fetch = resilientFetch(upstream, { clock, catalog: openai, circuitBreaker });
    for (let call = 0; call < 5; call += 1) await readToEnd(await clock.run(fetch(API, POST)));
    await clock.advance(2000);
    await clock.run(fetch(API, POST));
    expect(controlOf(fetch).state(KEY).routes['POST /v1/messages']?.state ?? 'closed').toBe(
      'closed',
    );
  });
});

describe('an abort', () => {
  test('while the answer is held settles at once, and gives the body up', async () => {
    const clock = virtualClock();
    for (const heedsSignal of [true, false]) {
      const upstream = streamingFetch(clock, [[': ping\n\n', HANGS]], { heedsSignal });
      const fetch = resilientFetch(upstream, { clock, catalog: anthropic });
      const caller = new AbortController();
      const call = fetch(API, { ...POST, signal: caller.signal });
      await clock.settle();
      caller.abort(new Error('enough'));
      await expect(call).rejects.toThrow('enough');
      await clock.settle();
      expect(upstream.cancelled).toHaveLength(1);
      expect(clock.pendingTimers).toBe(0);
    }
  });

  test('while the body is read ends it at once', async () => {
    const clock = virtualClock();
    const upstream = streamingFetch(clock, [[delta, HANGS]]);
    const fetch = resilientFetch(upstream, { clock, catalog: anthropic });
    const caller = new AbortController();
    const response = await clock.run(fetch(API, { ...POST, signal: caller.signal }));
    const reading = readToEnd(response);
    await clock.settle();
    const reason = new Error('enough');
    caller.abort(reason);
    expect(await reading).toEqual({ text: delta, error: reason });
    expect(upstream.cancelled).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
    // Its caller's own doing is no failure.
    expect(reportOf(response)?.attempts[0]).not.toHaveProperty('streamFailure');
  });
});
