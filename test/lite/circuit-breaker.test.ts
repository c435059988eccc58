import { describe, expect, test } from '@jest/globals';
import {
  CircuitOpenError,
  circuitBreaker,
  pipeline,
  resilientFetch,
  type CircuitBreakerOptions,
} from '../../src/lite.ts';
import { repeat, scriptedFetch, virtualClock, type ScriptedStep } from '../../src/testing.ts';

const API = 'https://api.example.com';

function withBreaker(steps: readonly ScriptedStep[], options: CircuitBreakerOptions = {}) {
  const clock = virtualClock();
  const events: string[] = [];
  const breaker = circuitBreaker({
    clock,
    random: () => 0.5,
    onEvent: (event) => {
      if (event.by !== 'circuit-breaker') return;
      events.push(event.type === 'circuit-changed' ? `${event.from} → ${event.to}` : event.type);
    },
    ...options,
  });
  const upstream = scriptedFetch(steps, { clock });
  const fetch = resilientFetch(upstream, { clock, circuitBreaker: breaker, retry: false });
  const call = async (path = '/things') => (await clock.run(fetch(`${API}${path}`))).status;
  return { clock, events, breaker, upstream, call };
}

describe('the breaker of holdfast/lite', () => {
  test('opens after five failures, tries one probe, and closes', async () => {
    const { clock, events, breaker, upstream, call } = withBreaker([
      ...Array.from({ length: 5 }, () => 503),
      repeat(200),
    ]);
    for (let count = 0; count < 5; count += 1) expect(await call()).toBe(503);
    expect(breaker.state(API)).toBe('open');
    await expect(call()).rejects.toBeInstanceOf(CircuitOpenError);
    expect(upstream.calls).toHaveLength(5);
    await clock.advance(5000);
    expect(await call()).toBe(200);
    expect(breaker.state(API)).toBe('closed');
    expect(events).toEqual(['closed → open', 'refused', 'open → half-open', 'half-open → closed']);
  });

  test('opens again, for twice as long, where the probe fails', async () => {
    const { clock, breaker, call } = withBreaker([repeat(503)]);
    for (let count = 0; count < 5; count += 1) await call();
    await clock.advance(5000);
    expect(await call()).toBe(503);
    await clock.advance(9999);
    expect(breaker.state(API)).toBe('open');
    await clock.advance(1);
    expect(breaker.state(API)).toBe('half-open');
  });

  test('counts the failures of one route for its key', async () => {
    const { call } = withBreaker([repeat(503)]);
    for (let count = 0; count < 5; count += 1) await call('/broken');
    await expect(call('/others')).rejects.toBeInstanceOf(CircuitOpenError);
  });

  test.each([400, 404, 429])('takes a %d as a sign of life', async (status) => {
    const { breaker, call } = withBreaker([repeat(status)]);
    for (let count = 0; count < 20; count += 1) await call();
    expect(breaker.state(API)).toBe('closed');
  });

  test('counts first tries only', async () => {
    const clock = virtualClock();
    const breaker = circuitBreaker({ clock });
    const upstream = scriptedFetch([repeat(503)], { clock });
    const retry = { budget: false } as const;
    const fetch = resilientFetch(upstream, { clock, retry, circuitBreaker: breaker });
    await clock.run(fetch(API));
    await clock.run(fetch(API));
    expect(upstream.calls).toHaveLength(8);
    expect(breaker.state(API)).toBe('closed');
  });

  test('keeps the keys apart, and is worked by hand', async () => {
    const breaker = circuitBreaker();
    const policy = pipeline(breaker);
    breaker.forceOpen('one');
    await expect(policy.execute(async () => 1, { key: 'one' })).rejects.toThrow('open by hand');
    expect(await policy.execute(async () => 2, { key: 'two' })).toBe(2);
    breaker.close('one');
    expect(await policy.execute(async () => 1, { key: 'one' })).toBe(1);
  });

  test.each<[string, CircuitBreakerOptions]>([
    ['circuitBreaker.maxOpenMs', { openMs: 10, maxOpenMs: 5 }],
    ['circuitBreaker.fallback', { fallback: 1 } as CircuitBreakerOptions],
  ])('refuses %s that cannot work', (name, options) => {
    expect(() => circuitBreaker(options)).toThrow(name);
  });
});
