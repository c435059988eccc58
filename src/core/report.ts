import type { Classification } from './classification.ts';

/** What happened in one attempt: one request on the wire, or one run of the operation. */
export interface AttemptReport {
  /** Counted from 1. */
  readonly number: number;
  /** When it started, in milliseconds since 1970. */
  readonly startedAt: number;
  /** How long it ran, in milliseconds; `undefined` while it runs. */
  readonly durationMs: number | undefined;
  /** How long the retry policy waited before it, in milliseconds. */
  readonly waitedMs: number;
  /** How long it waited for a token, in milliseconds. */
  readonly queuedMs: number;
  /** The circuit's state when it was let through; `undefined` where no breaker was asked. */
  readonly circuit: 'closed' | 'half-open' | undefined;
  /** The verdict on its outcome; `undefined` while it runs, or where no policy asked. */
  readonly classification: Classification | undefined;
}

/** What holdfast did for one call. */
export interface CallReport {
  /** What the call shared its bucket and its breaker by. */
  readonly key: string;
  /** The attempts in the order in which they started; empty if the call was refused. */
  readonly attempts: readonly AttemptReport[];
  /** Why there was no further attempt; `undefined` where the last one succeeded or no retry policy was there. */
  readonly stoppedBecause: string | undefined;
}
