import type { Classification } from '../core/classification.ts';
import type { Clock } from '../core/clock.ts';
import { repetitionOf } from '../http/repeatable.ts';
import type { UnsafeMethods } from '../policies/retry/retry-decision.ts';
import { retry } from '../policies/retry/retry.ts';

/** A retry that would follow: how long `retry()` would wait for it. */
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
  /** What the catalog says about methods that are not idempotent. */
  readonly unsafeMethods: UnsafeMethods;
  /** @defaultValue that of `retry()` */
  readonly maxRetries?: number | undefined;
}

/**
 * The schedule that `retry()` would follow: not worked out again, but run, on a clock without
 * patience, once with the least and once with the greatest of chances.
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
  { method, unsafeMethods, maxRetries }: ScheduleOptions,
  chance: number,
): Promise<{ readonly waits: readonly number[]; readonly stopsBecause: string | undefined }> {
  const waits: number[] = [];
  let stopsBecause: string | undefined;
  const policy = retry({
    maxRetries,
    unsafeMethods,
    clock: impatientClock(),
    random: () => chance,
    onEvent(event) {
      if (event.type === 'retry-scheduled') waits.push(event.waitMs);
      if (event.type === 'gave-up') stopsBecause = event.because;
    },
  });
  await policy.execute(() => 'the same answer', {
    reader: {
      classifyValue: () => classification,
      classifyError: () => classification,
      repetition: () => repetitionOf(['http://localhost/', { method }], classification),
    },
  });
  return { waits, stopsBecause };
}

/** Time that passes as soon as somebody waits for it. */
function impatientClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    epochNow: () => now,
    setTimer(wake, delayMs) {
      let cancelled = false;
      queueMicrotask(() => {
        if (cancelled) return;
        now += delayMs;
        wake();
      });
      return { cancel: () => void (cancelled = true) };
    },
  };
}
