import type { Attempt } from '../../core/attempt.ts';
import type { Call } from '../../core/call.ts';
import type { Context } from '../../core/context.ts';
import type { Gate } from '../../core/layers.ts';
import { isHeard } from '../../core/relay.ts';

// The call that a breaker lets in or counts at this very moment.
let causing: Call | undefined;

/** The call because of which a circuit changes now; `undefined` where it changes by hand or by a timer. */
export const causingCall = (): Call | undefined => causing;

/** The gate of a breaker whose events tell which call has caused them; as it is where nobody listens. */
export function notingCause<Pass>(gate: Gate<Pass>): Gate<Pass> {
  const { onEvent } = gate;
  // Functions of their own: a closure costs an allocation, also where it is not reached.
  const enterNoted = (context: Context) => during(context, () => gate.enter(context));
  const leaveNoted = (pass: Pass, attempt: Attempt, context: Context) =>
    during(context, () => gate.left?.(pass, attempt, context));
  return {
    ...gate,
    enter: (context) => (isHeard(onEvent) ? enterNoted(context) : gate.enter(context)),
    left: (pass, attempt, context) =>
      isHeard(onEvent) ? leaveNoted(pass, attempt, context) : gate.left?.(pass, attempt, context),
  };
}

function during<Result>({ call }: Context, run: () => Result): Result {
  const before = causing;
  causing = call;
  try {
    return run();
  } finally {
    causing = before;
  }
}
