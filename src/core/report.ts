import type { Classification } from './classification.ts';

/** Notes of policies on an attempt. Each policy that takes notes adds its own field. */
// oxlint-disable-next-line typescript/no-empty-object-type -- policies augment it
export interface AttemptNotes {}

/** The report of one attempt: one request on the wire, or one run of the operation. */
export interface AttemptReport extends AttemptNotes {
  /** Counted from 1. */
  readonly number: number;
  /** When it started, in milliseconds since 1970. */
  readonly startedAt: number;
  /** How long it ran, in milliseconds; `undefined` while it runs. */
  readonly durationMs: number | undefined;
  /** How long a repetition waited before it, in milliseconds. */
  readonly waitedMs: number;
  /** How long it stood in line for a limit, in milliseconds. */
  readonly queuedMs: number;
  /** The classification of its outcome; `undefined` while it runs, or where no policy asked. */
  readonly classification: Classification | undefined;
}

/** The report of one call: all that holdfast did for it. */
export interface CallReport {
  /** The id that its events and errors carry too; `undefined` only for an error that was made without one. */
  readonly callId: string | undefined;
  /** The key by which the call shared its limit and its breaker. */
  readonly key: string;
  /** The attempts in the order in which they started; empty if the call was refused. */
  readonly attempts: readonly AttemptReport[];
  /** Why there was no further attempt; `undefined` where the last one succeeded or no retry policy was there. */
  readonly stoppedBecause: string | undefined;
  /** The policy that answered in the server's place, such as `'fallback'`; `undefined` where none did. */
  readonly answeredBy: string | undefined;
}
