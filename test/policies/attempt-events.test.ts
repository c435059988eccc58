import { describe, expect, test } from '@jest/globals';
import { sleep } from '../../src/core/clock.ts';
import type { EventListener, ResilienceEvent } from '../../src/core/events.ts';
import type { Policy } from '../../src/core/policy.ts';
import { protect } from '../../src/core/protect.ts';
import { definePolicy, pipeline } from '../../src/http/pipeline.ts';
import { circuitBreaker } from '../../src/policies/circuit-breaker/circuit-breaker.ts';
import { concurrencyLimit } from '../../src/policies/concurrency-limit/concurrency-limit.ts';
import { tokenBucket } from '../../src/policies/rate-limit/token-bucket.ts';
import { retry } from '../../src/policies/retry/retry.ts';
import { timeout } from '../../src/policies/timeout.ts';
import { virtualClock } from '../../src/testing.ts';
import { httpFailure, throttled, unavailable } from './http-failure.ts';

/** A clock and a listener, and what it heard. */
function listening() {
  const clock = virtualClock();
  const told: ResilienceEvent[] = [];
  const onEvent: EventListener = (event) => void told.push(event);
  /** The ends of attempts, in short. */
  const ends = () =>
    told.flatMap((event) =>
      event.type === 'attempt-ended' ? [`${event.attempt} ${event.classification.category}`] : [],
    );
  return { clock, told, ends, on: { clock, onEvent } };
}

/** An operation that takes 100 ms and gives one outcome after the other, then succeeds. */
function operationOf(clock: ReturnType<typeof virtualClock>, ...outcomes: readonly Error[]) {
  const left = [...outcomes];
  return async () => {
    await sleep(clock, 100);
    const failure = left.shift();
    if (failure) throw failure;
    return 'done';
  };
}

const PLAIN = { jitter: 'none', baseDelayMs: 200 } as const;

describe('attempt-ended', () => {
  test('is told once of every attempt, of successes too, with its times', async () => {
    const { clock, told, on } = listening();
    const policy = pipeline(
      timeout({ timeoutMs: 60_000, ...on }),
      retry({ ...PLAIN, ...on }),
      tokenBucket({ ratePerSecond: 1, burst: 1, ...on }),
      circuitBreaker(on),
      timeout({ timeoutMs: 1000, ...on }),
    );
    await clock.run(policy.execute(operationOf(clock, unavailable()), { key: 'k' }));
    const ends = told.filter(({ type }) => type === 'attempt-ended');
    const common = { by: 'pipeline', callId: expect.any(String), key: 'k', durationMs: 100 };
    expect(ends).toEqual([
      expect.objectContaining({
        ...common,
        attempt: 1,
        waitedMs: 0,
        queuedMs: 0,
        classification: expect.objectContaining({ category: 'retryable', status: 503 }),
      }),
      expect.objectContaining({
        ...common,
        attempt: 2,
        waitedMs: 200,
        queuedMs: 700,
        classification: expect.objectContaining({ category: 'success' }),
      }),
    ]);
  });

  test('comes before all that follows from it', async () => {
    const { clock, told, on } = listening();
    const policy = pipeline(
      retry({ ...PLAIN, maxRetries: 1, ...on }),
      tokenBucket(on),
      circuitBreaker({ mode: 'classic', consecutiveFailures: 1, minimumCalls: 1, ...on }),
    );
    await expect(
      clock.run(policy.execute(operationOf(clock, unavailable(), unavailable()))),
    ).rejects.toMatchObject({ status: 503 });
    expect(told[0]?.type).toBe('attempt-ended');
    expect(told.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['circuit-changed', 'gave-up']),
    );
  });

  const STACKS: Record<string, (on: ReturnType<typeof listening>['on']) => Policy> = {
    'retry alone': (on) => retry({ ...PLAIN, ...on }),
    'retry, heard by the breaker alone': (on) =>
      pipeline(retry({ ...PLAIN, clock: on.clock }), circuitBreaker(on)),
    'retry, heard by the timeout around it alone': (on) =>
      pipeline(timeout({ timeoutMs: 60_000, ...on }), retry({ ...PLAIN, clock: on.clock })),
    'a breaker within a timeout within a retry': (on) =>
      pipeline(retry({ ...PLAIN, ...on }), timeout({ timeoutMs: 1000, ...on }), circuitBreaker(on)),
    'two retries, one in the other': (on) =>
      pipeline(
        retry({ ...PLAIN, maxRetries: 1, ...on }),
        retry({ ...PLAIN, maxRetries: 1, ...on }),
      ),
    'a retry that a policy of the user’s own calls on': (on) => {
      const inner = retry({ ...PLAIN, ...on });
      const own: Policy = { execute: (operation, options) => inner.execute(operation, options) };
      return pipeline(timeout({ timeoutMs: 60_000, ...on }), own, circuitBreaker(on));
    },
    'a repeating policy of the user’s own': (on) =>
      pipeline(
        timeout({ timeoutMs: 60_000, ...on }),
        definePolicy({
          wrap: (next) => async (context) => {
            const first = await next(context);
            if (!first.threw) return first;
            const second = await next(context.another());
            return second.threw ? next(context.another()) : second;
          },
        }),
      ),
  };
  test.each(Object.entries(STACKS))('is told once of each in %s', async (_name, stackOf) => {
    const { clock, ends, on } = listening();
    const operation = operationOf(clock, unavailable(), unavailable());
    await expect(clock.run(stackOf(on).execute(operation))).resolves.toBe('done');
    expect(ends().map((end) => end.replace('fatal', 'retryable'))).toEqual([
      '1 retryable',
      '2 retryable',
      '3 success',
    ]);
  });

  test('is told without a retry, of a single attempt', async () => {
    for (const policyOf of [
      (on) => timeout({ timeoutMs: 1000, ...on }),
      (on) => circuitBreaker(on),
      (on) => tokenBucket(on),
      (on) => concurrencyLimit({ maxConcurrent: 1, ...on }),
    ] satisfies ((on: ReturnType<typeof listening>['on']) => Policy)[]) {
      const { clock, ends, on } = listening();
      const send = protect(policyOf(on), operationOf(clock, httpFailure(404)));
      await expect(clock.run(send())).rejects.toMatchObject({ status: 404 });
      await clock.run(send());
      expect(ends()).toEqual(['1 fatal', '1 success']);
    }
  });

  test('is told to every listener, once to each', async () => {
    const one = listening();
    const other = listening();
    const { clock } = one;
    const policy = pipeline(
      retry({ ...PLAIN, ...one.on }),
      circuitBreaker({ ...other.on, clock }),
      timeout({ timeoutMs: 1000, ...one.on }),
    );
    await clock.run(policy.execute(operationOf(clock, unavailable())));
    expect(one.ends()).toEqual(['1 retryable', '2 success']);
    expect(other.ends()).toEqual(['1 retryable', '2 success']);
  });

  test('is told to the listener of a gate or a wrap of the user’s own', async () => {
    for (const listenTo of [
      (onEvent) => definePolicy({ onEvent, enter: () => {} }),
      (onEvent) => definePolicy({ onEvent, wrap: (next) => next }),
    ] satisfies ((onEvent: EventListener) => Policy)[]) {
      const { clock, ends, on } = listening();
      const policy = pipeline(listenTo(on.onEvent), retry({ ...PLAIN, clock }));
      await clock.run(policy.execute(operationOf(clock, unavailable())));
      expect(ends()).toEqual(['1 retryable', '2 success']);
    }
  });

  test('is told of both of two attempts that run side by side, of the loser too', async () => {
    const { clock, ends, on } = listening();
    const hedging = definePolicy({
      wrap: (next) => (context) => Promise.race([next(context), next(context.another())]),
    });
    const policy = pipeline(hedging, circuitBreaker(on));
    const waits = [500, 100];
    const operation = () => sleep(clock, waits.shift() ?? 0);
    await clock.run(policy.execute(operation));
    expect(ends()).toEqual(['2 success']);
    await clock.runAll();
    expect(ends()).toEqual(['2 success', '1 success']);
  });

  test('is told of an attempt that its caller aborted, as the caller’s doing', async () => {
    const { clock, told, on } = listening();
    const controller = new AbortController();
    const policy = pipeline(retry(on), timeout({ timeoutMs: 5000, ...on }));
    const called = policy.execute(() => sleep(clock, 1000), { signal: controller.signal });
    called.catch(() => {});
    await clock.advance(300);
    controller.abort();
    await expect(called).rejects.toMatchObject({ name: 'AbortError' });
    expect(told).toMatchObject([
      {
        type: 'attempt-ended',
        durationMs: 300,
        classification: { category: 'fatal', decidedBy: 'caller' },
      },
    ]);
  });

  test('is told of an attempt that ran out of time, after the time-out itself', async () => {
    const { clock, told, on } = listening();
    const policy = pipeline(retry({ maxRetries: 0, ...on }), timeout({ timeoutMs: 250, ...on }));
    const called = policy.execute(() => sleep(clock, 1000));
    await expect(clock.run(called)).rejects.toMatchObject({ kind: 'timeout' });
    expect(told).toMatchObject([
      { type: 'timed-out', attempt: 1 },
      { type: 'attempt-ended', attempt: 1, durationMs: 250 },
      { type: 'gave-up' },
    ]);
  });

  test('is not told of an attempt that never started', async () => {
    const { clock, told, on } = listening();
    const breaker = circuitBreaker(on);
    breaker.forceOpen();
    told.length = 0;
    const refused = pipeline(retry(on), breaker).execute(operationOf(clock));
    await expect(clock.run(refused)).rejects.toMatchObject({ kind: 'circuit-open' });
    expect(told).toMatchObject([{ type: 'refused', attempt: 1 }, { type: 'gave-up' }]);
  });

  test('leaves to the attempt timeout what it bounds: not the time of reading a failure', async () => {
    const { clock, ends, on } = listening();
    // The body of a failure takes longer than the attempt may take to give its headers.
    const reader = {
      classifyValue: async () => {
        await sleep(clock, 500);
        return { ...FAILED };
      },
      classifyError: () => FAILED,
    };
    const policy = pipeline(
      timeout({ timeoutMs: 60_000, ...on }),
      retry({ maxRetries: 0, ...on }),
      timeout({ timeoutMs: 200, ...on }),
    );
    const called = policy.execute(operationOf(clock), { reader });
    await expect(clock.run(called)).resolves.toBe('done');
    expect(ends()).toEqual(['1 retryable']);
  });
});

const FAILED = {
  category: 'retryable',
  errorCode: undefined,
  message: undefined,
  status: 503,
  retryAfterMs: undefined,
  unprocessed: true,
  decidedBy: 'status',
  rule: 'a test says so',
} as const;

describe('an event', () => {
  test('says which call it belongs to', async () => {
    const { clock, told, on } = listening();
    const policy = pipeline(
      retry({ ...PLAIN, ...on }),
      tokenBucket({ ratePerSecond: 2, burst: 1, ...on }),
    );
    const call = (route: string) =>
      policy.execute(operationOf(clock, unavailable()), { key: 'k', route });
    await clock.run(Promise.all([call('first'), call('second')]));
    const idsOf = (route: string) =>
      new Set(told.filter((event) => event.route === route).map(({ callId }) => callId));
    expect([idsOf('first').size, idsOf('second').size]).toEqual([1, 1]);
    expect(idsOf('first')).not.toEqual(idsOf('second'));
    expect(new Set(told.map(({ type }) => type))).toEqual(
      new Set(['queued', 'attempt-ended', 'retry-scheduled']),
    );
    expect(told.every(({ callId }) => typeof callId === 'string')).toBe(true);
  });

  test('has no route and no method where the call has none', async () => {
    const { clock, told, on } = listening();
    await clock.run(retry(on).execute(operationOf(clock)));
    expect(told).toMatchObject([{ type: 'attempt-ended', route: undefined, method: undefined }]);
  });

  test('carries the id that the error of its call carries', async () => {
    const { clock, told, on } = listening();
    const policy = pipeline(retry(on), tokenBucket({ ratePerSecond: 1, onEmpty: 'reject', ...on }));
    await clock.run(policy.execute(operationOf(clock)));
    told.length = 0;
    const error: unknown = await clock.run(policy.execute(operationOf(clock))).catch((e) => e);
    const [{ callId }] = told as [ResilienceEvent];
    expect(error).toMatchObject({ kind: 'rate-limited', callId });
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({ callId });
  });

  test('of a changed circuit names the call that changed it, and none where a hand did', async () => {
    const { clock, told, on } = listening();
    const breaker = circuitBreaker({
      mode: 'classic',
      consecutiveFailures: 1,
      minimumCalls: 1,
      openMs: 1000,
      ...on,
    });
    const fail = () => breaker.execute(operationOf(clock, unavailable()), { key: 'k' });
    await expect(clock.run(fail())).rejects.toMatchObject({ status: 503 });
    const [ended, opened] = told;
    expect(ended).toMatchObject({ type: 'attempt-ended', callId: expect.any(String) });
    expect(opened).toMatchObject({ type: 'circuit-changed', to: 'open', callId: ended?.callId });
    told.length = 0;
    await clock.advance(2000);
    await clock.run(breaker.execute(operationOf(clock), { key: 'k' }));
    const [halfOpened, tried, closed] = told;
    expect(halfOpened).toMatchObject({ to: 'half-open', callId: tried?.callId });
    expect(closed).toMatchObject({ to: 'closed', callId: tried?.callId });
    told.length = 0;
    breaker.forceOpen('k');
    expect(told).toMatchObject([{ type: 'circuit-changed', key: 'k', callId: undefined }]);
  });

  test('of a pause names the call that was throttled', async () => {
    const { clock, told, on } = listening();
    const bucket = tokenBucket(on);
    for (let call = 0; call < 5; call += 1) {
      const called = bucket.execute(operationOf(clock, throttled()));
      await expect(clock.run(called)).rejects.toMatchObject({ status: 429 });
    }
    const pause = told.findIndex(({ type }) => type === 'key-paused');
    expect(told[pause]?.callId).toBe(told[pause - 1]?.callId);
  });
});
