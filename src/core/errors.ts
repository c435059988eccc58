import type { Classification } from './classification.ts';
import type { AttemptReport } from './report.ts';

/** The details of the call that an error carries. */
export interface FailureDetails {
  readonly callId?: string | undefined;
  readonly key: string;
  readonly attempts: readonly AttemptReport[];
  readonly classification: Classification;
  readonly cause?: unknown;
}

/** How Node asks an object for its own text; registered, so that nothing is imported. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');
type Inspect = (value: unknown, options: object) => string;

/** Whether an error was made without frames and has been given none since; it is to get them now. */
let claimFrames: (error: object) => boolean;

/** The common part of all errors of holdfast; catch them by `kind`, not by class. */
export abstract class Failure extends Error {
  /** One word for what went wrong. */
  abstract readonly kind: string;
  /** The id of the call, which its events carry too; `undefined` where it ran outside holdfast. */
  readonly callId: string | undefined;
  /** The key by which the call shared its limit and breaker: for fetch, the URL's origin. */
  readonly key: string;
  /** The attempts that were made, with their timings; empty if the call was refused. */
  readonly attempts: readonly AttemptReport[];
  /** How the outcome that ended the call is classified. */
  readonly classification: Classification;
  /** When it is worth coming back, in milliseconds; `undefined` where the server did not say. */
  readonly retryAfterMs: number | undefined;
  /** Whether it has no frames yet: it was made by {@link withoutStack}. */
  #lacksFrames = Error.stackTraceLimit === 0;

  constructor(message: string, details: FailureDetails) {
    super(message);
    // A getter of its own: what Node prints of an error that nobody caught stops at it.
    if ('cause' in details) {
      Object.defineProperty(this, 'cause', { get: () => details.cause, configurable: true });
    }
    this.callId = details.callId;
    this.key = details.key;
    this.attempts = details.attempts;
    this.classification = details.classification;
    this.retryAfterMs = details.classification.retryAfterMs;
  }

  static {
    claimFrames = (error) => {
      if (!(#lacksFrames in error) || !error.#lacksFrames) return false;
      error.#lacksFrames = false;
      return true;
    };
  }

  /** The part that may go into a log: no headers, no body, no address beyond the key. */
  toJSON(): object {
    const { name, kind, message, callId, key, attempts, classification, retryAfterMs } = this;
    return { name, kind, message, callId, key, classification, retryAfterMs, attempts };
  }

  /**
   * What `console.log` and `util.inspect` print in Node, Bun and Deno: the stack, what may go into a
   * log, and of the cause its name alone, since an SDK's error may hold a request with its keys.
   */
  [INSPECT](_depth: number, options: object, inspect?: Inspect): string {
    const { kind, callId, key, attempts, classification, retryAfterMs } = this;
    const cause = nameOf(this.cause);
    const shown = { kind, callId, key, classification, retryAfterMs, attempts, cause };
    return `${this.stack} ${inspect?.(shown, options) ?? JSON.stringify(shown)}`;
  }
}

function nameOf(cause: unknown): string | undefined {
  if (cause === undefined) return undefined;
  try {
    const { name } = cause as { readonly name?: unknown };
    return typeof name === 'string' && /^\w{1,60}$/.test(name) ? name : typeof cause;
  } catch {
    return typeof cause;
  }
}

/**
 * The request or its answer was lost on the way; `cause` is the original error.
 *
 * @example
 * if (result.isErr() && result.error instanceof NetworkError) console.warn(result.error.message);
 */
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

/**
 * An attempt, or the whole call, ran out of time.
 *
 * @example
 * if (error instanceof TimeoutError) console.warn(error.key, error.attempts.length);
 */
export class TimeoutError extends Failure {
  // The platform's own name for it, so that code that looks at names keeps working.
  override readonly name = 'TimeoutError';
  readonly kind = 'timeout';
  /** The bound that was exceeded, in milliseconds; `undefined` where another library set it. */
  readonly timeoutMs: number | undefined;

  /** @param said - what it is that did not come in time */
  constructor(timeoutMs: number | undefined, details: FailureDetails, said = 'did not answer') {
    const bound = timeoutMs === undefined ? 'in time' : `within ${timeoutMs} ms`;
    super(`${details.key} ${said} ${bound}`, details);
    this.timeoutMs = timeoutMs;
  }
}

/**
 * The caller aborted; `cause` is the signal's reason.
 *
 * @example
 * if (result.isErr() && result.error instanceof AbortedError) return;
 */
export class AbortedError extends Failure {
  override readonly name = 'AbortedError';
  readonly kind = 'aborted';

  constructor(details: FailureDetails) {
    super(`The call to ${details.key} was aborted by its caller`, details);
  }
}

/**
 * Something that is not a failure of the call: a bug in the program, or an unexpected value.
 *
 * @example
 * if (result.isErr() && result.error instanceof UnexpectedError) throw result.error.cause;
 */
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

/** Whether a value is one of holdfast's errors, also one of another copy of holdfast. Never throws. */
export function isFailure(value: unknown): value is Failure {
  try {
    const { kind, classification } = value as Partial<Failure>;
    return (
      typeof kind === 'string' &&
      typeof classification === 'object' &&
      Object.prototype.toString.call(value) === '[object Error]'
    );
  } catch {
    // No object at all, or a proxy or a getter that throws.
    return false;
  }
}

/**
 * Makes an error without walking the stack, which would only show holdfast's own frames there; it
 * gets its caller's when it leaves the call ({@link showCaller}).
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

/**
 * Gives an error that was made without a stack the frames of those who wait for its call: the
 * caller's line, and not the queue or the timer in which it was made. To be called where the
 * promise that they wait for is about to be rejected; only V8 can do it.
 */
export function showCaller(error: unknown): void {
  if (typeof error !== 'object' || error === null || !claimFrames(error)) return;
  // Not every runtime has it. To be told which frames to leave out costs it a tenth more.
  const { captureStackTrace } = Error as Partial<ErrorConstructor>;
  captureStackTrace?.(error);
}

/** When to come back, in the words of a message. */
export function comeBack({ retryAfterMs }: Classification): string {
  if (retryAfterMs === undefined) return 'it is not known for how long';
  return `come back in ${Math.ceil(retryAfterMs)} ms`;
}
