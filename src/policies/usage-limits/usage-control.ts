import type { Clock } from '../../core/clock.ts';
import type { KeyedStore } from '../../core/keyed-store.ts';
import type { ControlPart } from '../control-part.ts';
import type { ScopeUsage } from './scope-usage.ts';

/** How usage limits are looked at, and a hold of the server's is lifted. */
export function usageControl(scopes: KeyedStore<ScopeUsage>, clock: Clock): ControlPart {
  const usageOf = (key: string) =>
    Array.from(scopes.entries(), ([, usage]) => usage).filter((usage) => usage.key === key);
  const resume = (key: string): void => usageOf(key).forEach((usage) => usage.resume());
  return {
    keys: () => Array.from(scopes.entries(), ([, { key = '' }]) => key),
    read(key) {
      const all = usageOf(key);
      const now = clock.now();
      return {
        usage: all.flatMap(({ limits }) =>
          limits.map(({ quota, settings: { unit, amount, perMs } }) => ({
            unit,
            perMs,
            amount,
            left: Math.min(quota.level(now), amount),
          })),
        ),
        pauses: all.flatMap(({ hold }) =>
          hold === undefined
            ? []
            : [{ route: undefined, leftMs: hold.until - now, because: hold.because }],
        ),
        waiting: all.reduce((sum, { line }) => sum + line.length, 0),
        longestWaitMs: Math.max(0, ...all.map(({ line }) => line.longestWaitMs)),
      };
    },
    resume,
    reset: resume,
  };
}
