import type { Attempt } from './attempt.ts';
import { refusal } from './classification.ts';
import type { Context } from './context.ts';
import { withoutStack, type Failure, type FailureDetails } from './errors.ts';
import { emit, type EventListener } from './events.ts';
import { isHeard } from './relay.ts';

/** Why a policy lets an attempt not through. */
export interface Refusal {
  /** The policy's name, as events carry it. */
  readonly by: string;
  readonly category: 'retryable' | 'throttle';
  readonly because: string;
  /** When it is worth coming back, in milliseconds; `undefined` where nobody can tell. */
  readonly retryAfterMs?: number | undefined;
}

/** Ends an attempt before it starts: tells the observer first, and makes the policy's own error. */
export function refuseAttempt(
  context: Context,
  { by, category, because, retryAfterMs }: Refusal,
  onEvent: EventListener | undefined,
  errorOf: (details: FailureDetails) => Failure,
): Attempt {
  const { attempt, call } = context;
  if (isHeard(onEvent)) {
    emit(onEvent, { type: 'refused', by, ...context.identity, attempt, because, retryAfterMs });
  }
  const classification = refusal(category, because, retryAfterMs);
  return context.refuse(
    withoutStack(() => errorOf(call.failure(classification))),
    classification,
  );
}
