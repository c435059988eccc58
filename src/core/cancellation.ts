import { ABORTED, abortedBecause, type Classification } from './classification.ts';

/** Something that a {@link Cancellation} stops. */
export interface Cancellable {
  cancel(reason: unknown, classification: Classification): void;
}

/**
 * A lightweight stand-in for `AbortSignal` inside holdfast: telling a queue, a backoff and an
 * attempt to stop must not cost an `AbortController` (2 µs) for a call that is never stopped.
 * A real signal is made from it only when an operation asks for one.
 */
export class Cancellation implements Cancellable {
  cancelled = false;
  reason: unknown = undefined;
  /** How a cancelled attempt is classified: the caller's abort, or a time-out. */
  classification: Classification = ABORTED;
  readonly #outer: Cancellation | undefined;
  // Most have one listener, so that one stands without a list.
  #listeners: Cancellable | Cancellable[] | undefined;

  constructor(outer?: Cancellation) {
    this.#outer = outer;
    outer?.add(this);
  }

  /** The moment, on the clock's monotonic scale, after which nothing may start. */
  get deadline(): number {
    return this.#outer?.deadline ?? Infinity;
  }

  /** Cancels once; later calls change nothing. Listeners run in the order in which they came. */
  cancel(reason: unknown, classification: Classification = abortedBecause(reason)): void {
    if (this.cancelled) return;
    this.cancelled = true;
    this.reason = reason;
    this.classification = classification;
    const listeners = this.#listeners;
    this.#listeners = undefined;
    if (listeners === undefined) return;
    if (!Array.isArray(listeners)) return listeners.cancel(reason, classification);
    for (const listener of listeners) listener.cancel(reason, classification);
  }

  /** Cancels `listener` together with this; it must not be added once this is cancelled. */
  add(listener: Cancellable): void {
    const present = this.#listeners;
    if (present === undefined) this.#listeners = listener;
    else if (Array.isArray(present)) present.push(listener);
    else this.#listeners = [present, listener];
  }

  /** Forgets a listener. */
  remove(listener: Cancellable): void {
    const present = this.#listeners;
    if (present === listener) {
      this.#listeners = undefined;
    } else if (Array.isArray(present)) {
      const index = present.indexOf(listener);
      if (index !== -1) present.splice(index, 1);
    }
  }

  /**
   * Calls `listener` when this is cancelled, at once if it already is.
   *
   * @returns a function that forgets the listener.
   */
  onCancel(listener: (reason: unknown) => void): () => void {
    if (this.cancelled) {
      listener(this.reason);
      return () => {};
    }
    const cancellable = { cancel: listener };
    this.add(cancellable);
    return () => this.remove(cancellable);
  }

  /** The work that this bounds has ended: nothing further out cancels it any more. */
  leave(): void {
    this.#outer?.remove(this);
  }

  /** Whether cancelling `other` cancels this. */
  isWithin(other: Cancellation): boolean {
    return this === other || this.#outer?.isWithin(other) === true;
  }
}
