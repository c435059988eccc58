import pRetry, { type Options } from 'p-retry';
import type { Attempt } from '../../core/attempt.ts';
import { sleep } from '../../core/clock.ts';
import type { Next } from '../../core/context.ts';
import { withoutStack } from '../../core/errors.ts';
import { emit } from '../../core/events.ts';
import { orCancelled } from '../../core/or-cancelled.ts';
import { classificationOf } from '../../core/read-outcome.ts';
import { decide, type Decision, type MadeAttempt, type RetrySettings } from './retry-decision.ts';
import './retry-events.ts';

/** Carries a failed attempt through p-retry, which would wrap, judge or drop what is not an `Error` of ours. */
class FailedAttemptError extends Error {
  readonly failed: MadeAttempt;
  readonly decision: Decision;

  constructor(failed: MadeAttempt, decision: Decision) {
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
export async function repeat(
  next: Next,
  first: MadeAttempt,
  settings: RetrySettings,
): Promise<Attempt> {
  emitFailure(first, settings);
  let last = decideOn(first, 0, next, settings);
  if (last.decision.kind === 'stop') return giveUp(last, settings);

  const retryOnce = async (retry: number): Promise<Attempt> => {
    const latest = await waitAndRun(next, last, settings);
    if ('refusedBecause' in latest) {
      const stop: Decision = { kind: 'stop', because: latest.refusedBecause };
      const { failed } = last;
      throw (last = withoutStack(() => new FailedAttemptError(failed, stop)));
    }
    if (latest.classification.category === 'success') return latest.attempt;
    emitFailure(latest, settings);
    throw (last = decideOn(latest, retry, next, settings));
  };
  try {
    return await pRetry(retryOnce, { ...EVERY_OPTION, retries: settings.maxRetries - 1 });
  } catch (thrown) {
    if (thrown === last) return giveUp(last, settings);
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
  shouldRetry: ({ error }) =>
    error instanceof FailedAttemptError && error.decision.kind === 'retry',
});

/** Waits as decided and makes the next attempt. */
async function waitAndRun(
  next: Next,
  { failed, decision }: FailedAttemptError,
  { clock, onEvent }: RetrySettings,
): Promise<MadeAttempt | Refusal> {
  const { context: previous, attempt: before, classification: reason } = failed;
  const context = previous.another();
  const { key, attempt: number, cancellation, record } = context;
  const waitMs = decision.kind === 'retry' ? decision.waitMs : 0;
  record.waitedMs = waitMs;
  if (onEvent) {
    const told = { by: 'retry', key, attempt: number, waitMs, classification: reason } as const;
    emit(onEvent, { type: 'retry-scheduled', ...told });
  }
  // What holds a socket is freed before the wait. The rest may still be the answer that the caller
  // gets, if nothing further is let through.
  const isKept = before.threw || previous.reader?.holdsNothing?.(before.value) === true;
  const free = async () => {
    const discarding = previous.reader?.discard?.(before.value, cancellation);
    if (discarding) await orCancelled(discarding, cancellation);
  };
  if (!isKept) await free();
  await sleep(clock, waitMs, cancellation).catch(() => {});
  const attempt = cancellation?.cancelled
    ? context.refuseCancelled(cancellation)
    : await next(context);
  const classification = await classificationOf(attempt, context);
  if (isKept && classification.decidedBy === 'policy') {
    return { refusedBecause: `refused: ${classification.rule}` };
  }
  if (isKept && !before.threw) void free();
  return { attempt, context, classification };
}

/** Nothing further was let through: the answer that there is remains. */
interface Refusal {
  readonly refusedBecause: string;
}

function decideOn(
  made: MadeAttempt,
  retriesMade: number,
  next: Next,
  settings: RetrySettings,
): FailedAttemptError {
  const decision = decide(made, retriesMade, settings, next.objection);
  return withoutStack(() => new FailedAttemptError(made, decision));
}

/** Resolves to the attempt that remains, as it is. */
function giveUp({ failed, decision }: FailedAttemptError, { onEvent }: RetrySettings): Attempt {
  const { classification, context, attempt } = failed;
  const { call, key } = context;
  const because = decision.kind === 'stop' ? decision.because : 'the retry loop ended';
  call.history.stoppedBecause = because;
  if (onEvent && classification.decidedBy !== 'caller') {
    const attempts = call.attempts.length;
    emit(onEvent, { type: 'gave-up', by: 'retry', key, attempts, because, classification });
  }
  return attempt;
}

/** An attempt that was refused, aborted or never began has not failed. */
function emitFailure(
  { attempt, context, classification }: MadeAttempt,
  { onEvent }: RetrySettings,
): void {
  const { decidedBy } = classification;
  if (!onEvent || decidedBy === 'policy' || decidedBy === 'caller') return;
  if (attempt.startedOn === undefined) return;
  const told = { by: 'retry', key: context.key, attempt: attempt.number, classification } as const;
  emit(onEvent, { type: 'attempt-failed', ...told });
}
