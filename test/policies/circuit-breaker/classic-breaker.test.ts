import { describe, expect, jest, test } from '@jest/globals';
import { sleep } from '../../../src/core/clock.ts';
import type { ResilienceEvent } from '../../../src/core/events.ts';
import { OptionError } from '../../../src/core/options.ts';
import { definePolicy, pipeline } from '../../../src/http/pipeline.ts';
import { circuitBreaker } from '../../../src/policies/circuit-breaker/circuit-breaker.ts';
import { type CircuitBreakerOptions } from '../../../src/policies/circuit-breaker/circuit-breaker-options.ts';
import { retry } from '../../../src/policies/retry/retry.ts';
import { timeout } from '../../../src/policies/timeout.ts';
import { tokenBucket } from '../../../src/policies/rate-limit/token-bucket.ts';
import { virtualClock } from '../../../src/testing.ts';
import { httpFailure, throttled, unavailable } from '../http-failure.ts';

function breakerOf(options: CircuitBreakerOptions = {}) {
  const clock = virtualClock();
  const events: ResilienceEvent[] = [];
  const policy = circuitBreaker({
    mode: 'classic',
    clock,
    random: () => 0.5,
    minimumCalls: 2,
    openMs: 1000,
    onEvent: (event) => events.push(event),
    ...options,
  });
  const fail = async (failure: unknown = unavailable(), key?: string) => {
    const throwing = () => {
      throw failure;
    };
    return policy.execute(throwing, { key }).catch((thrown: unknown) => thrown);
  };
  const succeed = (key?: string) => policy.execute(() => 'well', { key });
  const open = async (key?: string) => {
    await fail(unavailable(), key);
    await fail(unavailable(), key);
  };
  return { clock, events, policy, fail, succeed, open };
}

describe('a classic circuit breaker', () => {
  test('opens for failures that may pass, and hands each of them on as it came', async () => {
    const { policy, fail } = breakerOf();
    const failure = unavailable();
    await expect(fail(failure)).resolves.toBe(failure);
    expect(policy.state()).toBe('closed');
    await fail();
    expect(policy.state()).toBe('open');
  });

  test('opens for failures that were returned as responses', async () => {
    const { policy } = breakerOf();
    for (const status of [500, 502]) {
      const response = new Response('', { status });
      await expect(policy.execute(() => response)).resolves.toBe(response);
    }
    expect(policy.state()).toBe('open');
  });

  test.each<[string, unknown]>([
    ['bugs of the program', new TypeError('undefined is not a function')],
    ['things that are no errors', 'text'],
    ['nothing at all', null],
    ['the caller’s aborts', new DOMException('aborted', 'AbortError')],
    ['what a browser does not tell', new TypeError('Failed to fetch')],
  ])('does not open for %s, nor close', async (_what, error) => {
    const { clock, policy, fail, succeed, open } = breakerOf();
    for (let call = 0; call < 20; call += 1) await fail(error);
    expect(policy.state()).toBe('closed');
    await open();
    await clock.advance(1000);
    await fail(error);
    expect(policy.state()).toBe('half-open');
    await succeed();
    expect(policy.state()).toBe('closed');
  });

  test.each<[string, unknown]>([
    ['a throttle', throttled(1)],
    ['a 404', httpFailure(404)],
    ['a 401', httpFailure(401)],
  ])('takes %s for a sign of life: never opens for it, and closes', async (_what, error) => {
    const { clock, policy, fail, open } = breakerOf();
    for (let call = 0; call < 20; call += 1) await fail(error);
    expect(policy.state()).toBe('closed');
    await open();
    await clock.advance(1000);
    await fail(error);
    expect(policy.state()).toBe('closed');
  });

  test('does not count refusals of a limiter within it', async () => {
    const clock = virtualClock();
    const breaker = circuitBreaker({ mode: 'classic', minimumCalls: 2, clock });
    const limiter = tokenBucket({ ratePerSecond: 1, burst: 1, onEmpty: 'reject', clock });
    const policy = pipeline(breaker, limiter);
    await policy.execute(() => {});
    for (let call = 0; call < 20; call += 1) {
      await expect(policy.execute(() => {})).rejects.toMatchObject({ kind: 'rate-limited' });
    }
    expect(breaker.state()).toBe('closed');
  });

  test('does not count an abort, whatever the aborted operation throws', async () => {
    const { policy } = breakerOf();
    for (let call = 0; call < 5; call += 1) {
      const controller = new AbortController();
      const aborted = policy.execute(
        async ({ signal }) => {
          await new Promise((resolve) => {
            signal.addEventListener('abort', resolve);
          });
          throw unavailable();
        },
        { signal: controller.signal },
      );
      controller.abort();
      await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(policy.state()).toBe('closed');
  });
});

describe('an open circuit breaker', () => {
  test('refuses at once, sends nothing and says when to come back', async () => {
    const { clock, policy, open } = breakerOf();
    await open();
    await clock.advance(400.5);
    const operation = jest.fn();
    await expect(policy.execute(operation)).rejects.toMatchObject({
      kind: 'circuit-open',
      key: 'default',
      retryAfterMs: 600,
      attempts: [],
      causedBy: { status: 503, rule: expect.any(String) },
      classification: { category: 'retryable', decidedBy: 'policy', unprocessed: true },
    });
    expect(operation).not.toHaveBeenCalled();
  });

  test('probes with one call of many, and lets all through once it has succeeded', async () => {
    const { clock, policy, open } = breakerOf();
    await open();
    await clock.advance(1000);
    const operation = jest.fn(() => sleep(clock, 100));
    const calls = Array.from({ length: 50 }, () => policy.execute(operation));
    const settled = await clock.run(Promise.allSettled(calls));
    expect(operation).toHaveBeenCalledTimes(1);
    expect(settled.map(({ status }) => status).filter((one) => one === 'fulfilled')).toHaveLength(
      1,
    );
    expect(policy.state()).toBe('closed');
  });

  test('is not wedged by a probe that hangs', async () => {
    const { clock, policy, succeed, open } = breakerOf({ probeTimeoutMs: 700 });
    await open();
    await clock.advance(1000);
    void policy.execute(() => new Promise(() => {}));
    await expect(succeed()).rejects.toMatchObject({ kind: 'circuit-open', retryAfterMs: 700 });
    await clock.advance(700);
    await expect(succeed()).resolves.toBe('well');
    expect(policy.state()).toBe('closed');
  });

  test('is not wedged by a probe whose caller aborts', async () => {
    const clock = virtualClock();
    const breaker = circuitBreaker({
      mode: 'classic',
      minimumCalls: 1,
      openMs: 1000,
      random: () => 0.5,
      clock,
    });
    const policy = pipeline(breaker, timeout({ timeoutMs: 1e6, clock }));
    await policy.execute(() => Promise.reject(unavailable())).catch(() => {});
    await clock.advance(1000);
    const controller = new AbortController();
    const probe = policy.execute(() => new Promise(() => {}), { signal: controller.signal });
    controller.abort('enough');
    await expect(probe).rejects.toBe('enough');
    await expect(policy.execute(() => 'well')).resolves.toBe('well');
    expect(breaker.state()).toBe('closed');
  });

  test('ignores stragglers from before', async () => {
    const { clock, policy, succeed, open } = breakerOf();
    const straggler = policy.execute(() => sleep(clock, 1500));
    const failing = policy
      .execute(async () => {
        await sleep(clock, 1600);
        throw unavailable();
      })
      .catch(() => {});
    await open();
    await clock.advance(1000);
    const probe = policy.execute(() => sleep(clock, 5000));
    await clock.run(Promise.all([straggler, failing]));
    expect(policy.state()).toBe('half-open');
    await clock.run(probe);
    expect(policy.state()).toBe('closed');
    await succeed();
  });

  test('says in the report which attempts were probes', async () => {
    const { clock, policy, open } = breakerOf();
    await open();
    await clock.advance(1000);
    const failing = timeout({ timeoutMs: 1, clock });
    const probe = pipeline(policy, failing).execute(() => new Promise(() => {}));
    const error = await clock.run(probe.catch((thrown: unknown) => thrown));
    expect(error).toMatchObject({ attempts: [{ circuit: 'half-open' }] });
  });
});

describe('the open time', () => {
  test('grows while probes fail, and respects a longer hint up to maxOpenMs', async () => {
    const { clock, events, fail, open } = breakerOf();
    await open();
    await clock.advance(1000);
    await fail();
    await clock.advance(2000);
    await fail(unavailable(3600));
    const openings = events.flatMap((event) =>
      event.type === 'circuit-changed' && event.to === 'open' ? [event.openMs] : [],
    );
    expect(openings).toEqual([1000, 2000, 60_000]);
  });
});

describe('circuits', () => {
  test('are apart for each key', async () => {
    const { policy, succeed, open } = breakerOf();
    await open('a');
    expect([policy.state('a'), policy.state('b')]).toEqual(['open', 'closed']);
    await expect(succeed('b')).resolves.toBe('well');
    await expect(succeed('a')).rejects.toMatchObject({ key: 'a' });
  });

  test('are bounded: the least recently used leaves', async () => {
    const { policy, succeed, open } = breakerOf({ maxKeys: 2 });
    await open('a');
    await open('b');
    await expect(succeed('a')).rejects.toMatchObject({ kind: 'circuit-open' });
    await open('c');
    expect(['a', 'b', 'c'].map((key) => policy.state(key))).toEqual(['open', 'closed', 'open']);
  });

  test('that are open leave last, the one that is due soonest first', async () => {
    const { clock, policy, succeed, open } = breakerOf({ maxKeys: 3 });
    await open('first');
    await clock.advance(100);
    await open('second');
    for (let index = 0; index < 100; index += 1) await succeed(`other ${index}`);
    expect(['first', 'second'].map((key) => policy.state(key))).toEqual(['open', 'open']);
    await clock.advance(100);
    await open('third');
    await open('fourth');
    expect(['first', 'second', 'third', 'fourth'].map((key) => policy.state(key))).toEqual([
      'closed',
      'open',
      'open',
      'open',
    ]);
  });

  test('that were forced open stay, however many others come', async () => {
    const { policy, succeed } = breakerOf({ maxKeys: 2 });
    policy.forceOpen('forced');
    for (let index = 0; index < 100; index += 1) await succeed(`other ${index}`);
    expect(policy.state('forced')).toBe('open');
  });

  test('need no timer, closed, open or half-open', async () => {
    const { clock, open } = breakerOf();
    await open();
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(1000);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a circuit that is worked by hand', () => {
  test('is forced open and closed, and read', async () => {
    const { clock, policy, succeed } = breakerOf();
    expect(policy.state('unknown')).toBe('closed');
    policy.close('unknown');
    policy.forceOpen();
    await clock.advance(1e9);
    await expect(succeed()).rejects.toMatchObject({
      kind: 'circuit-open',
      retryAfterMs: undefined,
    });
    policy.close();
    await expect(succeed()).resolves.toBe('well');
  });

  test('is exported as plain data and restored elsewhere, whatever its key is called', async () => {
    const here = breakerOf();
    await here.open('__proto__');
    await here.open('a');
    here.policy.forceOpen('b');
    await here.succeed('closed');
    await here.clock.advance(250);
    const data = JSON.parse(JSON.stringify(here.policy));
    expect(Object.keys(data).toSorted()).toEqual(['__proto__', 'a', 'b']);
    const there = breakerOf();
    there.policy.restore(data);
    expect(['__proto__', 'a', 'b', 'closed'].map((key) => there.policy.state(key))).toEqual([
      'open',
      'open',
      'open',
      'closed',
    ]);
    await there.clock.advance(750);
    expect(['a', 'b'].map((key) => there.policy.state(key))).toEqual(['half-open', 'open']);
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['no state', { openForMs: 1, openings: 1 }],
    ['an unknown state', { state: 'ajar', openForMs: 1, openings: 1 }],
    ['no time', { state: 'open', openings: 1 }],
    ['a time that is no number', { state: 'open', openForMs: 'long', openings: 1 }],
    ['a negative time', { state: 'open', openForMs: -1, openings: 1 }],
    ['half an opening', { state: 'open', openForMs: 1, openings: 0.5 }],
    ['a reason that is no text', { state: 'open', openForMs: 1, openings: 1, because: 1 }],
  ])('is not restored from nonsense: %s', (_what, snapshot) => {
    const { policy } = breakerOf();
    expect(() => policy.restore({ 'https://api.example.com': snapshot as never })).toThrow(
      OptionError,
    );
    expect(() => policy.restore({ 'https://api.example.com': snapshot as never })).toThrow(
      /https:\/\/api\.example\.com/,
    );
    expect(policy.state('https://api.example.com')).toBe('closed');
  });

  test.each([null, undefined, 'text', 1, []])('is not restored from %p', (snapshots) => {
    const { policy } = breakerOf();
    expect(() => policy.restore(snapshots as never)).toThrow(OptionError);
    expect(() => policy.restore(snapshots as never)).toThrow(/circuitBreaker\.restore must be/);
  });
});

describe('who votes', () => {
  test('only first tries: a call that is repeated counts once', async () => {
    const { clock, policy } = breakerOf({ minimumCalls: 3 });
    const repeating = pipeline(retry({ maxRetries: 9, baseDelayMs: 1, clock }), policy);
    const failing = () =>
      clock.run(repeating.execute(() => Promise.reject(unavailable())).catch(() => {}));
    await failing();
    await failing();
    expect(policy.state()).toBe('closed');
    await failing();
    expect(policy.state()).toBe('open');
  });

  test('a time-out of the caller’s own counts, an abort does not', async () => {
    for (const [name, state] of [
      ['TimeoutError', 'open'],
      ['AbortError', 'closed'],
    ]) {
      const { clock, policy } = breakerOf();
      for (let call = 0; call < 3; call += 1) {
        const controller = new AbortController();
        const reason = new DOMException('too late', name);
        const hanging = policy.execute(() => new Promise(() => {}), { signal: controller.signal });
        hanging.catch(() => {});
        await clock.advance(100);
        controller.abort(reason);
        await hanging.catch((error: unknown) => {
          // Once it is open the call is refused instead.
          if (policy.state() === 'closed') expect(error).toBe(reason);
        });
      }
      expect(policy.state()).toBe(state);
    }
  });

  test('a time-out of the caller’s own that was spent in line says nothing', async () => {
    const { clock, policy } = breakerOf();
    const slow = definePolicy({ enter: () => sleep(clock, 1000) });
    for (let call = 0; call < 5; call += 1) {
      const controller = new AbortController();
      const waiting = pipeline(slow, policy).execute(() => new Promise(() => {}), {
        signal: controller.signal,
      });
      waiting.catch(() => {});
      await clock.advance(1010);
      controller.abort(new DOMException('too late', 'TimeoutError'));
      await waiting.catch(() => {});
    }
    expect(policy.state()).toBe('closed');
  });
});

describe('a route that fails while others of its key answer', () => {
  const reply = (status: number) => () =>
    status < 400 ? 'well' : Promise.reject(httpFailure(status));
  const failed = () =>
    Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));

  async function blamed() {
    const made = breakerOf({ consecutiveFailures: 5, minimumCalls: 10 });
    const { policy } = made;
    for (let call = 0; call < 20; call += 1) {
      await policy.execute(reply(500), { route: '/dead' }).catch(() => {});
      await policy.execute(reply(200), { route: '/fine' });
    }
    return made;
  }

  test('has a circuit of its own, and the key’s stays closed', async () => {
    const { policy, events } = await blamed();
    expect(policy.state()).toBe('closed');
    await expect(policy.execute(reply(200), { route: '/dead' })).rejects.toMatchObject({
      kind: 'circuit-open',
      causedBy: { status: 500 },
    });
    await expect(policy.execute(reply(200), { route: '/fine' })).resolves.toBe('well');
    const changes = events.filter(({ type }) => type === 'circuit-changed');
    expect(changes).toMatchObject([
      { route: '/dead', to: 'open', classification: { status: 500 } },
    ]);
  });

  test('is let through again once a probe has been answered', async () => {
    const { clock, policy } = await blamed();
    await clock.advance(1000);
    await policy.execute(reply(404), { route: '/dead' }).catch(() => {});
    await expect(policy.execute(reply(200), { route: '/dead' })).resolves.toBe('well');
  });

  test('a connection that never stood counts for the key', async () => {
    const { policy } = breakerOf({ consecutiveFailures: 5, minimumCalls: 1000 });
    for (let call = 0; call < 10; call += 1) {
      await policy.execute(reply(200), { route: '/fine' });
    }
    for (let call = 0; call < 5; call += 1) {
      await policy.execute(failed, { route: '/dead' }).catch(() => {});
    }
    expect(policy.state()).toBe('open');
  });
});
