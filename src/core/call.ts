import { isOfRepeatedCall } from './attempt-signal.ts';
import type { Attempt } from './attempt.ts';
import type { Cancellation } from './cancellation.ts';
import { systemClock, type Clock } from './clock.ts';
import type { Classification } from './classification.ts';
import type { FailureDetails } from './errors.ts';
import type { CallIdentity } from './events.ts';
import { History } from './history.ts';
import type { OutcomeReader, ReaderFor } from './outcome-reader.ts';
import { priorityNumber, type Priority } from './priority.ts';

/** The key of a call that names none. */
export const DEFAULT_KEY = 'default';

/** The attempt, as its operation sees it. */
export interface OperationContext {
  /** The key by which the call shares its limit and its breaker. */
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

/** The options of one call. */
export interface CallOptions {
  /** Calls of one key share a limit and a breaker. @defaultValue 'default' */
  readonly key?: string | undefined;
  /**
   * Calls of one scope share a limit of the server: the key, and the credential that it counts by.
   * @defaultValue the key
   */
  readonly scope?: string | undefined;
  /** The method and path, or the name of the operation: a part that may fail alone. @defaultValue '' */
  readonly route?: string | undefined;
  /** The method of a request, for events. */
  readonly method?: string | undefined;
  /** Aborts the call from any state; the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal | null | undefined;
  /** Cancels the call as a signal does, without the cost of one; for adapters. */
  readonly cancellation?: Cancellation | undefined;
  /** The place in a line: higher goes first. The words stand for 10, 0 and −10. @defaultValue 'normal', which is 0 */
  readonly priority?: Priority | undefined;
  /** How outcomes are read. @defaultValue the reader of the policy */
  readonly reader?: OutcomeReader | undefined;
  /** Where timings come from. @defaultValue the clock of the outermost policy */
  readonly clock?: Clock | undefined;
}

// The call whose operation is being called at this very moment: a call that begins now begins within it.
let enclosing: Call | undefined;
/** The call whose operation is being called at this very moment; its latest attempt is the one that is made. */
export const enclosingCall = (): Call | undefined => enclosing;

/** Calls the operation of a call; a call that it begins before it first waits is a part of this one. */
export function operateWithin(
  call: Call,
  operation: Operation<unknown>,
  context: OperationContext,
): unknown {
  const before = enclosing;
  enclosing = call;
  try {
    return operation(context);
  } finally {
    enclosing = before;
  }
}

/** One use of a policy: all that its attempts share. */
export class Call {
  readonly operation: Operation<unknown>;
  readonly history: History;
  readonly signal: AbortSignal | undefined;
  readonly priority: number;
  /** How outcomes are read; `undefined` where no policy of the call needs to know. */
  reader: OutcomeReader | undefined;
  /** Whether a retry policy stands ready to repeat this call. */
  isRepeated = false;
  /** Set once a policy has joined it that stands within one of the user's own; declared only, since few are. */
  declare isJoined?: true;
  readonly #outer: Call | undefined;
  readonly #options: CallOptions | undefined;

  constructor(
    operation: Operation<unknown>,
    options: CallOptions | undefined,
    clock: Clock | undefined,
    readerFor: ReaderFor | undefined,
  ) {
    const ownClock = options?.clock ?? clock ?? systemClock;
    this.operation = operation;
    this.history = new History(options?.key ?? DEFAULT_KEY, ownClock);
    this.signal = options?.signal ?? undefined;
    const priority = options?.priority;
    this.priority = priority === undefined ? 0 : priorityNumber(priority);
    this.reader = options?.reader ?? readerFor?.(ownClock);
    this.#outer = enclosing;
    this.#options = options;
  }

  /** Asked only where a server throttles: a wrapped fetch has to work it out. */
  get scope(): string {
    return this.#options?.scope ?? this.key;
  }

  /** Asked only where something fails, or somebody listens. */
  get route(): string {
    return this.#options?.route ?? '';
  }

  get method(): string | undefined {
    return this.#options?.method;
  }

  /** What events tell of the call; asked only where somebody listens. */
  get identity(): CallIdentity {
    return {
      callId: this.history.callId,
      key: this.key,
      method: this.method,
      route: this.route || undefined,
    };
  }

  get key(): string {
    return this.history.key;
  }

  get clock(): Clock {
    return this.history.clock;
  }

  /** The attempts that have started, in this order. */
  get attempts(): readonly Attempt[] {
    return this.history.attempts;
  }

  /**
   * Whether a call further out will repeat this one if it fails: it has handed its signal on, or this
   * call is about the same key. A call about something else (a token that is fetched on the way) may
   * begin within another one and is repeated by itself.
   */
  get isRepeatedFurtherOut(): boolean {
    if (this.signal !== undefined && isOfRepeatedCall(this.signal)) return true;
    for (let outer = this.#outer; outer !== undefined; outer = outer.#outer) {
      if (outer.isRepeated && outer.key === this.key) return true;
    }
    return false;
  }

  /** The details that an error of ours carries about this call. */
  failure(classification: Classification): FailureDetails {
    const { callId, key, attempts } = this.history.report();
    return { callId, key, attempts, classification };
  }
}
