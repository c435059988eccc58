import type { Clock } from '../../core/clock.ts';
import type { KeyedStore } from '../../core/keyed-store.ts';
import type { ControlPart } from '../../policies/control.ts';
import type { SharedLimit } from './shared-limit.ts';

/** How shared limits are looked at. With a name all keys share one. */
export function sharedLimitsControl(
  limits: KeyedStore<SharedLimit>,
  name: string | undefined,
  clock: Clock,
): ControlPart {
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
      };
      return { waiting: limit.waiting, longestWaitMs: limit.longestWaitMs, store };
    },
  };
}
