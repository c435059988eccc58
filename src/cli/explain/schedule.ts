import { virtualClock } from '../../adapters/testing/virtual-clock.ts';
import { classifyThrown } from '../../classify/thrown/thrown.ts';
import type { OperationContext } from '../../core/call.ts';
import type { Classification } from '../../core/classification.ts';
import { Context } from '../../core/context.ts';
import type { History } from '../../core/history.ts';
import { repetitionOf } from '../../http/repeatable.ts';
import { RESILIENT_FETCH_DEFAULTS } from '../../http/standard-stack.ts';
import { standardStack } from '../../http/whole-stack.ts';
import type { UnsafeMethods } from '../../policies/retry/retry-decision.ts';

/** A retry that would follow: how long a wrapped fetch would wait for it. */
export interface ScheduledRetry {
  /** Which retry it is, counted from 1. */
  readonly retry: number;
  readonly earliestMs: number;
  readonly latestMs: number;
}

/** The retries that would follow if the same answer came again and again. */
export interface RetrySchedule {
  readonly retries: readonly ScheduledRetry[];
  /** Why it ends; `undefined` for a success, of which nothing follows. */
  readonly stopsBecause: string | undefined;
}

/** The request, and the rules for it. */
export interface ScheduleOptions {
  /** The request's method. */
  readonly method: string;
  /** Whether it carries a key by which the server knows a repetition. @defaultValue false */
  readonly hasIdempotencyKey?: boolean | undefined;
  /** What the catalog says about methods that are not idempotent. */
  readonly unsafeMethods: UnsafeMethods;
  /** @defaultValue that of `retry()` */
  readonly maxRetries?: number | undefined;
}

/**
 * The schedule that a wrapped fetch would follow: not worked out again, but run, with the whole
 * standard stack on a virtual clock, once with the least and once with the greatest of chances.
 */
export async function scheduleOf(
  classification: Classification,
  options: ScheduleOptions,
): Promise<RetrySchedule> {
  const least = await run(classification, options, 0);
  const greatest = await run(classification, options, 1 - Number.EPSILON);
  return {
    retries: least.waits.map((earliestMs, index) => ({
      retry: index + 1,
      earliestMs,
      latestMs: greatest.waits[index] ?? earliestMs,
    })),
    stopsBecause: least.stopsBecause,
  };
}

async function run(
  classification: Classification,
  { method, hasIdempotencyKey = false, unsafeMethods, maxRetries }: ScheduleOptions,
  chance: number,
): Promise<{ readonly waits: readonly number[]; readonly stopsBecause: string | undefined }> {
  const clock = virtualClock();
  const startedAt: number[] = [];
  let history: History | undefined;
  const stack = standardStack({
    ...RESILIENT_FETCH_DEFAULTS,
    retry: { maxRetries, unsafeMethods },
    clock,
    random: () => chance,
  });
  const operation = (context: OperationContext) => {
    if (context instanceof Context) ({ history } = context.call);
    startedAt.push(clock.now());
  };
  const headers = hasIdempotencyKey ? { 'idempotency-key': 'of the request' } : {};
  const calling = stack.execute(operation, {
    reader: {
      classifyValue: () => classification,
      classifyError: (error) => classifyThrown(error),
      repetition: () => repetitionOf(['http://localhost/', { method, headers }], classification),
    },
  });
  // A refusal of the stack's own ends the schedule, and the history says why.
  await clock.run(calling.catch(() => {}));
  const waits = startedAt.slice(1).map((at, index) => rounded(at - (startedAt[index] ?? at)));
  return { waits, stopsBecause: history?.stoppedBecause };
}

/** A microsecond is exact enough, and hides what adding up fractions leaves behind. */
const rounded = (milliseconds: number) => Math.round(milliseconds * 1_000) / 1_000;
