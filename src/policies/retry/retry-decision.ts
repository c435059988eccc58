import type { Attempt } from '../../core/attempt.ts';
import type { Classification } from '../../core/classification.ts';
import type { Clock } from '../../core/clock.ts';
import type { Context, Next } from '../../core/context.ts';
import type { EventListener } from '../../core/events.ts';
import type { Repetition } from '../../core/outcome-reader.ts';
import { backoffMs, type BackoffSettings } from './backoff.ts';
import type { BudgetOfRetry } from './budget-of-retry.ts';

/** Whether a request that the server may have acted on is repeated; see `RetryOptions.unsafeMethods`. */
export type UnsafeMethods = 'when-unprocessed' | 'retry' | 'never';

/** What the loop needs of the retry policy's options. */
export interface RetrySettings extends BackoffSettings {
  readonly maxRetries: number;
  readonly maxRetryAfterMs: number;
  readonly maxUnansweredMs: number;
  readonly unsafeMethods?: UnsafeMethods | undefined;
  readonly budget?: BudgetOfRetry | undefined;
  readonly onEvent?: EventListener | undefined;
  readonly clock: Clock;
  readonly random: () => number;
}

/** An attempt that was made, how it is classified, and the context that it was made in. */
export interface MadeAttempt {
  readonly attempt: Attempt;
  readonly context: Context;
  readonly classification: Classification;
}

/** A further attempt that is to be made. */
export interface Repeat {
  readonly waitMs: number;
  /** Whether the budget was asked for a token. */
  readonly isPaid: boolean;
}

/** How to go on, or why not to: one value, so that the two cannot disagree. */
type Decision = Repeat | string;

/** What to do after a failed attempt, when `retriesMade` retries have been made already; a repetition is paid for. */
export function decide(
  { attempt, classification, context }: MadeAttempt,
  retriesMade: number,
  settings: RetrySettings,
  { objection, holdsBack }: Pick<Next, 'objection' | 'holdsBack'>,
): Decision {
  const { maxRetries, maxRetryAfterMs, maxUnansweredMs, unsafeMethods, budget, clock, random } =
    settings;
  const { category, decidedBy, retryAfterMs, rule } = classification;
  const { call } = context;

  if (context.cancellation?.cancelled) return 'the call was aborted or ran out of time';
  if (decidedBy === 'policy') return `refused: ${rule}`;
  if (category === 'fatal') return `fatal: ${rule}`;
  if (retriesMade >= maxRetries) {
    return `retried ${retriesMade} times, which is as often as maxRetries allows`;
  }
  if (call.isRepeatedFurtherOut) return 'a retry further out repeats this call already';
  const obstacle = obstacleTo(
    call.reader?.repetition?.(classification),
    classification,
    unsafeMethods,
  );
  if (obstacle !== undefined) return obstacle;
  if (decidedBy === 'network' && attempt.ranMs >= maxUnansweredMs) {
    return `no answer in ${Math.round(attempt.ranMs)} ms, and the server may still be at work on it (maxUnansweredMs is ${maxUnansweredMs} ms)`;
  }
  if (retryAfterMs !== undefined && retryAfterMs > maxRetryAfterMs) {
    const hint = `the server says to wait ${retryAfterMs} ms`;
    return `${hint}, more than maxRetryAfterMs (${maxRetryAfterMs} ms)`;
  }
  const waitMs = backoffMs(retriesMade + 1, settings, random, retryAfterMs);
  const because = objection?.(context, waitMs);
  if (because !== undefined) return because;
  if (clock.now() + waitMs >= context.deadline) {
    return `waiting ${waitMs} ms would pass the total deadline`;
  }
  // A throttle is paced by its limit; where a circuit is open only its probes go, whoever repeats.
  if (budget === undefined || category !== 'retryable' || holdsBack?.(context)) {
    return { waitMs, isPaid: false };
  }
  // The last question, since the answer costs a token.
  return budget.pay(context) ?? { waitMs, isPaid: true };
}

const AN_OPERATION: Repetition = { unsafe: 'an operation' };

/** Why an operation must not be run again; `undefined` if it may be. */
export function obstacleTo(
  repetition: Repetition | undefined,
  { unprocessed, decidedBy, redirectedTo }: Classification,
  unsafeMethods: UnsafeMethods | undefined,
): string | undefined {
  // Nobody knows what an operation that is no request does twice: only an explicit option holds it back.
  const { obstacle, unsafe, documentedAsSafe } =
    repetition ?? (unsafeMethods === undefined ? {} : AN_OPERATION);
  if (obstacle !== undefined || unsafe === undefined) return obstacle;
  const mode = unsafeMethods ?? (documentedAsSafe ? 'retry' : 'when-unprocessed');
  if (mode === 'never') return `${unsafe} is not repeated (unsafeMethods: 'never')`;
  if (mode === 'retry' || unprocessed) return undefined;
  // A hint of the redirect's target is about what was asked of the target.
  if (decidedBy === 'hint' && redirectedTo === undefined) return undefined;
  return `${unsafe} may have been acted on, so it is not repeated; an Idempotency-Key or unsafeMethods: 'retry' allows it`;
}
