import { onAbort } from './abort-listeners.ts';
import { Attempt } from './attempt.ts';
import type { Operation, OperationContext } from './call.ts';
import { Cancellation } from './cancellation.ts';
import { Context, type Next } from './context.ts';
import type { Wrap } from './layers.ts';
import type { Policy } from './policy.ts';

/*
 * A policy of the user's own, or of another copy of holdfast, is an object with `execute`: it gets
 * an operation and gives a value. Here values and records are translated into each other.
 */

/** A layer of a policy that is known by its `execute` alone. */
export const foreign = (policy: Policy): Wrap => ({
  wrap: (next) => (context) => {
    const made: Attempt[] = [];
    const operation = async (given?: OperationContext): Promise<unknown> => {
      const attempt = await makeOne(next, given, context);
      made.push(attempt);
      return attempt.unwrap();
    };
    return unlessCancelled(
      outcomeOf(
        () => policy.execute(operation, context),
        () => made,
      ),
      context,
    );
  },
});

/** Stands behind the last layer of a policy that a policy of the user's own calls on. */
export const joining =
  (operation: Operation<unknown>): Next =>
  (context) =>
    outcomeOf(
      () => operation(context),
      () => (context.gave === undefined ? [context.unused().record] : [context.gave]),
    );

/**
 * The record that a value or an error came from: one of those that were made meanwhile, or a new
 * one for what the policy made up itself.
 */
async function outcomeOf(
  run: () => unknown,
  candidates: () => readonly Attempt[],
): Promise<Attempt> {
  let value: unknown;
  let threw = false;
  try {
    value = await run();
  } catch (error) {
    value = error;
    threw = true;
  }
  const made = candidates();
  const source = made.find(
    (one) => one.isOver && one.threw === threw && Object.is(one.value, value),
  );
  if (source !== undefined) return source;
  const record = new Attempt(made.at(-1)?.number ?? 1);
  if (threw) record.failed(value);
  else record.returned(value);
  return record;
}

/**
 * Makes an attempt for a policy of the user's own, which may hand on its context, one of another
 * call, a signal of its own, or nothing.
 */
async function makeOne(
  next: Next,
  given: OperationContext | undefined,
  context: Context,
): Promise<Attempt> {
  if (given instanceof Context && given.call === context.call) {
    return (given.gave = await next(given.unused().around(context.innermost)));
  }
  const scope = new Cancellation(context.cancellation);
  const forget = follow(scope, given);
  if (forget === undefined) {
    scope.leave();
    return next(context.unused());
  }
  const attempt = await next(context.unused().within(scope));
  forget();
  scope.leave();
  return attempt;
}

/** Cancels a scope together with a context that is not of this call; `undefined` if nothing cancels that. */
function follow(
  scope: Cancellation,
  given: OperationContext | undefined,
): (() => void) | undefined {
  if (given instanceof Context) {
    return given.cancellation?.onCancel((reason) => scope.cancel(reason));
  }
  const signal: Partial<AbortSignal> | undefined = given?.signal;
  if (typeof signal?.addEventListener !== 'function') return undefined;
  if (signal.aborted) scope.cancel(signal.reason);
  return onAbort(signal as AbortSignal, (reason) => scope.cancel(reason));
}

/**
 * Settles as soon as the scope is cancelled, whatever a layer that does not heed it waits for; a
 * value that comes later is discarded.
 */
export function unlessCancelled(running: Promise<Attempt>, context: Context): Promise<Attempt> {
  const { cancellation } = context;
  if (cancellation === undefined) return running;
  return new Promise((resolve) => {
    const forget = cancellation.onCancel(() => resolve(context.refuseCancelled(cancellation)));
    void running.then((attempt) => {
      forget();
      resolve(context.outcomeWithin(cancellation, attempt));
    });
  });
}
