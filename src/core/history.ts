import type { Attempt } from './attempt.ts';
import { nextCallId } from './call-id.ts';
import type { Clock } from './clock.ts';
import type { CallReport } from './report.ts';

const NONE: readonly Attempt[] = [];

/**
 * The part of a call that outlives it: its attempts, without the operation and its input. A kept
 * response leads here, and must not lead to the body of its request.
 */
export class History {
  /** The key by which the call shared its limit and its breaker. */
  readonly key: string;
  readonly clock: Clock;
  stoppedBecause: string | undefined = undefined;
  /** The policy that answered in the server's place; `undefined` where none did. */
  answeredBy: string | undefined = undefined;
  /** The attempts that have started, in this order. */
  attempts: readonly Attempt[] = NONE;
  /** Declared only: a field costs its bytes in every call, and most are never asked for an id. */
  declare private ownCallId?: string;

  constructor(key: string, clock: Clock) {
    this.key = key;
    this.clock = clock;
  }

  /** Unique in the process; made when it is first asked for. */
  get callId(): string {
    return (this.ownCallId ??= nextCallId());
  }

  /** An attempt starts: it gets its number. */
  add(attempt: Attempt): void {
    // The first list is made to measure: most calls make one attempt.
    if (this.attempts === NONE) this.attempts = [attempt];
    else (this.attempts as Attempt[]).push(attempt);
    attempt.number = this.attempts.length;
  }

  report(): CallReport {
    return {
      callId: this.callId,
      key: this.key,
      attempts: this.attempts.map((attempt) => attempt.report(this.clock)),
      stoppedBecause: this.stoppedBecause,
      answeredBy: this.answeredBy,
    };
  }
}
