import { expect } from '@jest/globals';
import type { ResilienceEvent } from '../../../src/core/events.ts';
import { tokenBucket } from '../../../src/policies/rate-limit/token-bucket.ts';
import { type TokenBucketOptions } from '../../../src/policies/rate-limit/token-bucket-options.ts';
import { virtualClock } from '../../../src/testing.ts';

/** A token bucket on a virtual clock, what it told of itself, and when calls through it started. */
export function bucketOf(options: TokenBucketOptions = {}) {
  const clock = virtualClock();
  const events: ResilienceEvent[] = [];
  const onEvent = (event: ResilienceEvent) => {
    if (event.by === 'token-bucket') events.push(event);
  };
  const policy = tokenBucket({ clock, onEvent, ...options });
  const starts: number[] = [];
  const start = (call: { key?: string; priority?: number; signal?: AbortSignal } = {}) =>
    policy.execute(() => void starts.push(clock.now()), call);
  const fail = async (failure: Error, key?: string) => {
    await expect(policy.execute(() => Promise.reject(failure), { key })).rejects.toBe(failure);
  };
  return { clock, policy, events, starts, start, fail };
}
