import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Agent, request } from 'undici';
import {
  asMiddleware,
  pipeline,
  reportOf,
  resilientFetch,
  retry,
  type ResilienceEvent,
  type ResilientFetchOptions,
} from '../../src/index.ts';
import { resilientFetch as liteResilientFetch } from '../../src/lite.ts';
import { faultyServer, ondemandFault, type FaultyServer } from '../../src/testing.ts';
import { resilient } from '../../src/undici.ts';

let server: FaultyServer;
beforeEach(async () => {
  server = await faultyServer();
});
afterEach(() => server.close());

const PATH = '/chat/v1/sessions/65f0c2d1a4b3c2d1e0f9a8b7/messages';
const RETRY = { baseDelayMs: 1 };
const OFF = {
  retry: false,
  rateLimit: false,
  circuitBreaker: false,
  attemptTimeoutMs: false,
  totalTimeoutMs: false,
} as const satisfies ResilientFetchOptions;

/** A listener and what it heard of ends of attempts. */
function listening() {
  const told: ResilienceEvent[] = [];
  const ends = () => told.filter((event) => event.type === 'attempt-ended');
  const categories = () => ends().map(({ classification }) => classification.category);
  return { told, ends, categories, onEvent: (event: ResilienceEvent) => void told.push(event) };
}

describe('a wrapped fetch tells of every attempt that it sends', () => {
  test('a failure and the success after it, with call, method, route and times', async () => {
    server.play([ondemandFault('resource_unavailable')]);
    const { told, ends, onEvent } = listening();
    const fetch = resilientFetch(globalThis.fetch, { onEvent, retry: RETRY });
    const response = await fetch(`${server.url}${PATH}?query=hello`);
    await response.text();
    const { callId } = reportOf(response) ?? {};
    const common = {
      by: 'pipeline',
      callId,
      key: server.url,
      method: 'GET',
      route: 'GET /chat/v1/sessions/:id/messages',
      durationMs: expect.any(Number),
      queuedMs: 0,
    };
    expect(callId).toEqual(expect.any(String));
    expect(ends()).toEqual([
      expect.objectContaining({
        ...common,
        attempt: 1,
        waitedMs: 0,
        classification: expect.objectContaining({ status: 503, errorCode: 'resource_unavailable' }),
      }),
      expect.objectContaining({
        ...common,
        attempt: 2,
        classification: expect.objectContaining({ category: 'success' }),
      }),
    ]);
    expect(told.map(({ type }) => type)).toEqual([
      'attempt-ended',
      'retry-scheduled',
      'attempt-ended',
    ]);
    expect(ends().map(({ durationMs }) => durationMs)).toEqual(
      reportOf(response)?.attempts.map(({ durationMs }) => durationMs),
    );
  });

  test('without a retry, and with every layer left out', async () => {
    for (const options of [{ retry: false }, OFF] as const) {
      const { ends, categories, onEvent } = listening();
      const fetch = resilientFetch(globalThis.fetch, { ...options, onEvent });
      server.play([ondemandFault('resource_unavailable')]);
      await (await fetch(`${server.url}/plugin/v1/list`)).text();
      await (await fetch(`${server.url}/plugin/v1/list`, { method: 'head' })).text();
      expect(categories()).toEqual(['retryable', 'success']);
      expect(ends().map(({ method }) => method)).toEqual(['GET', 'HEAD']);
      expect(new Set(ends().map(({ callId }) => callId)).size).toBe(2);
    }
  });

  test('whatever a call says for itself, or a key is given', async () => {
    const { categories, onEvent } = listening();
    const fetch = resilientFetch(globalThis.fetch, {
      onEvent,
      retry: RETRY,
      forKey: { [server.url]: { totalTimeoutMs: 10_000 } },
    });
    server.play([ondemandFault('bad_gateway'), ondemandFault('bad_gateway')]);
    await (await fetch(`${server.url}/plugin/v1/list`, { holdfast: { maxRetries: 1 } })).text();
    expect(categories()).toEqual(['retryable', 'retryable']);
  });

  test('by holdfast/lite too, which names no route', async () => {
    const { ends, onEvent } = listening();
    const fetch = liteResilientFetch(globalThis.fetch, { onEvent, retry: RETRY });
    server.play([ondemandFault('bad_gateway')]);
    await (await fetch(`${server.url}${PATH}`)).text();
    expect(ends()).toMatchObject([
      { attempt: 1, method: 'GET', route: undefined, classification: { status: 502 } },
      { attempt: 2, method: 'GET', route: undefined, classification: { category: 'success' } },
    ]);
  });

  test('by a policy of one’s own as a middleware', async () => {
    const { categories, onEvent } = listening();
    const fetch = asMiddleware(pipeline(retry(RETRY)), { onEvent })(globalThis.fetch);
    server.play([ondemandFault('bad_gateway')]);
    await (await fetch(`${server.url}/plugin/v1/list`)).text();
    expect(categories()).toEqual(['retryable', 'success']);
  });

  test('by an undici dispatcher', async () => {
    const { categories, onEvent } = listening();
    const agent = new Agent();
    const dispatcher = agent.compose(resilient({ onEvent, retry: RETRY }));
    server.play([ondemandFault('bad_gateway')]);
    await (await request(`${server.url}/plugin/v1/list`, { dispatcher })).body.text();
    expect(categories()).toEqual(['retryable', 'success']);
    await agent.close();
  });

  test('an attempt that the caller aborted as well, and one that timed out', async () => {
    const { told, onEvent } = listening();
    const fetch = resilientFetch(globalThis.fetch, { onEvent, retry: false, attemptTimeoutMs: 40 });
    server.play([{ kind: 'never-answers' }, { kind: 'never-answers' }]);
    await expect(
      fetch(`${server.url}/plugin/v1/list`, { signal: AbortSignal.timeout(10) }),
    ).rejects.toMatchObject({ name: 'TimeoutError' });
    await expect(fetch(`${server.url}/plugin/v1/list`)).rejects.toMatchObject({ kind: 'timeout' });
    expect(told).toMatchObject([
      { type: 'attempt-ended', classification: { category: 'fatal', decidedBy: 'caller' } },
      { type: 'timed-out' },
      { type: 'attempt-ended', classification: { category: 'retryable', decidedBy: 'network' } },
    ]);
  });

  test('one attempt-ended for each, where a wrapped fetch wraps another', async () => {
    const { ends, onEvent } = listening();
    const inner = resilientFetch(globalThis.fetch, { onEvent, retry: RETRY });
    const outer = resilientFetch(inner, { onEvent, retry: RETRY });
    await (await outer(`${server.url}/plugin/v1/list`)).text();
    // Each of the two makes a call of its own.
    expect(ends()).toHaveLength(2);
    expect(new Set(ends().map(({ callId }) => callId)).size).toBe(2);
  });
});
