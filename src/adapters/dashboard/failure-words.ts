import { cleanText } from '../../classify/clean-text.ts';
import type { Classification } from '../../core/classification.ts';
import type { FailureSnapshot } from './snapshot.ts';

/**
 * A failure as it may be shown. Its words are cleaned once more: the classification may come from
 * a reader of the user's own.
 */
export function failureOf(classification: Classification): FailureSnapshot {
  const { category, status, errorCode, message, rule, decidedBy } = classification;
  // Where there was no response, the rule says what happened: `no answer within 300 ms`.
  const words = message ?? (status === undefined || decidedBy === 'policy' ? rule : undefined);
  return {
    category,
    status: status ?? null,
    errorCode: cleanText(errorCode) ?? null,
    message: cleanText(words) ?? null,
  };
}

/** The same where there may be none. */
export const failureOrNull = (
  classification: Classification | undefined,
): FailureSnapshot | null => (classification === undefined ? null : failureOf(classification));
