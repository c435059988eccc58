import {
  createContextKey,
  trace,
  type Attributes,
  type Context,
  type Span,
} from '@opentelemetry/api';
import type { AttemptEndedEvent } from '../../core/attempt-events.ts';
import type { AttemptSpan } from './attempt-span.ts';

const CALL = createContextKey('holdfast call');
const ATTEMPT = createContextKey('holdfast attempt');

/** A call that runs: its span, and its attempts that have not been read yet. */
export class CallUnderWay {
  readonly span: Span;
  /** The context in which the call runs: its span is the active one there. */
  readonly context: Context;
  /** The id that events of the call carry; known with the first of them. */
  callId: string | undefined = undefined;
  /** How many requests have been sent. */
  sent = 0;
  readonly #open = new Map<number, AttemptSpan>();

  constructor(span: Span, parent: Context) {
    this.span = span;
    this.context = trace.setSpan(parent, span).setValue(CALL, this);
  }

  /** An attempt has begun; of two that carry one number the later one counts. */
  began(attempt: number, span: AttemptSpan): void {
    this.#open.get(attempt)?.end();
    this.#open.set(attempt, span);
  }

  /** An attempt has been read. */
  ended({ attempt, classification }: AttemptEndedEvent): void {
    this.#open.get(attempt)?.read(classification);
    this.#open.delete(attempt);
  }

  /** The call is over: what is open now is told what is known. */
  end(): void {
    for (const attempt of this.#open.values()) attempt.end();
    this.#open.clear();
  }
}

/** The call that this context belongs to. */
export const callOf = (context: Context): CallUnderWay | undefined =>
  context.getValue(CALL) as CallUnderWay | undefined;

/** A context that says which attempt of a call is made, counted from 1. */
export const withAttempt = (context: Context, attempt: number): Context =>
  context.setValue(ATTEMPT, attempt);

/** The attributes that the conventions want of a repetition; nothing of a first attempt. */
export function resendAttributes(attempt: number): Attributes {
  return attempt > 1 ? { 'http.request.resend_count': attempt - 1 } : {};
}

/** The attributes of the attempt that this context belongs to. */
export const attributesOfAttempt = (context: Context): Attributes =>
  resendAttributes((context.getValue(ATTEMPT) as number | undefined) ?? 1);
