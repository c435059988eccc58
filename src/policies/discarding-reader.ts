import { SUCCESS, UNREAD } from '../core/classification.ts';
import type { OutcomeReader, ReaderFor } from '../core/outcome-reader.ts';

/** Frees the connection of a response that nobody will get. */
export function cancelBody(value: unknown): void {
  const { body } = (value ?? {}) as { readonly body?: { cancel?(): Promise<void> } | null };
  body?.cancel?.().catch(() => {});
}

const DISCARDING: OutcomeReader = {
  isPartial: true,
  classifyValue: () => SUCCESS,
  classifyError: () => UNREAD,
  discard: cancelBody,
};

/** For policies on their own that need not know how an attempt went. */
export const readNothing: ReaderFor = () => DISCARDING;
