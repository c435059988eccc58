import { describe, expect, test } from '@jest/globals';
import { sleep } from '../../src/core/clock.ts';
import {
  OptionError,
  asMiddleware,
  circuitBreaker,
  fallback,
  orThrow,
  pipeline,
  reportOf,
  retry,
  timeout,
  type FallbackOptions,
  type ResilienceEvent,
} from '../../src/index.ts';
import { resultFetch } from '../../src/result.ts';
import { repeat, scriptedFetch, virtualClock, type ScriptedStep } from '../../src/testing.ts';
import { httpFailure, throttled, unavailable } from './http-failure.ts';

const API = 'https://api.example.com/things';

function answering(options: FallbackOptions) {
  const events: ResilienceEvent[] = [];
  // Every listener hears of each attempt too.
  const onEvent = (event: ResilienceEvent) => event.type !== 'attempt-ended' && events.push(event);
  const policy = fallback({ onEvent, ...options });
  const failing = (error: unknown) =>
    policy.execute(async () => {
      throw error;
    });
  return { events, policy, failing };
}

function fetching(steps: readonly ScriptedStep[], options: FallbackOptions) {
  const clock = virtualClock();
  const upstream = scriptedFetch(steps, { clock });
  const policy = pipeline(fallback(options), retry({ clock, maxRetries: 1 }));
  return { clock, upstream, fetch: asMiddleware(policy)(upstream) };
}

describe('a fallback answers', () => {
  test.each([
    ['a server that fails', unavailable()],
    ['a throttle', throttled(1)],
    ['a lost connection', Object.assign(new Error('reset'), { code: 'ECONNRESET' })],
  ])('for %s', async (_name, error) => {
    const { events, failing } = answering({ value: 'instead' });
    expect(await failing(error)).toBe('instead');
    expect(events).toMatchObject([
      { type: 'fallback-used', by: 'fallback', key: 'default', from: 'value' },
    ]);
  });

  test('for a refusal of ours', async () => {
    const breaker = circuitBreaker();
    breaker.forceOpen();
    const policy = pipeline(fallback({ value: 'instead' }), breaker);
    expect(await policy.execute(async () => 'own')).toBe('instead');
  });

  test('for a time-out of ours', async () => {
    const clock = virtualClock();
    const policy = pipeline(fallback({ value: 'instead' }), timeout({ timeoutMs: 10, clock }));
    expect(await clock.run(policy.execute(() => sleep(clock, 100)))).toBe('instead');
  });

  test('with what a function makes of the failure', async () => {
    const error = unavailable();
    const { failing, events } = answering({
      answer: async ({ classification, error: seen, value }, { key, attempt }) => [
        classification.status,
        seen === error,
        value,
        key,
        attempt,
      ],
    });
    expect(await failing(error)).toEqual([503, true, undefined, 'default', 1]);
    expect(events).toMatchObject([{ from: 'answer', classification: { status: 503 } }]);
  });

  test('after the last attempt, once, and the failed response is drained', async () => {
    let cancelled = 0;
    const body = () =>
      new ReadableStream({ pull: (to) => to.close(), cancel: () => void (cancelled += 1) });
    const failed = [new Response(body(), { status: 503 }), new Response(body(), { status: 503 })];
    const { clock, upstream, fetch } = fetching(failed, {
      answer: ({ value }) => new Response(`instead of ${(value as Response).status}`),
    });
    const response = await clock.run(fetch(API));
    expect(await response.text()).toBe('instead of 503');
    expect(upstream.calls).toHaveLength(2);
    expect(failed.map(({ bodyUsed }) => bodyUsed)).toEqual([true, true]);
    expect(cancelled).toBe(0);
  });

  test('each caller with a response of its own', async () => {
    const { clock, fetch } = fetching([repeat(503)], { value: Response.json({ rates: [] }) });
    const [first, second] = await clock.run(Promise.all([fetch(API), fetch(API)]));
    expect(await Promise.all([first!.json(), second!.json()])).toEqual([
      { rates: [] },
      { rates: [] },
    ]);
  });

  test('and the report says so', async () => {
    const { clock, fetch } = fetching([repeat(503)], { value: new Response('instead') });
    const report = reportOf(await clock.run(fetch(API)));
    expect(report).toMatchObject({ answeredBy: 'fallback', attempts: [{}, {}] });
    expect(report?.stoppedBecause).toMatch(/maxRetries/);
  });

  test('with what is no failure for orThrow and for a result', async () => {
    const { clock, fetch } = fetching([repeat(503)], { value: new Response('instead') });
    const response = await clock.run(fetch(API));
    expect(orThrow(response)).toBe(response);
    const result = await clock.run(resultFetch(fetch)(API));
    expect(result.isOk()).toBe(true);
  });
});

describe('a fallback leaves alone', () => {
  test('a success', async () => {
    const { policy, events } = answering({ value: 'instead' });
    expect(await policy.execute(async () => 'own')).toBe('own');
    expect(events).toEqual([]);
  });

  test('a fatal failure: the request itself is wrong', async () => {
    const { failing, events } = answering({ value: 'instead' });
    await expect(failing(httpFailure(422))).rejects.toMatchObject({ status: 422 });
    expect(events).toEqual([]);
  });

  test('a fatal failure, unless it is told to answer for it', async () => {
    const { failing } = answering({
      value: 'instead',
      when: ({ classification }) => classification.status === 404,
    });
    expect(await failing(httpFailure(404))).toBe('instead');
    await expect(failing(unavailable())).rejects.toMatchObject({ status: 503 });
  });

  test.each([undefined, () => true])('an abort by the caller, whatever when says', async (when) => {
    const clock = virtualClock();
    let asked = 0;
    const { policy, events } = answering({ answer: () => (asked += 1), when });
    const caller = new AbortController();
    const call = policy.execute(() => sleep(clock, 100), { signal: caller.signal });
    const settled = Promise.allSettled([call]);
    await clock.advance(50);
    caller.abort('enough');
    expect(await settled).toEqual([{ status: 'rejected', reason: 'enough' }]);
    await clock.runAll();
    expect([asked, events]).toEqual([0, []]);
  });

  test.each([new DOMException('', 'AbortError'), new DOMException('', 'TimeoutError')])(
    'an abort that the operation throws itself: %s',
    async (reason) => {
      const caller = new AbortController();
      const { policy } = answering({ value: 'instead', when: () => true });
      const call = policy.execute(
        async () => {
          caller.abort(reason);
          throw reason;
        },
        { signal: caller.signal },
      );
      await expect(call).rejects.toBe(reason);
    },
  );

  test('an error that nobody knows, unless it is told to answer for it', async () => {
    const bug = new RangeError('boom');
    await expect(answering({ value: 'instead' }).failing(bug)).rejects.toBe(bug);
    expect(await answering({ value: 'instead', when: () => true }).failing(bug)).toBe('instead');
  });

  test('a failure for which its function has no answer', async () => {
    const { failing, events } = answering({ answer: () => undefined });
    await expect(failing(unavailable())).rejects.toMatchObject({ status: 503 });
    expect(events).toEqual([]);
  });
});

describe('a function that answers', () => {
  test.each<[string, FallbackOptions]>([
    ['rejects', { answer: () => Promise.reject(httpFailure(500)) }],
    [
      'throws',
      {
        answer: () => {
          throw httpFailure(500);
        },
      },
    ],
  ])('and %s leaves the original failure, and is told of', async (_name, options) => {
    const { failing, events } = answering(options);
    await expect(failing(unavailable())).rejects.toMatchObject({ status: 503 });
    expect(events).toMatchObject([
      { type: 'fallback-failed', from: 'answer', classification: { status: 500 } },
    ]);
  });

  test('and takes too long ends with the caller’s abort', async () => {
    const clock = virtualClock();
    const { policy } = answering({ answer: () => sleep(clock, 1000).then(() => 'late') });
    const caller = new AbortController();
    const call = policy.execute(() => Promise.reject(unavailable()), { signal: caller.signal });
    const settled = Promise.allSettled([call]);
    await clock.advance(50);
    caller.abort('enough');
    expect(await settled).toEqual([{ status: 'rejected', reason: 'enough' }]);
    await clock.runAll();
  });
});

describe('the options of a fallback', () => {
  test.each<[object, RegExp]>([
    [{}, /fallback must be given one of value, answer and lastGood, but it is undefined/],
    [{ value: 1, answer: () => 2 }, /but it is "value, answer"/],
    [{ value: () => 1 }, /fallback.value must be a value and not a function: answer takes one/],
    [{ answer: 1 }, /fallback.answer must be a function/],
    [{ lastGood: {} }, /fallback.lastGood must be an object with learn\(\), recall\(\)/],
    [{ value: 1, when: true }, /fallback.when must be a function/],
  ])('%j', (options, message) => {
    expect(() => fallback(options)).toThrow(OptionError);
    expect(() => fallback(options)).toThrow(message);
  });

  test('an answer that is no value is one all the same', async () => {
    const { failing } = answering({ value: null });
    expect(await failing(unavailable())).toBeNull();
  });
});
