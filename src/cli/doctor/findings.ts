import { explainRule } from '../../classify/reasons/explain.ts';
import { allCatalogs } from '../../catalogs/by-host.ts';
import { healthOf, isThrottleOfKey } from '../../core/classification.ts';
import type { RetrySchedule } from '../explain/schedule.ts';
import type { FailureGroup } from './failure-group.ts';
import type { Schedules } from './schedules.ts';
import type { ServerRecord } from './server-record.ts';

/** What holdfast would have done about one kind of failure. */
export interface Finding {
  readonly group: FailureGroup;
  readonly reason: string | undefined;
  readonly source: string | undefined;
  /** The retries that would follow, if the same came again and again. */
  readonly schedule: RetrySchedule;
  /** The retries after the longest wait that a server asked for, where waits differ. */
  readonly longestSchedule: RetrySchedule;
  /** Whether only the method stands against a retry. */
  readonly isUnsafe: boolean;
  /** Who else than the call itself is slowed down or counted against. */
  readonly effect: FailureEffect;
}

/**
 * The reach of a failure: `throttle`: where many come, others are slowed down; `breaker`: it counts
 * against the circuit; `none`: nobody else learns of it.
 */
export type FailureEffect = 'throttle' | 'breaker' | 'none';

/** Finds out by running it: the whole stack on a virtual clock, for each kind of failure. */
export async function findingOf(
  group: FailureGroup,
  server: ServerRecord | undefined,
  schedules: Schedules,
): Promise<Finding> {
  const { classification, method, hasIdempotencyKey, shortestWaitMs, longestWaitMs } = group;
  const unsafeMethods = server?.catalog?.unsafeMethods ?? 'when-unprocessed';
  const options = { method, hasIdempotencyKey, unsafeMethods };
  const schedule = await schedules.of({ ...classification, retryAfterMs: shortestWaitMs }, options);
  const longestSchedule =
    longestWaitMs === shortestWaitMs
      ? schedule
      : await schedules.of({ ...classification, retryAfterMs: longestWaitMs }, options);
  const { reason, source } = explainRule(classification, allCatalogs) ?? {};
  return {
    group,
    reason,
    source,
    schedule,
    longestSchedule,
    isUnsafe: await isOnlyUnsafe(group, schedule, schedules),
    effect: effectOf(group),
  };
}

async function isOnlyUnsafe(
  { classification, shortestWaitMs }: FailureGroup,
  { retries }: RetrySchedule,
  schedules: Schedules,
): Promise<boolean> {
  const { category } = classification;
  if (retries.length > 0 || category === 'fatal' || category === 'success') return false;
  const asGet = await schedules.of(
    { ...classification, retryAfterMs: shortestWaitMs },
    { method: 'GET', unsafeMethods: 'when-unprocessed' },
  );
  return asGet.retries.length > 0;
}

function effectOf({ classification }: FailureGroup): FailureEffect {
  if (isThrottleOfKey(classification)) {
    return classification.decidedBy === 'prose' ? 'none' : 'throttle';
  }
  return healthOf(classification) === 'failing' && classification.decidedBy !== 'prose'
    ? 'breaker'
    : 'none';
}
