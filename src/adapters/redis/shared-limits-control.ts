import type { Clock } from '../../core/clock.ts';
import type { KeyedStore } from '../../core/keyed-store.ts';
import type { ControlPart, SharedStopReading } from '../../policies/control.ts';
import type { SharedLimit } from './shared-limit.ts';

/** How shared limits are looked at. With a name all keys share one. */
export function sharedLimitsControl(
  limits: KeyedStore<SharedLimit>,
  name: string | undefined,
  clock: Clock,
): ControlPart {
  const resume = (key: string): void => limits.peek(name ?? key)?.resume();
  return {
    keys: () => Array.from(limits.entries(), ([key]) => key),
    read(key) {
      const limit = limits.peek(name ?? key);
      if (limit === undefined) return {};
      const { members, aloneSince } = limit.store;
      const failure = limit.failure;
      const store = {
        state: failure === undefined ? ('joined' as const) : ('alone' as const),
        members,
        aloneMs: aloneSince === undefined ? 0 : clock.now() - aloneSince,
        failure,
        stop: stopOf(limit, clock.now()),
      };
      return { waiting: limit.waiting, longestWaitMs: limit.longestWaitMs, store };
    },
    resume,
    reset: resume,
  };
}

function stopOf({ fleet: { stop } }: SharedLimit, now: number): SharedStopReading | undefined {
  if (stop === undefined) return undefined;
  return { leftMs: stop.leftMs(now), forMs: now - stop.since, throttles: stop.throttles };
}
