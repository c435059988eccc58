import { describe, expect, test } from '@jest/globals';
import {
  OptionError,
  circuitBreaker,
  controlOf,
  pipeline,
  resilientFetch,
  retry,
} from '../../src/index.ts';
import { scriptedFetch, repeat, virtualClock } from '../../src/testing.ts';
import { throttled, unavailable } from './http-failure.ts';
import { stack } from './scenarios/traffic.ts';

const KEY = 'https://api.example.com';

describe('the control of a policy', () => {
  test('shows nothing of a key that is well', async () => {
    const { policy } = stack();
    await policy.execute(() => 'well');
    expect(controlOf(policy).state()).toEqual({
      key: 'default',
      circuit: { state: 'closed', openForMs: 0, because: undefined },
      routes: {},
      pauses: [],
      paces: [],
      budget: { tokens: 5, mostTokens: 5 },
      usage: [],
      waiting: 0,
      longestWaitMs: 0,
      store: undefined,
    });
  });

  test('shows a pause with its cause and the time left, who waits, and lifts it', async () => {
    const { clock, policy } = stack();
    const control = controlOf(policy);
    for (let call = 0; call < 5; call += 1) {
      void policy.execute(() => Promise.reject(throttled(3600)), { key: KEY }).catch(() => {});
    }
    await clock.settle();
    expect(control.keys()).toEqual([KEY]);
    const waiting = policy.execute(() => clock.now(), { key: KEY });
    await clock.advance(400);
    expect(control.state(KEY)).toMatchObject({
      pauses: [{ route: undefined, leftMs: 600, because: { category: 'throttle', status: 429 } }],
      waiting: 1,
      longestWaitMs: 400,
    });
    control.resume(KEY);
    expect(control.state(KEY).pauses).toEqual([]);
    await expect(clock.run(waiting)).resolves.toBe(400);
  });

  test('shows the pace that was learned, and lifts it', async () => {
    const { clock, policy } = stack();
    const control = controlOf(policy);
    const call = (failure?: Error) =>
      clock.run(
        policy
          .execute(() => (failure ? Promise.reject(failure) : Promise.resolve()), { key: KEY })
          .catch(() => {}),
      );
    for (let round = 0; round < 6; round += 1) {
      await call();
      void call(throttled(3600));
      await clock.advance(100);
    }
    expect(control.state(KEY).pauses).toEqual([]);
    expect(control.state(KEY).paces).toEqual([
      { route: undefined, ratePerSecond: expect.any(Number) },
    ]);
    control.resume(KEY);
    expect(control.state(KEY).paces).toEqual([]);
  });

  test('shows why a circuit is open, and works it', async () => {
    const { clock, policy } = stack();
    const control = controlOf(policy);
    const failing = () => policy.execute(() => Promise.reject(unavailable(7))).catch(() => {});
    await clock.run(Promise.all(Array.from({ length: 5 }, failing)));
    expect(control.state().circuit).toMatchObject({ because: { status: 503 } });
    expect(control.state().circuit!.state).not.toBe('closed');
    control.close();
    expect(control.state().circuit).toMatchObject({ state: 'closed', because: undefined });
    control.open('other');
    expect(control.state('other').circuit).toMatchObject({ state: 'open', openForMs: Infinity });
    await expect(policy.execute(() => {}, { key: 'other' })).rejects.toMatchObject({
      kind: 'circuit-open',
      message: expect.stringMatching(/is open by hand/),
    });
    control.reset('other');
    await policy.execute(() => {}, { key: 'other' });
  });

  test('shows the circuits of routes', async () => {
    const { clock, policy } = stack();
    for (let call = 0; call < 20; call += 1) {
      const failing = policy.execute(() => Promise.reject(unavailable()), { route: 'GET /dead' });
      failing.catch(() => {});
      await clock.settle();
      await policy.execute(() => 'well', { route: 'GET /fine' });
    }
    expect(controlOf(policy).state().routes).toMatchObject({ 'GET /dead': { state: 'open' } });
  });

  test('reaches a breaker that is shared', () => {
    const breaker = circuitBreaker();
    const [one, other] = [pipeline(retry(), breaker), pipeline(breaker)];
    controlOf(one).open();
    expect([breaker.state(), controlOf(other).state().circuit?.state]).toEqual(['open', 'open']);
  });
});

describe('the control of a wrapped fetch', () => {
  test('is that of its policy', async () => {
    const clock = virtualClock();
    const fetch = resilientFetch(scriptedFetch([repeat(503, 20)]), { clock });
    for (let call = 0; call < 3; call += 1) await clock.run(fetch(`${KEY}/x`));
    const control = controlOf(fetch);
    expect(control.keys()).toEqual([KEY]);
    // All failures were on one route, which says nothing of the others.
    expect(control.state(KEY).routes).toMatchObject({
      'GET /x': { state: 'open', because: { status: 503 } },
    });
  });

  test.each([null, undefined, {}, () => {}])('is refused for %p', (value) => {
    expect(() => controlOf(value as never)).toThrow(OptionError);
  });
});
