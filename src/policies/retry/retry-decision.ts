import type { Context } from '../../core/call.ts';
import type { Classification } from '../../core/classification.ts';
import type { Clock } from '../../core/clock.ts';
import type { EventListener } from '../../core/events.ts';
import type { UnsafeMethods } from '../../core/interpreter.ts';
import { backoffMs, type BackoffSettings } from './backoff.ts';

/** What the loop needs of the retry policy's options. */
export interface RetrySettings extends BackoffSettings {
  readonly maxRetries: number;
  readonly maxRetryAfterMs: number;
  readonly unsafeMethods?: UnsafeMethods | undefined;
  readonly onEvent?: EventListener | undefined;
  readonly clock: Clock;
  readonly random: () => number;
}

interface Failed {
  /** The context that the attempt ran in. */
  readonly context: Context;
  readonly classification: Classification;
}

/** An attempt that was no success, and what it left behind. */
export type FailedAttempt<T> =
  | (Failed & { readonly kind: 'threw'; readonly error: unknown })
  | (Failed & { readonly kind: 'returned'; readonly value: T });

/** Whether to go on, and after how long: one value, so that the two cannot disagree. */
export type Decision =
  | { readonly kind: 'retry'; readonly waitMs: number }
  | { readonly kind: 'stop'; readonly because: string };

/** What to do after a failed attempt, when `retriesMade` retries have been made already. */
export function decide(
  { classification, context }: FailedAttempt<unknown>,
  retriesMade: number,
  settings: RetrySettings,
): Decision {
  const { maxRetries, maxRetryAfterMs, unsafeMethods, clock, random } = settings;
  const { category, decidedBy, retryAfterMs, rule } = classification;
  const { call } = context;
  const stop = (because: string): Decision => ({ kind: 'stop', because });

  if (context.cancellation?.cancelled) return stop('the call was aborted or ran out of time');
  if (decidedBy === 'policy') return stop(`refused: ${rule}`);
  if (category === 'fatal') return stop(`fatal: ${rule}`);
  if (retriesMade >= maxRetries) {
    return stop(`retried ${retriesMade} times, which is as often as maxRetries allows`);
  }
  if (call.isRepeatedFurtherOut) return stop('a retry further out repeats this call already');
  const obstacle = call.interpreter?.whyNotRepeat?.(classification, unsafeMethods);
  if (obstacle !== undefined) return stop(obstacle);
  if (retryAfterMs !== undefined && retryAfterMs > maxRetryAfterMs) {
    const hint = `the server says to wait ${retryAfterMs} ms`;
    return stop(`${hint}, more than maxRetryAfterMs (${maxRetryAfterMs} ms)`);
  }
  const waitMs = backoffMs(retriesMade + 1, settings, random, retryAfterMs);
  // The latest attempt's, which an inner retry may have made.
  const refusedForMs = call.attempts.at(-1)?.refusedForMs ?? 0;
  if (waitMs < refusedForMs) {
    return stop(`the circuit is open for longer than the wait of ${waitMs} ms`);
  }
  if (clock.now() + waitMs >= context.deadline) {
    return stop(`waiting ${waitMs} ms would pass the total deadline`);
  }
  return { kind: 'retry', waitMs };
}
