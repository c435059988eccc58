import type { Attempt } from './attempt.ts';
import { SUCCESS, UNREAD, type Classification } from './classification.ts';
import type { Context } from './context.ts';
import { orCancelled } from './or-cancelled.ts';

/**
 * How an attempt is classified: read once, however many layers ask. Synchronous for a success, for
 * an error, and for an outcome that has been read already.
 */
export function classificationOf(
  attempt: Attempt,
  context: Context,
): Classification | Promise<Classification> {
  if (attempt.classification !== undefined) return attempt.classification;
  const { cancellation } = context;
  const { reader } = context.call;
  if (attempt.threw) {
    return (attempt.classification = cancellation?.cancelled
      ? cancellation.classification
      : (reader?.classifyError(attempt.value) ?? UNREAD));
  }
  const reading = reader?.classifyValue(attempt.value, cancellation) ?? SUCCESS;
  if (reading === SUCCESS) return (attempt.classification = SUCCESS);
  return 'then' in reading
    ? readLater(attempt, reading, context)
    : (attempt.classification = reading);
}

async function readLater(
  attempt: Attempt,
  reading: PromiseLike<Classification>,
  { cancellation }: Context,
): Promise<Classification> {
  const read = await orCancelled(reading, cancellation);
  return (attempt.classification = read ?? cancellation?.classification ?? UNREAD);
}
