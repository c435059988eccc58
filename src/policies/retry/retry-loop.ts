import { runRounds } from '#retry-rounds';
import type { Attempt } from '../../core/attempt.ts';
import { sleep } from '../../core/clock.ts';
import type { Next } from '../../core/context.ts';
import { emit } from '../../core/events.ts';
import { orCancelled } from '../../core/or-cancelled.ts';
import { classificationOf } from '../../core/read-outcome.ts';
import { isHeard } from '../../core/relay.ts';
import { decide, type MadeAttempt, type Repeat, type RetrySettings } from './retry-decision.ts';
import './retry-events.ts';

/**
 * Goes on after a failed first attempt: at once to its end where nothing is repeated. A round is a
 * wait and a further attempt; the wait belongs to the attempt that it precedes.
 */
export function repeat(
  next: Next,
  first: MadeAttempt,
  settings: RetrySettings,
): Attempt | Promise<Attempt> {
  let last = first;
  let retriesMade = 0;
  let further: Repeat = { waitMs: 0, isPaid: false };
  /** The attempt that remains; `undefined` where there is to be another one. */
  const judge = (): Attempt | undefined => {
    const decision = decide(last, retriesMade, settings, next);
    if (typeof decision === 'string') return giveUp(last, decision, settings);
    further = decision;
    return undefined;
  };
  const round = async (): Promise<Attempt | undefined> => {
    const latest = await waitAndRun(next, last, further, settings);
    if ('refusedBecause' in latest) return giveUp(last, latest.refusedBecause, settings);
    last = latest;
    retriesMade += 1;
    settings.budget?.ended(last.attempt, last.classification, last.context);
    return last.classification.category === 'success' ? last.attempt : judge();
  };
  return judge() ?? runRounds(round, settings.maxRetries);
}

/** Waits as decided and makes the next attempt. */
async function waitAndRun(
  next: Next,
  { context: previous, attempt: before, classification: reason }: MadeAttempt,
  { waitMs, isPaid }: Repeat,
  { clock, onEvent, budget }: RetrySettings,
): Promise<MadeAttempt | Refusal> {
  const context = previous.another();
  const { call, attempt: number, cancellation, record } = context;
  record.waitedMs = waitMs;
  if (isHeard(onEvent)) {
    const told = { ...call.identity, attempt: number, waitMs, classification: reason };
    emit(onEvent, { type: 'retry-scheduled', by: 'retry', ...told });
  }
  // What holds a socket is freed before the wait. The rest may still be the answer that the caller
  // gets, if nothing further is let through.
  const isKept = before.threw || previous.reader?.holdsNothing?.(before.value) === true;
  const free = async () => {
    const discarding = previous.reader?.discard?.(before.value, cancellation);
    if (discarding) await orCancelled(discarding, cancellation);
  };
  if (!isKept) await free();
  if (waitMs > 0) await sleep(clock, waitMs, cancellation).catch(() => {});
  else await orCancelled(eventLoopTurn(), cancellation);
  const attempt = cancellation?.cancelled
    ? context.refuseCancelled(cancellation)
    : await next(context);
  if (isPaid && record.startedOn === undefined) budget?.refund(context);
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

/** Without a wait an operation that fails at once, for ever, would let nothing else run. */
function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}

/** Resolves to the attempt that remains, as it is. */
function giveUp(
  { classification, context, attempt }: MadeAttempt,
  because: string,
  { onEvent }: RetrySettings,
): Attempt {
  const { call } = context;
  call.history.stoppedBecause = because;
  if (isHeard(onEvent) && classification.decidedBy !== 'caller') {
    const told = { ...call.identity, attempts: call.attempts.length, because, classification };
    emit(onEvent, { type: 'gave-up', by: 'retry', ...told });
  }
  return attempt;
}
