import CircuitBreaker from 'opossum';
import type { ShouldOpen } from './failure-ratio.ts';

/** opossum goes half-open by itself after this time; ours is the timing, so it never should. */
const NEVER_MS = 2 ** 31 - 1;

/**
 * Lets opossum judge: a breaker of its is given the window as it stands, and then the latest failure.
 * The outcomes have settled long since, so it never times, queues or holds a call.
 */
export const shouldOpen: ShouldOpen = (settings, outcomes, failures) => {
  const window = {
    rollingCountBuckets: outcomes.length,
    rollingCountTimeout: settings.windowMs,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
    // Stands in for the emitter whose timer would turn the window.
    rotateBucketController: { listenerCount: () => 0, on: () => {}, removeListener: () => {} },
  };
  const status = CircuitBreaker.newStatus(window as unknown as CircuitBreaker.Options);
  const slices = status.window as unknown as { fires: number; failures: number }[];
  slices.forEach((counts, slice) => {
    // The latest failure is in the current slice, and opossum is still to count it.
    const latest = slice === 0 ? 1 : 0;
    counts.fires = (outcomes[slice] ?? 0) - latest;
    counts.failures = (failures[slice] ?? 0) - latest;
  });
  const breaker = new CircuitBreaker(fail, {
    ...window,
    status,
    timeout: false,
    resetTimeout: NEVER_MS,
    errorThresholdPercentage: settings.opensAbovePercent,
    volumeThreshold: settings.minimumCalls,
    name: 'holdfast',
  } as unknown as CircuitBreaker.Options);
  // An action that throws is counted at once.
  breaker.fire().catch(() => {});
  const { opened } = breaker;
  breaker.shutdown();
  return opened;
};

const FAILURE = new Error('an attempt failed');

function fail(): never {
  throw FAILURE;
}
