import { describe, expect, test } from '@jest/globals';
import {
  OptionError,
  controlOf,
  pipeline,
  reportOf,
  resilientFetch,
  retry,
  retryBudget,
  timeout,
  type Policy,
  type ResilienceEvent,
  type RetryOptions,
} from '../../../src/index.ts';
import { circuitBreaker } from '../../../src/policies/circuit-breaker/circuit-breaker.ts';
import { repeat, scriptedFetch, virtualClock } from '../../../src/testing.ts';
import { httpFailure, throttled, unavailable } from '../http-failure.ts';
import { PLAIN, failingWith } from './failing-operation.ts';

const API = 'https://api.example.com/things';
const KEY = 'https://api.example.com';

function setUp(options: RetryOptions = {}, policies: (own: Policy) => Policy = (own) => own) {
  const clock = virtualClock();
  const policy = policies(retry({ ...PLAIN, clock, ...options }));
  /** Makes a call that fails for ever; how often it was tried. */
  const attemptsOf = async (failure: () => unknown = unavailable, key = 'default') => {
    const operation = failingWith(Array.from({ length: 2000 }, failure));
    await clock.run(policy.execute(operation, { key }).catch(() => {}));
    return operation.mock.calls.length;
  };
  return { clock, policy, attemptsOf };
}

describe('the retry budget of a key', () => {
  test('suppresses the extra attempt only: the call ends with the server’s last answer', async () => {
    const clock = virtualClock();
    const events: ResilienceEvent[] = [];
    const onEvent = (event: ResilienceEvent) => void events.push(event);
    const upstream = scriptedFetch([repeat({ status: 503, body: 'as it came' })], { clock });
    const fetch = resilientFetch(upstream, { clock, onEvent, circuitBreaker: false });
    const attempts: number[] = [];
    for (let call = 0; call < 4; call += 1) {
      const before = upstream.calls.length;
      const response = await clock.run(fetch(API));
      attempts.push(upstream.calls.length - before);
      expect(await response.text()).toBe('as it came');
      if (call === 3) expect(reportOf(response)!.stoppedBecause).toBe(SPENT);
    }
    expect(attempts).toEqual([4, 3, 1, 1]);
    expect(events.findLast(({ type }) => type === 'gave-up')).toMatchObject({ because: SPENT });
  });

  test('is shared by the calls of a key, and by no others', async () => {
    const { attemptsOf } = setUp();
    expect([await attemptsOf(), await attemptsOf(), await attemptsOf()]).toEqual([4, 3, 1]);
    expect(await attemptsOf(unavailable, 'another')).toBe(4);
  });

  test('is spent in one step by calls that run at the same time', async () => {
    const { attemptsOf } = setUp();
    const counts = await Promise.all(Array.from({ length: 20 }, () => attemptsOf()));
    expect(counts.reduce((sum, count) => sum + count)).toBe(20 + 5);
  });

  test('gains 0.3 for each answer, a repetition’s and a 404 too', async () => {
    const { clock, policy, attemptsOf } = setUp();
    await Promise.all([attemptsOf(), attemptsOf()]);
    const tokens = () => controlOf(policy).state().budget!.tokens;
    expect(tokens()).toBe(0);
    await policy.execute(() => 'an answer');
    expect(tokens()).toBeCloseTo(0.3);
    await policy.execute(() => Promise.reject(httpFailure(404))).catch(() => {});
    await policy.execute(() => new Response(null, { status: 404 }));
    await policy.execute(() => 'an answer');
    expect(tokens()).toBeCloseTo(1.2);
    await clock.run(policy.execute(failingWith([unavailable()])));
    expect(tokens()).toBeCloseTo(0.5);
  });

  test('gains nothing by a failure, a refusal or an abort', async () => {
    const breaker = circuitBreaker();
    const { policy, attemptsOf } = setUp({}, (own) => pipeline(own, breaker));
    await Promise.all([attemptsOf(), attemptsOf()]);
    breaker.forceOpen();
    await policy.execute(() => {}).catch(() => {});
    breaker.close();
    const signal = AbortSignal.abort();
    await policy.execute(() => Promise.reject(signal.reason as Error), { signal }).catch(() => {});
    expect(controlOf(policy).state().budget).toEqual({ tokens: 0, mostTokens: 5 });
  });

  test('pays nothing for a repetition after a throttle', async () => {
    const { policy, attemptsOf } = setUp();
    for (let call = 0; call < 5; call += 1) expect(await attemptsOf(() => throttled(1))).toBe(4);
    // A throttle is an answer: all twenty have earned their 0.3.
    expect(controlOf(policy).state().budget!.tokens).toBeCloseTo(6);
  });

  test('pays nothing for a repetition that is not sent', async () => {
    const clock = virtualClock();
    const breaker = circuitBreaker({ clock });
    const policy = pipeline(retry({ ...PLAIN, clock }), breaker);
    const refused = policy.execute(failingWith([unavailable()]));
    refused.catch(() => {});
    await clock.advance(50);
    expect(controlOf(policy).state().budget!.tokens).toBe(4);
    breaker.forceOpen();
    await clock.run(refused.catch(() => {}));
    expect(controlOf(policy).state().budget!.tokens).toBe(5);
  });

  test('pays for a repetition that was sent and ran out of time', async () => {
    const clock = virtualClock();
    const policy = pipeline(
      retry({ ...PLAIN, maxRetries: 1, clock }),
      timeout({ timeoutMs: 100, clock }),
    );
    const call = policy.execute(() => new Promise<never>(() => {}));
    await clock.run(call.catch(() => {}));
    expect(clock.now()).toBe(300);
    expect(controlOf(policy).state().budget!.tokens).toBe(4);
  });

  test('asks for no token where the call ends for another reason', async () => {
    const { policy, attemptsOf } = setUp({ maxRetryAfterMs: 1000 });
    expect(await attemptsOf(() => unavailable(5))).toBe(1);
    expect(await attemptsOf(() => httpFailure(400))).toBe(1);
    expect(controlOf(policy).state().budget!.tokens).toBe(5);
  });

  test.each([7, 10, 40])(
    'lets a lone caller with maxRetries %d have them all',
    async (maxRetries) => {
      const { attemptsOf } = setUp({ maxRetries });
      expect(await attemptsOf()).toBe(maxRetries + 1);
      expect(await attemptsOf()).toBe(1);
    },
  );

  test('lets a caller that comes once a minute have its retries each time', async () => {
    const { clock, attemptsOf } = setUp();
    for (let minute = 0; minute < 5; minute += 1) {
      expect(await attemptsOf()).toBe(4);
      await clock.advance(60_000);
    }
  });

  test.each([
    { budget: false as const, maxRetries: 3 },
    { maxRetries: Infinity },
    { maxRetries: Infinity, budget: { tokensPerAnswer: 0.1 } },
  ])('bounds nothing with %j', async (options) => {
    const { policy, clock } = setUp({ ...options, baseDelayMs: 0 });
    for (let call = 0; call < 5; call += 1) {
      const failures = Array.from({ length: 3 }, () => unavailable());
      await expect(clock.run(policy.execute(failingWith(failures)))).resolves.toBe(4);
    }
    expect(controlOf(policy).state().budget).toBeUndefined();
  });

  test('bounds a call that is repeated for ever where a reserve is given', async () => {
    const { attemptsOf } = setUp({ maxRetries: Infinity, budget: { reserveTokens: 8 } });
    expect(await attemptsOf()).toBe(9);
  });

  test('is one for all policies that are given the same', async () => {
    const budget = retryBudget();
    const one = setUp({ budget });
    const other = setUp({ budget, maxRetries: 2 });
    expect(await one.attemptsOf()).toBe(4);
    expect(await other.attemptsOf()).toBe(3);
    expect(await one.attemptsOf()).toBe(1);
  });

  test('is shown and refilled by controlOf', async () => {
    const { policy, attemptsOf } = setUp();
    const control = controlOf(policy);
    expect(control.state(KEY).budget).toBeUndefined();
    await attemptsOf(unavailable, KEY);
    expect(control.keys()).toEqual([KEY]);
    expect(control.state(KEY).budget).toEqual({ tokens: 2, mostTokens: 5 });
    control.reset(KEY);
    expect(await attemptsOf(unavailable, KEY)).toBe(4);
  });

  test.each([
    [{ budget: { reserveTokens: -1 } }, 'retry.budget.reserveTokens'],
    [{ budget: { ratio: 1 } }, 'retry.budget.ratio'],
    [{ budget: true }, 'retry.budget'],
    [{ budget: null }, 'retry.budget'],
  ])('refuses the options %j, as %s', (options, name) => {
    const given = options as unknown as RetryOptions;
    expect(() => retry(given)).toThrow(OptionError);
    expect(() => retry(given)).toThrow(name);
    expect(() => resilientFetch(fetch, { retry: given })).toThrow(name);
    const forKey = { [KEY]: { retry: given } };
    const keyed = `resilientFetch.forKey["${KEY}"].${name}`;
    expect(() => resilientFetch(fetch, { forKey })).toThrow(keyed);
  });

  test('is that of its key where forKey has other retries', async () => {
    const clock = virtualClock();
    const upstream = scriptedFetch([repeat(503)], { clock });
    const forKey = { [KEY]: { retry: { maxRetries: 2, budget: { reserveTokens: 3 } } } };
    const fetch = resilientFetch(upstream, { clock, forKey, circuitBreaker: false });
    for (let call = 0; call < 3; call += 1) await clock.run(fetch(API));
    await clock.run(fetch(API, { holdfast: { maxRetries: 5 } }));
    expect(upstream.calls).toHaveLength(4 + 3);
    await clock.run(fetch('https://other.example.com/'));
    expect(upstream.calls).toHaveLength(7 + 4);
    expect(controlOf(fetch).state(KEY).budget).toEqual({ tokens: 0, mostTokens: 3 });
  });
});

const SPENT = `the retry budget of ${KEY} is used up: 0.3 repetitions for each answer (budget.tokensPerAnswer)`;
