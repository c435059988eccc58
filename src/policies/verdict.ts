import { ABORTED, type Classification } from '../core/classification.ts';
import type { Attempt } from '../core/attempt.ts';
import type { Call, Context } from '../core/call.ts';
import type { Clock } from '../core/clock.ts';
import type { Interpreter } from '../core/interpreter.ts';
import { interpreterOf } from './interpreter.ts';

const readers = new WeakMap<Clock, Interpreter>();

/** How outcomes are read where the caller did not say: by their shape, by the call's own clock. */
function interpreterFor({ interpreter, clock }: Call): Interpreter {
  if (interpreter !== undefined) return interpreter;
  let reader = readers.get(clock);
  if (reader === undefined) readers.set(clock, (reader = interpreterOf({ clock })));
  return reader;
}

/**
 * The attempt that an outcome came from: outside a retry, a later one than the layer started.
 * `undefined` for what no attempt gave: a refusal further in, an error that a policy made.
 */
export function attemptThatGave(outcome: unknown, { call, record }: Context): Attempt | undefined {
  if (record.outcome === outcome) return record;
  if (record.startedOn !== undefined) {
    return call.attempts.findLast((attempt) => attempt.outcome === outcome);
  }
  // Refused before it started: that is what this attempt came to.
  record.outcome = outcome;
  record.classification = undefined;
  return record;
}

/** The verdict on a thrown error: made once for each attempt, however many policies ask. */
export function verdictOnError(context: Context, error: unknown): Classification {
  const { call } = context;
  const attempt = attemptThatGave(error, context);
  if (attempt?.classification) return attempt.classification;
  const verdict = call.signal?.aborted ? ABORTED : interpreterFor(call).classifyError(error);
  if (attempt) attempt.classification = verdict;
  return verdict;
}

/** The verdict on a returned value: synchronous for a success, and made once. */
export function verdictOnValue(
  context: Context,
  value: unknown,
): Classification | Promise<Classification> {
  const attempt = attemptThatGave(value, context);
  if (attempt?.classification) return attempt.classification;
  const verdict = interpreterFor(context.call).classifyValue(value, context.cancellation);
  if ('then' in verdict) return noteLater(attempt, verdict);
  if (attempt) attempt.classification = verdict;
  return verdict;
}

async function noteLater(
  attempt: Attempt | undefined,
  reading: PromiseLike<Classification>,
): Promise<Classification> {
  const verdict = await reading;
  if (attempt) attempt.classification = verdict;
  return verdict;
}

/** Frees what a returned value holds, now that nobody will get it. */
export function discard(
  { call, cancellation }: Context,
  value: unknown,
  stop = cancellation,
): PromiseLike<void> | void {
  return interpreterFor(call).discard?.(value, stop);
}
