import { cleanText } from '../../classify/clean-text.ts';
import type { AttemptEndedEvent } from '../../core/attempt-events.ts';
import type { StreamFailedEvent } from '../../classify/streams/stream-outcome.ts';
import { failureOf } from './failure-words.ts';
import type { FailedAttemptSnapshot } from './snapshot.ts';

const MOST_ATTEMPTS = 10;

type Failed = AttemptEndedEvent | StreamFailedEvent;

interface FailedAttempt {
  readonly callId: string | undefined;
  readonly at: number;
  readonly event: Failed;
  decision: string | undefined;
}

/** The latest attempts that failed, each with what was done about it. */
export class FailedAttempts {
  /** The newest last. */
  readonly #attempts: FailedAttempt[] = [];

  add(event: Failed, at: number): void {
    const decision = event.type === 'stream-failed' ? 'the reader sees it as it came' : undefined;
    this.#attempts.push({ callId: event.callId, at, event, decision });
    if (this.#attempts.length > MOST_ATTEMPTS) this.#attempts.shift();
  }

  /** Notes a decision on the latest failed attempt of a call. */
  decided(callId: string | undefined, decision: string): void {
    if (callId === undefined) return;
    const attempt = this.#attempts.findLast((candidate) => candidate.callId === callId);
    if (attempt !== undefined) attempt.decision = decision;
  }

  read(): readonly FailedAttemptSnapshot[] {
    return this.#attempts
      .map(({ at, event, decision }) => ({
        ...failureOf(event.classification),
        at,
        route: event.route ?? null,
        attempt: event.attempt,
        decision: cleanText(decision) ?? 'given to the caller',
      }))
      .toReversed();
  }
}
