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

/** Makes an attempt for a policy of the user's own, which may hand on its context, another or none. */
async function makeOne(
  next: Next,
  given: OperationContext | undefined,
  context: Context,
): Promise<Attempt> {
  if (!(given instanceof Context)) return next(context.unused());
  if (given.call === context.call) {
    return (given.gave = await next(given.unused().around(context.innermost)));
  }
  // It began a call of its own, which may be cancelled by itself.
  const { cancellation } = given;
  if (cancellation === undefined) return next(context.unused());
  const scope = new Cancellation(context.cancellation);
  cancellation.add(scope);
  const attempt = await next(context.unused().within(scope));
  cancellation.remove(scope);
  scope.leave();
  return attempt;
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
