import type { Call } from '../../core/call.ts';
import type { Context } from '../../core/context.ts';
import type { Gate } from '../../core/layers.ts';

// The call that a breaker lets in or counts at this very moment.
let causing: Call | undefined;

/** The call because of which a circuit changes now; `undefined` where it changes by hand or by a timer. */
export const causingCall = (): Call | undefined => causing;

/** The gate of a breaker whose events tell which call has caused them; as it is where nobody listens. */
export function notingCause<Pass>(gate: Gate<Pass>): Gate<Pass> {
  if (!gate.onEvent) return gate;
  return {
    ...gate,
    enter: (context) => during(context, () => gate.enter(context)),
    left: (pass, attempt, context) => during(context, () => gate.left?.(pass, attempt, context)),
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
