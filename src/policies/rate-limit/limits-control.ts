import type { Clock } from '../../core/clock.ts';
import type { KeyedStore } from '../../core/keyed-store.ts';
import type { ControlPart } from '../control.ts';
import type { ScopeLimits } from './scope-limits.ts';

/** How the limits of a key are looked at and lifted. */
export function limitsControl(scopes: KeyedStore<ScopeLimits>, clock: Clock): ControlPart {
  const lanesOf = (key: string) =>
    Array.from(scopes.entries(), ([, limits]) => limits)
      .filter((limits) => limits.key === key)
      .flatMap((limits) => Array.from(limits.lanes()));
  const resume = (key: string): void => {
    for (const [, limits] of scopes.entries()) if (limits.key === key) limits.resume();
  };
  return {
    keys: () => Array.from(scopes.entries(), ([, { key = '' }]) => key),
    read(key) {
      const lanes = lanesOf(key);
      const now = clock.now();
      const pauses = lanes.flatMap(({ lane: { pace }, route }) => {
        if (pace.stop === undefined) return [];
        return [{ route, leftMs: pace.stop.dueAt(now) - now, because: pace.stop.because }];
      });
      const paces = lanes.flatMap(({ lane: { pace }, route }) => {
        const ratePerSecond = pace.ratePerSecond(now);
        return ratePerSecond < Infinity ? [{ route, ratePerSecond }] : [];
      });
      return {
        pauses,
        paces,
        waiting: lanes.reduce((sum, { lane }) => sum + lane.bucket.waiting, 0),
        longestWaitMs: Math.max(0, ...lanes.map(({ lane }) => lane.bucket.longestWaitMs)),
      };
    },
    resume,
    reset: resume,
  };
}
