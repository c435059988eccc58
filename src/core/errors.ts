import type { Classification } from './classification.ts';
import type { AttemptReport } from './report.ts';

/** What every {@link ResilienceError} is told about itself. */
export interface FailureDetails {
  readonly key: string;
  readonly attempts: readonly AttemptReport[];
  readonly classification: Classification;
  readonly cause?: unknown;
}

/** What all holdfast errors share; catch them by `kind`, not by class. */
abstract class Failure extends Error {
  /** What the call shared its bucket and breaker by: for fetch, the URL's origin. */
  readonly key: string;
  /** The attempts that were made, with their timings; empty if the call was refused. */
  readonly attempts: readonly AttemptReport[];
  /** The verdict on the outcome that ended the call. */
  readonly classification: Classification;
  /** When it is worth coming back, in milliseconds; `undefined` where nobody said. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, details: FailureDetails) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.key = details.key;
    this.attempts = details.attempts;
    this.classification = details.classification;
    this.retryAfterMs = details.classification.retryAfterMs;
  }

  /** What may go into a log: no headers, no body, no address beyond the key. */
  toJSON(): object {
    const { name, message, key, attempts, classification, retryAfterMs } = this;
    return {
      name,
      kind: (this as { kind?: string }).kind,
      message,
      key,
      classification,
      retryAfterMs,
      attempts,
    };
  }
}

/** The server answered with a failure. */
export class HttpError extends Failure {
  override readonly name = 'HttpError';
  readonly kind = 'http';
  readonly status: number;
  /**
   * The last response, its body unread; `undefined` where an SDK kept it to itself (its own error
   * is the `cause`). Not enumerable: headers do not belong in a log.
   */
  declare readonly response: Response | undefined;

  constructor(status: number, response: Response | undefined, details: FailureDetails) {
    const { errorCode, message, category } = details.classification;
    super(
      `${details.key} answered ${status}${errorCode ? ` ${errorCode}` : ''} (${category})${message ? `: ${message}` : ''}`,
      details,
    );
    this.status = status;
    Object.defineProperty(this, 'response', { value: response });
  }
}

/** The request or its answer was lost on the way; `cause` is the original error. */
export class NetworkError extends Failure {
  override readonly name = 'NetworkError';
  readonly kind = 'network';

  constructor(details: FailureDetails) {
    const { errorCode, message } = details.classification;
    super(
      `No answer from ${details.key}: ${errorCode ?? message ?? 'the connection failed'}`,
      details,
    );
  }
}

/** An attempt, or the whole call, ran out of time. */
export class TimeoutError extends Failure {
  // The platform's own name for it, so that code that looks at names keeps working.
  override readonly name = 'TimeoutError';
  readonly kind = 'timeout';
  /** The bound that was exceeded, in milliseconds; `undefined` where another library set it. */
  readonly timeoutMs: number | undefined;

  constructor(timeoutMs: number | undefined, details: FailureDetails) {
    super(
      timeoutMs === undefined
        ? `${details.key} did not answer in time`
        : `${details.key} did not answer within ${timeoutMs} ms`,
      details,
    );
    this.timeoutMs = timeoutMs;
  }
}

/** The caller aborted; `cause` is the signal's reason. */
export class AbortedError extends Failure {
  override readonly name = 'AbortedError';
  readonly kind = 'aborted';

  constructor(details: FailureDetails) {
    super(`The call to ${details.key} was aborted by its caller`, details);
  }
}

/** The circuit breaker refused the call; nothing was sent. */
export class CircuitOpenError extends Failure {
  override readonly name = 'CircuitOpenError';
  readonly kind = 'circuit-open';

  constructor(details: FailureDetails) {
    super(
      `The circuit of ${details.key} is open after too many failures; ${comeBack(details)}`,
      details,
    );
  }
}

/** The token bucket refused the call; nothing was sent. */
export class RateLimitedError extends Failure {
  override readonly name = 'RateLimitedError';
  readonly kind = 'rate-limited';

  constructor(because: string, details: FailureDetails) {
    super(`Not sent to ${details.key}: ${because}; ${comeBack(details)}`, details);
  }
}

/** Something that is not a failure of the call: a bug in the program, or a value that nobody expected. */
export class UnexpectedError extends Failure {
  override readonly name = 'UnexpectedError';
  readonly kind = 'unexpected';

  constructor(details: FailureDetails) {
    super(
      `The call to ${details.key} ended in an unexpected error: ${details.classification.message ?? 'no message'}`,
      details,
    );
  }
}

/** Every way in which a call can fail: a closed union, so that a `switch` on `kind` is complete. */
export type ResilienceError =
  | HttpError
  | NetworkError
  | TimeoutError
  | AbortedError
  | CircuitOpenError
  | RateLimitedError
  | UnexpectedError;

const KINDS: ReadonlySet<unknown> = new Set<ResilienceError['kind']>([
  'http',
  'network',
  'timeout',
  'aborted',
  'circuit-open',
  'rate-limited',
  'unexpected',
]);

/** Whether a value is one of holdfast's errors, also one of another copy of holdfast. Never throws. */
export function isResilienceError(value: unknown): value is ResilienceError {
  try {
    if (value instanceof Failure) return true;
    const { kind, classification } = value as Partial<ResilienceError>;
    return (
      KINDS.has(kind) &&
      typeof classification === 'object' &&
      Object.prototype.toString.call(value) === '[object Error]'
    );
  } catch {
    // No object at all, or a proxy or a getter that throws.
    return false;
  }
}

/**
 * Makes an error without walking the stack: most of what a refusal costs (8 µs against 1.5 µs)
 * is a trace that would only show holdfast's own frames.
 */
export function withoutStack<Made extends Error>(make: () => Made): Made {
  const limit = Error.stackTraceLimit;
  try {
    Error.stackTraceLimit = 0;
    return make();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

function comeBack({ classification: { retryAfterMs } }: FailureDetails): string {
  if (retryAfterMs === undefined) return 'it is not known for how long';
  return `come back in ${Math.ceil(retryAfterMs)} ms`;
}
