import pRetry from 'p-retry';
import { Attempt } from '../core/attempt.ts';
import type { Context, Operation } from '../core/call.ts';
import type { Classification } from '../core/classification.ts';
import { sleep, type Clock } from '../core/clock.ts';
import { withoutStack } from '../core/errors.ts';
import { tell, type EventListener } from '../core/events.ts';
import type { UnsafeMethods } from '../core/interpreter.ts';
import { backoffMs, type BackoffSettings } from './backoff.ts';
import { attemptThatGave, discard, verdictOnError, verdictOnValue } from './verdict.ts';

/** What the loop needs of the retry policy's options. */
export interface RetrySettings extends BackoffSettings {
  readonly maxRetries: number;
  readonly maxRetryAfterMs: number;
  readonly unsafeMethods?: UnsafeMethods | undefined;
  readonly onEvent?: EventListener | undefined;
  readonly clock: Clock;
  readonly random: () => number;
}

/** An attempt's outcome that is no success. */
export type FailedAttempt<T> =
  | { readonly kind: 'threw'; readonly error: unknown; readonly classification: Classification }
  | { readonly kind: 'returned'; readonly value: T; readonly classification: Classification };

/** Whether to go on, and after how long: one value, so that the two cannot disagree. */
type Decision =
  | { readonly kind: 'retry'; readonly waitMs: number }
  | { readonly kind: 'stop'; readonly because: string };

/** Carries a failed attempt through p-retry, which would wrap, judge or drop what is not an `Error` of ours. */
class Carrier<T> extends Error {
  readonly failed: FailedAttempt<T>;
  readonly decision: Decision;

  constructor(failed: FailedAttempt<T>, decision: Decision) {
    super();
    this.failed = failed;
    this.decision = decision;
  }
}

/**
 * Goes on after a failed first attempt. p-retry runs and counts the further attempts; the waits are
 * ours and belong to the attempt that they precede, since p-retry's are neither told by the server
 * nor longer than 2^31−1 ms.
 */
export async function repeat<T>(
  operation: Operation<T>,
  context: Context,
  first: FailedAttempt<T>,
  settings: RetrySettings,
): Promise<T> {
  announceFailure(first, context, settings);
  let last = carry(first, context, settings, 0);
  if (last.decision.kind === 'stop') return settle(last, context, settings);

  const retryOnce = async (retry: number): Promise<T> => {
    const outcome = await waitAndRun(operation, context, last, settings);
    if (outcome.kind === 'succeeded') return outcome.value;
    throw (last = carry(outcome, context, settings, retry));
  };
  try {
    return await pRetry(retryOnce, {
      retries: settings.maxRetries - 1,
      minTimeout: 0,
      factor: 1,
      shouldRetry: ({ error }) => error instanceof Carrier && error.decision.kind === 'retry',
    });
  } catch (thrown) {
    if (thrown === last) return settle(last, context, settings);
    throw thrown;
  }
}

type Outcome<T> = FailedAttempt<T> | { readonly kind: 'succeeded'; readonly value: T };

/** Frees the failed response, waits as decided, and makes the next attempt. */
async function waitAndRun<T>(
  operation: Operation<T>,
  context: Context,
  { failed, decision }: Carrier<T>,
  settings: RetrySettings,
): Promise<Outcome<T>> {
  const { key, cancellation, call } = context;
  const record = new Attempt(call.attempts.length + 1);
  record.waitedMs = decision.kind === 'retry' ? decision.waitMs : 0;
  if (settings.onEvent) {
    tell(settings.onEvent, {
      type: 'retry-scheduled',
      key,
      attempt: record.number,
      waitMs: record.waitedMs,
      classification: failed.classification,
    });
  }
  const next = context.forAttempt(record);
  let value: T;
  try {
    if (failed.kind === 'returned') await discard(context, failed.value);
    await sleep(settings.clock, record.waitedMs, cancellation);
    value = await operation(next);
  } catch (error) {
    const outcome: Outcome<T> = {
      kind: 'threw',
      error,
      classification: verdictOnError(next, error),
    };
    announceFailure(outcome, next, settings);
    return outcome;
  }
  const classification = await verdictOnValue(next, value);
  if (classification.category === 'success') return { kind: 'succeeded', value };
  const outcome: Outcome<T> = { kind: 'returned', value, classification };
  announceFailure(outcome, next, settings);
  return outcome;
}

function carry<T>(
  failed: FailedAttempt<T>,
  context: Context,
  settings: RetrySettings,
  retriesMade: number,
): Carrier<T> {
  const decision = decide(failed.classification, context, settings, retriesMade);
  return withoutStack(() => new Carrier(failed, decision));
}

function decide(
  classification: Classification,
  context: Context,
  settings: RetrySettings,
  retriesMade: number,
): Decision {
  const stop = (because: string): Decision => ({ kind: 'stop', because });
  const { category, decidedBy, retryAfterMs, rule } = classification;

  if (context.cancellation?.cancelled) return stop('the call was aborted or ran out of time');
  if (decidedBy === 'policy') return stop(`refused: ${rule}`);
  if (category === 'fatal') return stop(`fatal: ${rule}`);
  if (retriesMade >= settings.maxRetries) {
    return stop(`retried ${retriesMade} times, which is as often as maxRetries allows`);
  }
  const obstacle = context.call.interpreter?.whyNotRepeat?.(classification, settings.unsafeMethods);
  if (obstacle !== undefined) return stop(obstacle);
  if (retryAfterMs !== undefined && retryAfterMs > settings.maxRetryAfterMs) {
    return stop(
      `the server says to wait ${retryAfterMs} ms, more than maxRetryAfterMs (${settings.maxRetryAfterMs} ms)`,
    );
  }
  const waitMs = backoffMs(retriesMade + 1, settings, settings.random, retryAfterMs);
  if (settings.clock.now() + waitMs >= context.deadline) {
    return stop(`waiting ${waitMs} ms would pass the total deadline`);
  }
  return { kind: 'retry', waitMs };
}

/** Hands over what remains, as it came. */
function settle<T>(
  { failed, decision }: Carrier<T>,
  { call, key }: Context,
  settings: RetrySettings,
): T {
  const { classification } = failed;
  const because = decision.kind === 'stop' ? decision.because : 'the retry loop ended';
  call.stoppedBecause = because;
  if (settings.onEvent && classification.decidedBy !== 'caller') {
    const attempts = call.attempts.length;
    tell(settings.onEvent, { type: 'gave-up', key, attempts, because, classification });
  }
  if (failed.kind === 'threw') throw failed.error;
  return failed.value;
}

/** Tells of an attempt that failed; not of one that was refused, aborted or never began. */
function announceFailure<T>(
  failed: FailedAttempt<T>,
  context: Context,
  { onEvent }: RetrySettings,
): void {
  const { classification } = failed;
  if (!onEvent || classification.decidedBy === 'policy' || classification.decidedBy === 'caller') {
    return;
  }
  const attempt = attemptThatGave(failed.kind === 'threw' ? failed.error : failed.value, context);
  if (attempt?.startedOn === undefined) return;
  const { key } = context;
  tell(onEvent, { type: 'attempt-failed', key, attempt: attempt.number, classification });
}
