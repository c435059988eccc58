import type { ResilienceEvent } from '../../../src/core/events.ts';
import { redisTokenBucket, type RedisTokenBucketOptions } from '../../../src/redis.ts';
import { virtualClock, type VirtualClock } from '../../../src/testing.ts';
import { FakeStore } from './fake-store.ts';

/** One process's shared bucket on a virtual clock, what it told, and when calls through it started. */
export function sharedBucketOf(
  options: Partial<RedisTokenBucketOptions> = {},
  clock: VirtualClock = virtualClock(),
  store = new FakeStore(clock),
) {
  const events: ResilienceEvent[] = [];
  const policy = redisTokenBucket({
    client: store.send,
    ratePerSecond: 100,
    clock,
    random: () => 0.5,
    onEvent: (event) => events.push(event),
    ...options,
  });
  const starts: number[] = [];
  const start = (call: { key?: string; priority?: number; signal?: AbortSignal } = {}) =>
    policy.execute(() => void starts.push(clock.now()), call);
  /** Starts so many calls, and lets none of their refusals go unheard. */
  const startMany = (count: number) => {
    const calls = Array.from({ length: count }, () => start());
    const refused: unknown[] = [];
    for (const call of calls) call.catch((error: unknown) => refused.push(error));
    return { calls, refused };
  };
  const eventsOf = (type: ResilienceEvent['type']) => events.filter((event) => event.type === type);
  return { clock, store, policy, events, eventsOf, starts, start, startMany };
}

/** The most of these moments that lie in any `windowMs` milliseconds. */
export function mostWithin(moments: readonly number[], windowMs: number): number {
  const sorted = moments.toSorted((one, other) => one - other);
  let most = 0;
  let first = 0;
  for (const [index, moment] of sorted.entries()) {
    while (moment - (sorted[first] ?? 0) >= windowMs) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
