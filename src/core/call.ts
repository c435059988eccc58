import { onAbort } from './abort-listeners.ts';
import { AttemptSignal } from './attempt-signal.ts';
import { Attempt } from './attempt.ts';
import { Cancellation } from './cancellation.ts';
import { systemClock, type Clock } from './clock.ts';
import type { Classification } from './classification.ts';
import type { FailureDetails } from './errors.ts';
import type { Interpreter } from './interpreter.ts';
import type { CallReport } from './report.ts';

/** What an operation is told about the attempt that it makes. */
export interface OperationContext {
  /** What the call shares its bucket and its breaker by. */
  readonly key: string;
  /** The number of this attempt, counted from 1. */
  readonly attempt: number;
  /**
   * Aborts when this attempt should stop: the caller's signal, a timeout, or both. It is made when
   * it is first read, so an operation that ignores it does not pay for it.
   */
  readonly signal: AbortSignal;
}

/** The work that a policy guards. */
export type Operation<T> = (context: OperationContext) => T | PromiseLike<T>;

/** What a caller says about one call. */
export interface CallOptions {
  /** What shares one bucket and one breaker; `'default'` where left out. */
  readonly key?: string | undefined;
  /** Aborts the call from any state; the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal | null | undefined;
  /** Who goes first when calls wait for a token: higher goes first. @defaultValue 0 */
  readonly priority?: number | undefined;
  /** How outcomes are read; errors are read by their shape where left out. */
  readonly interpreter?: Interpreter | undefined;
  /** Where timings come from. @defaultValue the clock of the outermost policy */
  readonly clock?: Clock | undefined;
}

// The call whose operation is being called at this very moment: what begins now begins within it.
let enclosing: Call | undefined;
// Signals that were made for the attempts of a call that may be repeated: what is given one of them
// runs within such a call. Which one is not kept: Node's fetch holds on to a signal until its
// response is collected, and a call holds its responses, so that neither would ever be.
const madeForRepeated = new WeakSet<AbortSignal>();

/** One use of a policy: what all its attempts share. */
export class Call {
  readonly key: string;
  readonly signal: AbortSignal | undefined;
  readonly priority: number;
  readonly interpreter: Interpreter | undefined;
  readonly clock: Clock;
  readonly attempts: Attempt[] = [];
  stoppedBecause: string | undefined = undefined;
  /** Whether a retry policy stands ready to repeat this call. */
  isRepeated = false;
  readonly #outer: Call | undefined;
  readonly #isGivenRepeatedSignal: boolean;

  constructor(options: CallOptions | undefined) {
    this.key = options?.key ?? 'default';
    this.signal = options?.signal ?? undefined;
    // What is not a number would put a whole waiting line out of order.
    this.priority = options?.priority || 0;
    this.interpreter = options?.interpreter;
    this.clock = options?.clock ?? systemClock;
    this.#outer = enclosing;
    this.#isGivenRepeatedSignal = this.signal !== undefined && madeForRepeated.has(this.signal);
  }

  /** Whether a call further out will repeat this one if it fails, as far as can be seen without touching the wire. */
  get isRepeatedFurtherOut(): boolean {
    const outer = this.#outer;
    if (this.#isGivenRepeatedSignal) return true;
    return outer !== undefined && (outer.isRepeated || outer.isRepeatedFurtherOut);
  }

  report(): CallReport {
    return {
      key: this.key,
      attempts: this.attempts.map((attempt) => attempt.report(this.clock)),
      stoppedBecause: this.stoppedBecause,
    };
  }

  /** What an error of ours is told about this call. */
  failure(classification: Classification, ...cause: [cause?: unknown]): FailureDetails {
    const details = { key: this.key, attempts: this.report().attempts, classification };
    return cause.length === 0 ? details : { ...details, cause: cause[0] };
  }
}

/** One layer's view of a call: which attempt it is, by when it must end, and what stops it. */
export class Context implements OperationContext, CallOptions {
  readonly call: Call;
  readonly record: Attempt;
  /** The moment, on the clock's monotonic scale, after which nothing may start. */
  readonly deadline: number;
  readonly cancellation: Cancellation | undefined;
  #signal: AbortSignal | undefined;
  #own: AttemptSignal | undefined;

  constructor(
    call: Call,
    record: Attempt,
    deadline = Infinity,
    cancellation?: Cancellation,
    signal?: AbortSignal,
  ) {
    this.call = call;
    this.record = record;
    this.deadline = deadline;
    this.cancellation = cancellation;
    this.#signal = signal;
  }

  get key(): string {
    return this.call.key;
  }

  get attempt(): number {
    return this.record.number;
  }

  get signal(): AbortSignal {
    return (this.#signal ??= this.#makeSignal());
  }

  /** The signal if anything could ever abort it; asking makes none in vain. */
  get signalIfAny(): AbortSignal | undefined {
    return this.cancellation === undefined ? undefined : this.signal;
  }

  /** The same call, one attempt further. */
  forAttempt(record: Attempt): Context {
    return new Context(this.call, record, this.deadline, this.cancellation, this.#callerSignal());
  }

  /**
   * This context while its attempt has not started, else one for a further attempt: a policy of
   * the user's own may run its operation again.
   */
  unstarted(call: Call = this.call): Context {
    if (this.record.startedOn === undefined) return this;
    return this.forAttempt(new Attempt(call.attempts.length + 1));
  }

  /** The same attempt within a narrower bound. */
  within(deadline: number, cancellation: Cancellation): Context {
    return new Context(this.call, this.record, Math.min(deadline, this.deadline), cancellation);
  }

  /** The attempt has ended, with this value if it was a success. */
  end(value?: unknown): void {
    this.#own?.end(value);
  }

  // Where no timeout has been added the caller's own signal goes to the operation, untouched.
  #callerSignal(): AbortSignal | undefined {
    return this.#signal === this.call.signal ? this.#signal : undefined;
  }

  #makeSignal(): AbortSignal {
    this.#own = new AttemptSignal(this.cancellation, this.call.signal);
    const { signal } = this.#own;
    if (this.call.isRepeated) madeForRepeated.add(signal);
    return signal;
  }
}

/** What a policy does with one call. */
export type Layer = <T>(operation: Operation<T>, context: Context) => Promise<T>;

/**
 * Begins a call: notes every attempt that starts and, if the caller gave a signal, sees to it that
 * the call settles as soon as it aborts, whatever the layers or the operation are doing then.
 */
export function startCall<T>(
  layer: Layer,
  operation: Operation<T>,
  options: CallOptions | undefined,
): Promise<T> {
  const call = new Call(options);
  const timed = timeAttempts(operation, call);
  const { signal } = call;
  if (signal === undefined) return begin(layer, timed, new Context(call, new Attempt(1)));
  if (signal.aborted) return Promise.reject(signal.reason);

  return new Promise((resolve, reject) => {
    const cancellation = new Cancellation();
    const forget = onAbort(signal, (reason) => {
      reject(reason);
      cancellation.cancel(reason);
    });
    const context = new Context(call, new Attempt(1), Infinity, cancellation, signal);
    begin(layer, timed, context).then(
      (value) => {
        forget();
        if (cancellation.cancelled) void call.interpreter?.discard?.(value, undefined);
        resolve(value);
      },
      (error: unknown) => {
        forget();
        reject(error);
      },
    );
  });
}

/** A policy of the user's own may throw before it has made a promise. */
function begin<T>(layer: Layer, operation: Operation<T>, context: Context): Promise<T> {
  try {
    return Promise.resolve(layer(operation, context));
  } catch (error) {
    return Promise.reject(error);
  }
}

/**
 * Notes when each attempt really begins and ends, whichever policy starts it, and sees to it that
 * none begins after the abort: a timer may ring and a token come in the very turn of it.
 */
function timeAttempts<T>(operation: Operation<T>, call: Call): Operation<T> {
  return async (given) => {
    const context = (given as Context).unstarted(call);
    const { record } = context;
    context.cancellation?.throwIfCancelled();
    call.attempts.push(record);
    record.start(call.clock);
    try {
      const value = await runWithin(call, operation, context);
      record.end(call.clock, value);
      context.end(value);
      return value;
    } catch (error) {
      record.end(call.clock, error);
      context.end();
      throw error;
    }
  };
}

/** Calls the operation; whatever call it begins before it first waits is a part of `call`. */
function runWithin<T>(call: Call, operation: Operation<T>, context: Context): T | PromiseLike<T> {
  const before = enclosing;
  enclosing = call;
  try {
    return operation(context);
  } finally {
    enclosing = before;
  }
}
