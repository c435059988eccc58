import { AttemptSignal } from './attempt-signal.ts';
import { Attempt } from './attempt.ts';
import type { Call, CallOptions, Operation, OperationContext } from './call.ts';
import type { Cancellation } from './cancellation.ts';
import type { Classification } from './classification.ts';
import type { CallIdentity } from './events.ts';
import type { Clock } from './clock.ts';
import type { OutcomeReader } from './outcome-reader.ts';

/**
 * Runs an attempt through the layers inside, and resolves to the record of the attempt that came
 * out: the one it was given, or a later one where a layer inside repeats. Never rejects.
 */
export interface Next {
  (context: Context): Promise<Attempt>;
  /** The objections of the gates inside to a repetition. */
  readonly objection?: Objection | undefined;
  /** Whether a gate inside holds back what is like this attempt. */
  readonly holdsBack?: HoldsBack | undefined;
}

/** Whether attempts like this one have to wait, and few of them are let through. */
export type HoldsBack = (context: Context) => boolean;

/** Why an attempt must not be repeated after `waitMs`; `undefined` if nothing speaks against it. */
export type Objection = (context: Context, waitMs: number) => string | undefined;

/** Another place where a call is made: the operation there, and what it shares with whom. */
export interface Place {
  readonly key: string;
  readonly scope: string;
  readonly route: string;
  readonly reader: OutcomeReader;
  readonly operation: Operation<unknown>;
}

/** One layer's view of a call: which attempt it is, and what stops it. */
export class Context implements OperationContext, CallOptions {
  readonly call: Call;
  /** The record of the attempt that this layer is asked to make. */
  readonly record: Attempt;
  /** Stops everything that is done for this attempt; `undefined` where nothing can. */
  readonly cancellation: Cancellation | undefined;
  /** The stage behind the last layer. */
  readonly innermost: Next;
  /** Where the attempt is made, if not where its call says. */
  readonly place: Place | undefined;
  /** The attempt that a policy of the user's own got to see, for the layers around it. */
  gave: Attempt | undefined = undefined;
  #signal: AbortSignal | undefined;
  #own: AttemptSignal | undefined = undefined;

  constructor(
    call: Call,
    record: Attempt,
    innermost: Next,
    cancellation?: Cancellation,
    signal?: AbortSignal,
    place?: Place,
  ) {
    this.call = call;
    this.record = record;
    this.innermost = innermost;
    this.cancellation = cancellation;
    this.#signal = signal;
    this.place = place;
  }

  get key(): string {
    return (this.place ?? this.call).key;
  }

  get attempt(): number {
    return this.record.number;
  }

  get scope(): string {
    return (this.place ?? this.call).scope;
  }

  get route(): string {
    return (this.place ?? this.call).route;
  }

  get method(): string | undefined {
    return this.call.method;
  }

  /** What events tell of the call, and of where this attempt of it is made. */
  get identity(): CallIdentity {
    const { identity } = this.call;
    return this.place === undefined
      ? identity
      : { ...identity, key: this.key, route: this.route || undefined };
  }

  get priority(): number {
    return this.call.priority;
  }

  get weight(): number | undefined {
    return this.call.weight;
  }

  get reader(): OutcomeReader | undefined {
    return (this.place ?? this.call).reader;
  }

  get clock(): Clock {
    return this.call.clock;
  }

  /** The moment, on the clock's monotonic scale, after which nothing may start. */
  get deadline(): number {
    return this.cancellation?.deadline ?? Infinity;
  }

  get signal(): AbortSignal {
    return (this.#signal ??= this.#makeSignal());
  }

  /** The signal if anything could ever abort it; asking makes none in vain. */
  get signalIfAny(): AbortSignal | undefined {
    return this.cancellation === undefined ? undefined : this.signal;
  }

  /** The same call, one attempt further. It may run beside this one. */
  another(): Context {
    return this.#with(new Attempt(this.call.attempts.length + 1, 'repetition'));
  }

  /** This context while its attempt is still to be made, else one for a further attempt. */
  unused(): Context {
    return this.record.isUnused ? this : this.another();
  }

  /** The same attempt within a narrower scope. */
  within(cancellation: Cancellation): Context {
    const { call, record, innermost, place } = this;
    return new Context(call, record, innermost, cancellation, undefined, place);
  }

  /** The same attempt, with another operation behind the last layer. */
  around(innermost: Next): Context {
    return this.#with(this.record, innermost);
  }

  /** The same attempt at another place. */
  at(place: Place): Context {
    return this.#with(this.record, this.innermost, place);
  }

  /**
   * Ends the attempt before it starts, with an error and its classification; one that has started
   * is left alone.
   *
   * @returns a record of the refusal, for a layer to resolve to
   */
  refuse(error: unknown, classification?: Classification): Attempt {
    const record = this.record.isUnused ? this.record : new Attempt(this.record.number);
    record.failed(error, undefined, classification);
    return record;
  }

  /** Ends the attempt because its scope was cancelled. */
  refuseCancelled({ reason, classification }: Cancellation): Attempt {
    return this.refuse(reason, classification);
  }

  /**
   * The record that a layer resolves to when its scope may have been cancelled meanwhile. The value
   * of the attempt is discarded then.
   */
  outcomeWithin(scope: Cancellation, attempt: Attempt): Attempt {
    if (!scope.cancelled) return attempt;
    if (attempt.threw && attempt.value === scope.reason) return attempt;
    if (!attempt.threw) void this.reader?.discard?.(attempt.value, scope);
    return this.refuseCancelled(scope);
  }

  /** The attempt has ended, with this value if it did not fail. */
  end(value?: unknown): void {
    this.#own?.end(value);
  }

  // Where no timeout has been added the caller's own signal goes to the operation, untouched.
  #with(record: Attempt, innermost = this.innermost, place = this.place): Context {
    const signal = this.#signal === this.call.signal ? this.#signal : undefined;
    return new Context(this.call, record, innermost, this.cancellation, signal, place);
  }

  #makeSignal(): AbortSignal {
    this.#own = new AttemptSignal(this.cancellation, this.call.signal, this.call.isRepeated);
    return this.#own.signal;
  }
}
