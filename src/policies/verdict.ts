import { ABORTED, type Classification } from '../core/classification.ts';
import type { Context } from '../core/call.ts';
import { interpreterOf } from './interpreter.ts';

const DEFAULT_INTERPRETER = interpreterOf();

/** The verdict on a thrown error: made once for each attempt, however many policies ask. */
export function verdictOnError(context: Context, error: unknown): Classification {
  const { call, record } = context;
  if (record.judged === error && record.classification) return record.classification;
  const verdict = call.signal?.aborted
    ? ABORTED
    : (call.interpreter ?? DEFAULT_INTERPRETER).classifyError(error);
  record.judged = error;
  record.classification = verdict;
  return verdict;
}

/** The verdict on a returned value: synchronous for a success, and made once. */
export function verdictOnValue(
  context: Context,
  value: unknown,
): Classification | Promise<Classification> {
  const { call, record } = context;
  if (record.judged === value && record.classification) return record.classification;
  const verdict = (call.interpreter ?? DEFAULT_INTERPRETER).classifyValue(value);
  if ('then' in verdict) return noteLater(context, value, verdict);
  record.judged = value;
  record.classification = verdict;
  return verdict;
}

async function noteLater(
  { record }: Context,
  value: unknown,
  reading: PromiseLike<Classification>,
): Promise<Classification> {
  const verdict = await reading;
  record.judged = value;
  record.classification = verdict;
  return verdict;
}

/** Frees what a returned value holds, now that nobody will get it. */
export function discard(context: Context, value: unknown): PromiseLike<void> | void {
  const interpreter = context.call.interpreter ?? DEFAULT_INTERPRETER;
  return interpreter.discard?.(value, context.cancellation);
}
