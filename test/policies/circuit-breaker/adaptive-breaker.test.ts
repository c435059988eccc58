import { describe, expect, jest, test } from '@jest/globals';
import { sleep } from '../../../src/core/clock.ts';
import type { ResilienceEvent } from '../../../src/core/events.ts';
import { pipeline } from '../../../src/http/pipeline.ts';
import { reportOf } from '../../../src/http/report.ts';
import { resilientFetch } from '../../../src/http/resilient-fetch.ts';
import { circuitBreaker } from '../../../src/policies/circuit-breaker/circuit-breaker.ts';
import type { CircuitBreakerOptions } from '../../../src/policies/circuit-breaker/circuit-breaker-options.ts';
import { controlOf } from '../../../src/policies/control.ts';
import { retry } from '../../../src/policies/retry/retry.ts';
import { timeout } from '../../../src/policies/timeout.ts';
import { scriptedFetch, repeat, virtualClock } from '../../../src/testing.ts';
import { httpFailure, throttled, unavailable } from '../http-failure.ts';

function breakerOf(options: CircuitBreakerOptions = {}, clock = virtualClock()) {
  const events: ResilienceEvent[] = [];
  const policy = circuitBreaker({
    clock,
    random: () => 0.5,
    onEvent: (event) => events.push(event),
    ...options,
  });
  const fail = async (failure: unknown = unavailable(), call: object = {}) =>
    policy.execute(() => Promise.reject(failure as Error), call).catch((thrown: unknown) => thrown);
  const open = async (call: object = {}) => {
    for (let time = 0; time < 8; time += 1) await fail(unavailable(), call);
  };
  const answerAfter = (milliseconds: number) => policy.execute(() => sleep(clock, milliseconds));
  return { clock, events, policy, fail, open, answerAfter };
}

/** What a promise has come to so far. */
function watch<T>(promise: Promise<T>) {
  const seen: { is: 'pending' | 'fulfilled' | 'rejected'; value?: unknown } = { is: 'pending' };
  promise.then(
    (value) => Object.assign(seen, { is: 'fulfilled', value }),
    (value: unknown) => Object.assign(seen, { is: 'rejected', value }),
  );
  return seen;
}

describe('a circuit breaker by default', () => {
  test.each<[string, unknown, string]>([
    ['a 503', httpFailure(503), 'open'],
    ['a lost connection', Object.assign(new Error('reset'), { code: 'ECONNRESET' }), 'open'],
    ['a throttle', throttled(1), 'closed'],
    ['a 404', httpFailure(404), 'closed'],
    ['bugs of the program', new TypeError('undefined is not a function'), 'closed'],
    ['what a browser does not tell', new TypeError('Failed to fetch'), 'closed'],
  ])('takes %s for what it is', async (_what, error, state) => {
    const { policy, fail } = breakerOf();
    for (let call = 0; call < 8; call += 1) await fail(error);
    expect(policy.state()).toBe(state);
  });

  test('a time-out of an inner timeout weighs as much as almost three errors', async () => {
    const clock = virtualClock();
    const breaker = circuitBreaker({ clock, attemptTimeoutMs: 1000 });
    const policy = pipeline(breaker, timeout({ timeoutMs: 1000, clock }));
    for (let call = 0; call < 3; call += 1) {
      expect(breaker.state()).toBe('closed');
      await clock.run(policy.execute(() => new Promise(() => {})).catch(() => {}));
    }
    expect(breaker.state()).toBe('open');
  });

  test('so does a time-out of the caller’s own, and one of the transport', async () => {
    const { policy, fail } = breakerOf();
    const late = Object.assign(new Error('headers timeout'), { code: 'UND_ERR_HEADERS_TIMEOUT' });
    for (let call = 0; call < 3; call += 1) await fail(late);
    expect(policy.state()).toBe('open');
  });

  test('counts every attempt, a repetition too', async () => {
    const { clock, policy } = breakerOf();
    const repeating = pipeline(retry({ maxRetries: 3, clock }), policy);
    const failing = () =>
      clock.run(repeating.execute(() => Promise.reject(unavailable())).catch(() => {}));
    await failing();
    expect(policy.state()).toBe('closed');
    await failing();
    expect(policy.state()).toBe('open');
  });

  test('stops nobody for calls that are aborted', async () => {
    const { policy } = breakerOf();
    for (let call = 0; call < 20; call += 1) {
      const controller = new AbortController();
      const aborted = policy.execute(() => new Promise(() => {}), { signal: controller.signal });
      controller.abort();
      await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
    }
    expect(policy.state()).toBe('closed');
  });
});

describe('while it is open', () => {
  test('a call waits for the next probe, goes as one, and its report says so', async () => {
    const { clock, policy, open } = breakerOf();
    await open();
    const first = watch(policy.execute(() => 'well'));
    const second = watch(policy.execute(() => 'well'));
    await clock.advance(249);
    expect([first.is, second.is]).toEqual(['pending', 'pending']);
    await clock.advance(1);
    expect(first).toEqual({ is: 'fulfilled', value: 'well' });
    expect(second).toEqual({ is: 'fulfilled', value: 'well' });
    expect(policy.state()).toBe('closed');
  });

  test('the time in line is noted, and the state', async () => {
    const clock = virtualClock();
    let status = 503;
    const fetch = resilientFetch(async () => new Response('', { status }), {
      clock,
      retry: false,
      circuitBreaker: { random: () => 0.5 },
    });
    for (let call = 0; call < 8; call += 1) await fetch('https://api.example.com/x');
    status = 200;
    const calls = [fetch('https://api.example.com/x'), fetch('https://api.example.com/x')];
    const [response] = await clock.run(Promise.all(calls));
    expect(reportOf(response!)).toMatchObject({
      attempts: [{ queuedMs: 250, circuit: 'half-open' }],
    });
  });

  test('it is refused after three seconds, and told when to come back', async () => {
    const { clock, events, policy, open } = breakerOf();
    await open();
    const operation = jest.fn(() => 'well');
    const waiting = watch(policy.execute(operation));
    await clock.advance(2999);
    expect(waiting.is).toBe('pending');
    await clock.advance(1);
    expect(operation).not.toHaveBeenCalled();
    expect(waiting).toMatchObject({
      is: 'rejected',
      value: {
        kind: 'circuit-open',
        retryAfterMs: 250,
        attempts: [],
        causedBy: { status: 503 },
        classification: { category: 'retryable', decidedBy: 'policy', unprocessed: true },
      },
    });
    expect(events.at(-1)).toMatchObject({ type: 'refused', by: 'circuit-breaker' });
    expect(clock.pendingTimers).toBe(0);
  });

  test('an abort in line settles at once, and leaves no timer and nothing to be sent', async () => {
    const { clock, policy, open } = breakerOf();
    await open();
    const controller = new AbortController();
    const operation = jest.fn();
    const waiting = watch(policy.execute(operation, { signal: controller.signal }));
    await clock.advance(100);
    controller.abort('enough');
    await clock.advance(0);
    expect(waiting).toEqual({ is: 'rejected', value: 'enough' });
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(10_000);
    expect(operation).not.toHaveBeenCalled();
  });

  test('nobody waits beyond the total deadline: what cannot be served in time is refused at once', async () => {
    const { clock, policy, open } = breakerOf();
    await open();
    const hurried = pipeline(timeout({ timeoutMs: 200, clock }), policy);
    const waiting = watch(hurried.execute(() => 'well'));
    await clock.advance(0);
    expect(waiting).toMatchObject({ is: 'rejected', value: { kind: 'circuit-open' } });
  });

  test('a place that comes to somebody who has gone is given back', async () => {
    const { clock, policy, open } = breakerOf();
    await open();
    const controller = new AbortController();
    const gone = watch(policy.execute(() => 'well', { signal: controller.signal }));
    const next = watch(policy.execute(() => 'well'));
    await clock.advance(249);
    clock.setTimer(() => controller.abort('enough'), 1);
    await clock.advance(1);
    await clock.advance(3000);
    expect(gone.is).not.toBe('pending');
    expect(next.is).not.toBe('pending');
    expect(clock.pendingTimers).toBe(0);
  });

  test('repetitions wait in line like first tries, and the call is answered', async () => {
    const { clock, policy } = breakerOf();
    const repeating = pipeline(retry({ maxRetries: 3, random: () => 0.5, clock }), policy);
    let isUp = false;
    clock.setTimer(() => {
      isUp = true;
    }, 1000);
    const calls = Array.from({ length: 10 }, () =>
      repeating.execute(() => (isUp ? 'well' : Promise.reject(unavailable()))),
    );
    await expect(clock.run(Promise.all(calls))).resolves.toEqual(Array(10).fill('well'));
  });

  test('a retry is not even begun where waiting is hopeless: opened by hand, or for longer than anybody waits', async () => {
    for (const hintS of [undefined, 30]) {
      const { clock, policy } = breakerOf();
      const repeating = pipeline(retry({ clock }), policy);
      const operation = jest.fn(() => {
        if (hintS === undefined) policy.forceOpen();
        return Promise.reject(unavailable(hintS));
      });
      for (let call = 0; call < 8; call += 1) {
        const began = clock.now();
        const error = await clock.run(
          repeating.execute(operation).catch((thrown: unknown) => thrown),
        );
        if (policy.state() === 'closed') continue;
        expect(error).toMatchObject({ status: 503 });
        if (hintS === undefined) expect(clock.now()).toBe(began);
        break;
      }
      expect(policy.state()).toBe('open');
    }
  });

  test('a wait hint of the server is respected up to a minute', async () => {
    const { clock, events, policy, fail } = breakerOf();
    for (let call = 0; call < 8; call += 1) await fail(unavailable(20));
    expect(events.at(-1)).toMatchObject({ type: 'circuit-changed', to: 'open', openMs: 20_000 });
    await expect(policy.execute(() => 'well')).rejects.toMatchObject({ retryAfterMs: 20_000 });
    await clock.advance(20_000);
    const calls = [policy.execute(() => 'well'), policy.execute(() => 'well')];
    await expect(clock.run(Promise.all(calls))).resolves.toEqual(['well', 'well']);
  });
});

describe('a route that fails while others of its key answer', () => {
  const reply = (status: number) => () =>
    status < 400 ? 'well' : Promise.reject(httpFailure(status));

  async function blamed(options: CircuitBreakerOptions = {}) {
    const made = breakerOf(options);
    const { clock, policy } = made;
    for (let call = 0; call < 20; call += 1) {
      void policy.execute(reply(500), { route: '/dead' }).catch(() => {});
      await policy.execute(reply(200), { route: '/fine' });
      await clock.advance(10);
    }
    return made;
  }

  test('has a circuit of its own, and the key’s stays closed', async () => {
    const { policy, events } = await blamed();
    expect(policy.state()).toBe('closed');
    expect(controlOf(policy).state().routes).toMatchObject({
      '/dead': { state: expect.not.stringMatching('closed'), because: { status: 500 } },
    });
    await expect(policy.execute(reply(200), { route: '/fine' })).resolves.toBe('well');
    const change = events.find(({ type }) => type === 'circuit-changed');
    expect(change).toMatchObject({ route: '/dead', classification: { status: 500 } });
  });

  test('its calls wait in a line of their own, and are seen there', async () => {
    const { clock, policy } = await blamed();
    const waiting = watch(policy.execute(() => new Promise(() => {}), { route: '/dead' }));
    void policy.execute(() => new Promise(() => {}), { route: '/dead' }).catch(() => {});
    const more = watch(policy.execute(reply(200), { route: '/dead' }));
    expect(controlOf(policy).state().waiting).toBeGreaterThan(0);
    await expect(policy.execute(reply(200), { route: '/fine' })).resolves.toBe('well');
    expect(more.is).toBe('pending');
    await clock.advance(30_000);
    expect([waiting.is, more.is]).toContain('rejected');
  });

  test('is let through again once it answers', async () => {
    const { clock, policy } = await blamed();
    await clock.advance(5000);
    const calls = Array.from({ length: 10 }, () => policy.execute(reply(200), { route: '/dead' }));
    await expect(clock.run(Promise.all(calls))).resolves.toHaveLength(10);
    expect(controlOf(policy).state().routes).toMatchObject({ '/dead': { state: 'closed' } });
  });

  test('gets the attempts that are under way: where all traffic is on it, it does not stop what still answers', async () => {
    const clock = virtualClock();
    const breaker = circuitBreaker({ clock, attemptTimeoutMs: 1000 });
    const policy = pipeline(breaker, timeout({ timeoutMs: 1000, clock }));
    const call = (takesMs: number) => {
      policy.execute(() => sleep(clock, takesMs), { route: '/only' }).catch(() => {});
    };
    // 200 calls a second of which half hang, and the others take 100 ms.
    for (let time = 0; time < 400; time += 1) {
      call(time % 2 === 0 && time > 100 ? Infinity : 100);
      await clock.advance(5);
    }
    expect(breaker.state()).not.toBe('open');
    await clock.advance(10_000);
  });

  test('a connection that never stood counts for the key', async () => {
    const { policy } = breakerOf();
    const refused = () => Promise.reject(Object.assign(new Error('no'), { code: 'ECONNREFUSED' }));
    for (let call = 0; call < 8; call += 1) {
      await policy.execute(refused, { route: '/any' }).catch(() => {});
    }
    expect(policy.state()).toBe('open');
  });
});

describe('the attempt timeout', () => {
  test('is handed in by the standard stack: an attempt is overdue after a quarter of it', async () => {
    const clock = virtualClock();
    const events: ResilienceEvent[] = [];
    const fetch = resilientFetch(() => new Promise<Response>(() => {}), {
      clock,
      attemptTimeoutMs: 4000,
      onEvent: (event) => void events.push(event),
      forKey: { 'https://slow.example.com': { attemptTimeoutMs: 40_000 } },
    });
    const breakers = controlOf(fetch);
    expect(breakers.keys()).toEqual([]);
    expect(() => fetch('https://api.example.com/x')).not.toThrow();
  });

  test('a key with an attempt timeout of its own has a breaker of its own', async () => {
    const clock = virtualClock();
    const API = 'https://api.example.com';
    const SLOW = 'https://slow.example.com';
    const overdueAt = async (url: string) => {
      let hangs = false;
      const events: ResilienceEvent[] = [];
      const fetch = resilientFetch(
        () => (hangs ? new Promise<Response>(() => {}) : Promise.resolve(new Response('ok'))),
        {
          clock,
          retry: false,
          attemptTimeoutMs: 4000,
          onEvent: (event) => void events.push(event),
          forKey: { [SLOW]: { attemptTimeoutMs: 8000 } },
        },
      );
      await fetch(`${url}/x`);
      hangs = true;
      const began = clock.now();
      while (!events.some(({ type }) => type === 'circuit-changed')) {
        fetch(`${url}/x`).catch(() => {});
        await clock.advance(100);
      }
      return clock.now() - began;
    };
    await expect(overdueAt(API)).resolves.toBeLessThanOrEqual(1500);
    const later = await overdueAt(SLOW);
    expect(later).toBeGreaterThanOrEqual(2000);
    expect(later).toBeLessThanOrEqual(3000);
  });
});

describe('circuits by key', () => {
  test('are apart, bounded, and those that somebody waits for never leave', async () => {
    const { policy, open } = breakerOf({ maxKeys: 2 });
    await open({ key: 'a' });
    const waiting = watch(policy.execute(() => 'well', { key: 'a' }));
    for (let index = 0; index < 100; index += 1) {
      await policy.execute(() => 'well', { key: `other ${index}` });
    }
    expect(policy.state('a')).toBe('open');
    expect(waiting.is).toBe('pending');
    policy.close('a');
    await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(waiting).toEqual({ is: 'fulfilled', value: 'well' });
  });

  test('are worked by hand, exported and restored', async () => {
    const here = breakerOf();
    await here.open({ key: 'a' });
    here.policy.forceOpen('b');
    await here.policy.execute(() => 'well', { key: 'closed' });
    const data = JSON.parse(JSON.stringify(here.policy));
    expect(data).toEqual({
      a: { state: 'open', openForMs: 250, openings: 0, because: expect.any(String) },
      b: { state: 'open', openForMs: null, openings: 0 },
    });
    const there = breakerOf();
    there.policy.restore(data);
    expect(['a', 'b'].map((key) => there.policy.state(key))).toEqual(['open', 'open']);
    await expect(there.policy.execute(() => 'well', { key: 'b' })).rejects.toMatchObject({
      kind: 'circuit-open',
      retryAfterMs: undefined,
    });
    there.policy.close('b');
    await expect(there.policy.execute(() => 'well', { key: 'b' })).resolves.toBe('well');
  });

  test('have no timer while nobody waits', async () => {
    const { clock, open, policy } = breakerOf();
    await open();
    expect(clock.pendingTimers).toBe(0);
    policy.forceOpen();
    expect(clock.pendingTimers).toBe(0);
  });

  test('keep nothing of an attempt that has ended', async () => {
    const { policy } = breakerOf();
    let response: object | undefined = { is: 'large' };
    const gone = new WeakRef(response);
    await policy.execute(() => response);
    await policy.execute(() => 'another');
    response = undefined;
    await new Promise((resolve) => setTimeout(resolve, 0));
    globalThis.gc?.();
    expect(globalThis.gc === undefined || gone.deref() === undefined).toBe(true);
  });
});

test('a call with a clock of its own is timed by the breaker’s', async () => {
  const own = virtualClock();
  await own.advance(1e9);
  const { clock, policy, open } = breakerOf({ attemptTimeoutMs: 1000 });
  await policy.execute(() => 'well', { clock: own });
  await open({ clock: own });
  const waiting = watch(policy.execute(() => 'well', { clock: own }));
  await clock.advance(3000);
  expect(waiting.is).toBe('rejected');
});

test('the scripted server that restarts loses no call', async () => {
  const clock = virtualClock();
  const fetch = resilientFetch(scriptedFetch([repeat(503, 12), repeat(200, 100)]), { clock });
  const calls = Array.from({ length: 20 }, () => fetch('https://api.example.com/x'));
  const responses = await clock.run(Promise.all(calls));
  expect(responses.map(({ status }) => status)).toEqual(Array(20).fill(200));
});
