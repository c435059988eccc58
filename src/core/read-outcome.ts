import type { Attempt } from './attempt.ts';
import { SUCCESS, UNREAD, type Classification } from './classification.ts';
import type { Context } from './context.ts';
import { orCancelled } from './or-cancelled.ts';
import type { OutcomeReader } from './outcome-reader.ts';

/**
 * How an attempt is classified: read once, however many layers ask. Synchronous for a success, for
 * an error, and for an outcome that has been read already.
 */
export function classificationOf(
  attempt: Attempt,
  context: Context,
): Classification | Promise<Classification> {
  if (attempt.classification !== undefined) return attempt.classification;
  const { cancellation, reader } = context;
  if (attempt.threw) {
    const isCancelled = cancellation?.cancelled === true;
    return (attempt.classification = isCancelled
      ? cancellation.classification
      : readError(reader, attempt.value));
  }
  try {
    const reading = reader?.classifyValue(attempt.value, cancellation) ?? SUCCESS;
    if (reading === SUCCESS) return (attempt.classification = SUCCESS);
    return 'then' in reading
      ? readLater(attempt, reading, context)
      : (attempt.classification = reading);
  } catch {
    // A value whose members throw when they are looked at, or a reader with a fault of its own.
    return (attempt.classification = UNREAD);
  }
}

function readError(reader: OutcomeReader | undefined, error: unknown): Classification {
  try {
    return reader?.classifyError(error) ?? UNREAD;
  } catch {
    return UNREAD;
  }
}

async function readLater(
  attempt: Attempt,
  reading: PromiseLike<Classification>,
  { cancellation }: Context,
): Promise<Classification> {
  const read = await orCancelled(reading, cancellation).then(undefined, () => UNREAD);
  return (attempt.classification = read ?? cancellation?.classification ?? UNREAD);
}
