import type { Failure } from '../../../classify/classify.ts';
import type { HeaderMap } from '../../../classify/headers/response-headers.ts';

/** One request, as a log tells of it. It holds secrets: only what {@link Redactor} lets through is shown. */
export interface LoggedAttempt {
  /** In capitals. @defaultValue GET where the log does not say */
  readonly method: string;
  /** Absolute; `undefined` where the log does not say it. */
  readonly url: string | undefined;
  readonly requestHeaders: HeaderMap;
  /** When it was sent, in epoch milliseconds. */
  readonly startedAt: number | undefined;
  /** How long it took to give its headers, in milliseconds; longer where the log does not know those. */
  readonly durationMs: number | undefined;
  /** A response, or what was thrown instead of it. */
  readonly outcome: Failure;
}

/**
 * One piece of a log: a request; `broken` where it could not be read; `other` where it tells of
 * something else.
 */
export type LogEntry = LoggedAttempt | 'broken' | 'other';
