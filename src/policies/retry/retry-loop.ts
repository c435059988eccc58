import pRetry, { type Options } from 'p-retry';
import { Attempt } from '../../core/attempt.ts';
import type { Operation } from '../../core/call.ts';
import { sleep } from '../../core/clock.ts';
import { withoutStack } from '../../core/errors.ts';
import { tell } from '../../core/events.ts';
import { decide, type Decision, type FailedAttempt, type RetrySettings } from './retry-decision.ts';
import { attemptThatGave, discard, verdictOnError, verdictOnValue } from '../verdict.ts';

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
  first: FailedAttempt<T>,
  settings: RetrySettings,
): Promise<T> {
  announceFailure(first, settings);
  let last = carry(first, 0, settings);
  if (last.decision.kind === 'stop') return settle(last, settings);

  const retryOnce = async (retry: number): Promise<T> => {
    const outcome = await waitAndRun(operation, last, settings);
    if (outcome.kind === 'succeeded') return outcome.value;
    announceFailure(outcome, settings);
    throw (last = carry(outcome, retry, settings));
  };
  try {
    return await pRetry(retryOnce, { ...EVERY_OPTION, retries: settings.maxRetries - 1 });
  } catch (thrown) {
    if (thrown === last) return settle(last, settings);
    throw thrown;
  }
}

/** Complete, since p-retry spends ten microseconds on adding what is missing to a copy of it. */
const EVERY_OPTION: Options = Object.freeze({
  retries: 0,
  factor: 1,
  minTimeout: 0,
  maxTimeout: Infinity,
  maxRetryTime: Infinity,
  randomize: false,
  onFailedAttempt: () => {},
  shouldConsumeRetry: () => true,
  shouldRetry: ({ error }) => error instanceof Carrier && error.decision.kind === 'retry',
});

type Outcome<T> = FailedAttempt<T> | { readonly kind: 'succeeded'; readonly value: T };

/** Frees the failed response, waits as decided, and makes the next attempt. */
async function waitAndRun<T>(
  operation: Operation<T>,
  { failed, decision }: Carrier<T>,
  { clock, onEvent }: RetrySettings,
): Promise<Outcome<T>> {
  const { context: previous, classification: reason } = failed;
  const record = new Attempt(previous.call.attempts.length + 1);
  const waitMs = decision.kind === 'retry' ? decision.waitMs : 0;
  record.waitedMs = waitMs;
  const context = previous.forAttempt(record);
  const { key, attempt, cancellation } = context;
  if (onEvent) {
    tell(onEvent, { type: 'retry-scheduled', key, attempt, waitMs, classification: reason });
  }
  let value: T;
  try {
    if (failed.kind === 'returned') await discard(previous, failed.value);
    await sleep(clock, waitMs, cancellation);
    value = await operation(context);
  } catch (error) {
    return { kind: 'threw', error, context, classification: verdictOnError(context, error) };
  }
  const classification = await verdictOnValue(context, value);
  if (classification.category === 'success') return { kind: 'succeeded', value };
  return { kind: 'returned', value, context, classification };
}

function carry<T>(
  failed: FailedAttempt<T>,
  retriesMade: number,
  settings: RetrySettings,
): Carrier<T> {
  const decision = decide(failed, retriesMade, settings);
  return withoutStack(() => new Carrier(failed, decision));
}

/** Hands over what remains, as it came. */
function settle<T>({ failed, decision }: Carrier<T>, { onEvent }: RetrySettings): T {
  const { classification, context } = failed;
  const { call, key } = context;
  const because = decision.kind === 'stop' ? decision.because : 'the retry loop ended';
  call.stoppedBecause = because;
  if (onEvent && classification.decidedBy !== 'caller') {
    const attempts = call.attempts.length;
    tell(onEvent, { type: 'gave-up', key, attempts, because, classification });
  }
  if (failed.kind === 'threw') throw failed.error;
  return failed.value;
}

/** Tells of an attempt that failed; not of one that was refused, aborted or never began. */
function announceFailure<T>(failed: FailedAttempt<T>, { onEvent }: RetrySettings): void {
  const { classification, context } = failed;
  if (!onEvent || classification.decidedBy === 'policy' || classification.decidedBy === 'caller') {
    return;
  }
  const attempt = attemptThatGave(failed.kind === 'threw' ? failed.error : failed.value, context);
  if (attempt?.startedOn === undefined) return;
  const { key } = context;
  tell(onEvent, { type: 'attempt-failed', key, attempt: attempt.number, classification });
}
