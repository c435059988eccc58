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
  /** When calls started, and how many tokens each took. */
  const weighted: Start[] = [];
  const start = (
    call: { key?: string; priority?: number; weight?: number; signal?: AbortSignal } = {},
  ) =>
    policy.execute(() => {
      starts.push(clock.now());
      weighted.push({ at: clock.now(), weight: call.weight ?? options.weight ?? 1 });
    }, call);
  /** Starts so many calls, and lets none of their refusals go unheard. */
  const startMany = (count: number) => {
    const calls = Array.from({ length: count }, () => start());
    const refused: unknown[] = [];
    for (const call of calls) call.catch((error: unknown) => refused.push(error));
    return { calls, refused };
  };
  const eventsOf = (type: ResilienceEvent['type']) => events.filter((event) => event.type === type);
  return { clock, store, policy, events, eventsOf, starts, weighted, start, startMany };
}

interface Start {
  readonly at: number;
  readonly weight: number;
}

/** The most of these moments that lie in any `windowMs` milliseconds. */
export const mostWithin = (moments: readonly number[], windowMs: number): number =>
  mostTokensWithin(
    moments.map((at) => ({ at, weight: 1 })),
    windowMs,
  );

/** The most tokens that calls took in any `windowMs` milliseconds. */
export function mostTokensWithin(starts: readonly Start[], windowMs: number): number {
  const sorted = starts.toSorted((one, other) => one.at - other.at);
  let [most, tokens, first] = [0, 0, 0];
  for (const { at, weight } of sorted) {
    tokens += weight;
    for (; at - sorted[first]!.at >= windowMs; first += 1) tokens -= sorted[first]!.weight;
    most = Math.max(most, tokens);
  }
  return most;
}
