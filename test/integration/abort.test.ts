import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  reportOf,
  resilientFetch,
  tokenBucket,
  type ResilientFetchOptions,
} from '../../src/index.ts';
import { faultyServer, ondemandFault, type Fault, type FaultyServer } from '../../src/testing.ts';
import { eventually, pause, plainServer, type Answer } from './plain-server.ts';

let server: FaultyServer;
beforeEach(async () => {
  server = await faultyServer();
});
afterEach(() => server.close());

const PLUGINS = '/plugin/v1/list';

/** Aborts a call, and says how it ended within one turn of the event loop. */
async function abortNow(call: Promise<unknown>, controller: AbortController, reason: unknown) {
  const outcome: { error?: unknown; state: 'resolved' | 'rejected' | 'pending' } = {
    state: 'pending',
  };
  call.then(
    () => (outcome.state = 'resolved'),
    (error: unknown) => Object.assign(outcome, { state: 'rejected', error }),
  );
  controller.abort(reason);
  await new Promise(setImmediate);
  return { ...outcome };
}

const timers = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

interface State {
  readonly fault?: Fault;
  readonly options?: ResilientFetchOptions;
  /** When the call has come to the state in question. */
  readonly reached: () => boolean;
}

const STATES: Record<string, () => State> = {
  'an attempt that waits for headers': () => ({
    fault: { kind: 'never-answers' },
    reached: () => server.counts.inFlight === 1,
  }),
  'an attempt without any timeout': () => ({
    fault: { kind: 'never-answers' },
    options: { attemptTimeoutMs: false, totalTimeoutMs: false },
    reached: () => server.counts.inFlight === 1,
  }),
  'the backoff': () => ({
    fault: ondemandFault('bad_gateway'),
    options: { retry: { jitter: 'none', baseDelayMs: 20_000 } },
    reached: () => server.requests[0]?.status === 502,
  }),
  'a wait that the server asked for': () => ({
    fault: ondemandFault('resource_unavailable', { retryAfter: { form: 'seconds', ms: 30_000 } }),
    reached: () => server.requests[0]?.status === 503,
  }),
};

describe('an abort', () => {
  test.each(Object.keys(STATES))(
    'settles the call with its reason within one turn of the event loop, from %s',
    async (name) => {
      const { fault, options, reached } = STATES[name]!();
      if (fault) server.play(fault);
      const timersBefore = timers();
      const controller = new AbortController();
      const reason = new Error('enough');
      const { signal } = controller;
      const call = resilientFetch(undefined, options)(server.url + PLUGINS, { signal });
      expect(await eventually(reached)).toBe(true);
      await pause(20);
      const sent = server.counts.requests;
      const outcome = await abortNow(call, controller, reason);
      expect(outcome.state).toBe('rejected');
      expect(outcome.error).toBe(reason);
      expect(await eventually(() => server.counts.inFlight === 0)).toBe(true);
      await pause(100);
      expect(server.counts.requests).toBe(sent);
      expect(getEventListeners(signal, 'abort')).toHaveLength(0);
      // Fetch and the server have timers of their own, which end soon; one of ours would last.
      expect(await eventually(() => timers() <= timersBefore)).toBe(true);
    },
  );

  test('that comes before the call sends nothing at all', async () => {
    const signal = AbortSignal.abort('never mind');
    const call = resilientFetch()(server.url + PLUGINS, { signal });
    await expect(call).rejects.toBe('never mind');
    expect(server.counts.requests).toBe(0);
  });

  test('without a reason gives the platform’s AbortError, as fetch does', async () => {
    server.play({ kind: 'never-answers' });
    const controller = new AbortController();
    const call = resilientFetch()(server.url + PLUGINS, { signal: controller.signal });
    await eventually(() => server.counts.inFlight === 1);
    const outcome = await abortNow(call, controller, undefined);
    expect(outcome.error).toMatchObject({ name: 'AbortError', code: 20 });
  });

  test('by the signal of a Request settles the call too', async () => {
    server.play({ kind: 'never-answers' });
    const controller = new AbortController();
    const request = new Request(server.url + PLUGINS, { signal: controller.signal });
    const call = resilientFetch()(request);
    await eventually(() => server.counts.inFlight === 1);
    expect(await abortNow(call, controller, 'enough')).toEqual({
      state: 'rejected',
      error: 'enough',
    });
    expect(await eventually(() => server.counts.inFlight === 0)).toBe(true);
  });

  test('takes a call out of the queue for a token, and the token goes to the next in line', async () => {
    const rateLimit = tokenBucket({ ratePerSecond: 2, burst: 1 });
    const fetch = resilientFetch(undefined, { rateLimit });
    const url = server.url + PLUGINS;
    await (await fetch(url)).text();
    const controller = new AbortController();
    const aborted = fetch(url, { signal: controller.signal });
    const startedAt = performance.now();
    const next = fetch(url);
    await pause(5);
    expect(await abortNow(aborted, controller, 'enough')).toEqual({
      state: 'rejected',
      error: 'enough',
    });
    await (await next).text();
    // The token that comes after half a second, not the one after a second.
    expect(performance.now() - startedAt).toBeLessThan(950);
    expect(server.counts.requests).toBe(2);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  const BODIES: Record<string, Answer> = {
    'while the error’s body is read': (_request, response) => {
      response.writeHead(500, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"message":');
    },
    'while the discarded body is drained': (_request, response) => {
      response.writeHead(500, { 'content-length': '300000' });
      // More than is read of an error, and then nothing.
      response.write('.'.repeat(100_000));
    },
  };
  test.each(Object.keys(BODIES))('%s settles the call and frees its socket', async (name) => {
    const stalling = await plainServer(BODIES[name]!);
    try {
      const timersBefore = timers();
      const controller = new AbortController();
      const { signal } = controller;
      const call = resilientFetch()(stalling.url, { signal });
      expect(await eventually(() => stalling.counts.requests === 1)).toBe(true);
      await pause(100);
      expect(await abortNow(call, controller, 'enough')).toEqual({
        state: 'rejected',
        error: 'enough',
      });
      expect(await eventually(() => stalling.counts.inFlight === 0)).toBe(true);
      await pause(50);
      expect([stalling.counts.requests, getEventListeners(signal, 'abort').length]).toEqual([1, 0]);
      expect(await eventually(() => timers() <= timersBefore, 500)).toBe(true);
    } finally {
      await stalling.close();
    }
  });

  test('breaks off the body of the last response, as it does for fetch', async () => {
    server.play({ kind: 'slow-body', pieces: 50, everyMs: 20 });
    const controller = new AbortController();
    const reason = new Error('enough');
    const fetch = resilientFetch(undefined, { attemptTimeoutMs: 5000, totalTimeoutMs: 5000 });
    const response = await fetch(server.url + PLUGINS, { signal: controller.signal });
    const reading = response.text();
    await pause(40);
    expect(await abortNow(reading, controller, reason)).toEqual({
      state: 'rejected',
      error: reason,
    });
    expect(await eventually(() => server.counts.inFlight === 0)).toBe(true);
  });

  test('settles the call within one turn of the event loop, although the fetch ignores its signal', async () => {
    const controller = new AbortController();
    const deaf = resilientFetch(() => new Promise<Response>(() => {}));
    const call = deaf(server.url, { signal: controller.signal });
    expect(await abortNow(call, controller, 'enough')).toEqual({
      state: 'rejected',
      error: 'enough',
    });
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  test('drains a response that comes too late', async () => {
    server.play({
      kind: 'slow-headers',
      delayMs: 50,
      next: ondemandFault('bad_gateway', { paddedToBytes: 200_000 }),
    });
    const controller = new AbortController();
    const late: Response[] = [];
    const deaf = resilientFetch(
      async (input) => {
        const response = await fetch(input);
        late.push(response);
        return response;
      },
      { attemptTimeoutMs: false },
    );
    const call = deaf(server.url + PLUGINS, { signal: controller.signal });
    await eventually(() => server.counts.inFlight === 1);
    expect(await abortNow(call, controller, 'enough')).toEqual({
      state: 'rejected',
      error: 'enough',
    });
    expect(await eventually(() => late[0]?.bodyUsed === true)).toBe(true);
    expect(server.counts.requests).toBe(1);
  });

  test('after the end changes nothing', async () => {
    const controller = new AbortController();
    const response = await resilientFetch()(server.url + PLUGINS, { signal: controller.signal });
    const text = await response.text();
    controller.abort();
    expect([response.status, text.length > 0]).toEqual([200, true]);
    expect(reportOf(response)!.attempts).toHaveLength(1);
  });
});

describe('an observer is told', () => {
  test('that the attempt ended, and nothing else, of a call that its caller gave up', async () => {
    server.play({ kind: 'never-answers' });
    const events: string[] = [];
    const controller = new AbortController();
    const fetch = resilientFetch(undefined, { onEvent: ({ type }) => void events.push(type) });
    const call = fetch(server.url + PLUGINS, { signal: controller.signal });
    await eventually(() => server.counts.inFlight === 1);
    await abortNow(call, controller, 'enough');
    await pause(20);
    expect(events).toEqual(['attempt-ended']);
  });
});
