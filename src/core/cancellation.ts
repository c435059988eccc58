type CancelListener = (reason: unknown) => void;

/**
 * A lightweight stand-in for `AbortSignal` inside holdfast: telling a queue, a backoff and an
 * attempt to stop must not cost an `AbortController` (4 µs) for a call that is never stopped.
 * A real signal is made from it only when an operation asks for one.
 */
export class Cancellation {
  cancelled = false;
  reason: unknown = undefined;
  // Rarely more than two listen at once, and most calls are never listened to at all.
  #listeners: CancelListener[] | undefined;

  /** Cancels once; later calls change nothing. Listeners run in the order in which they came. */
  cancel(reason: unknown): void {
    if (this.cancelled) return;
    this.cancelled = true;
    this.reason = reason;
    const listeners = this.#listeners;
    this.#listeners = undefined;
    if (listeners) for (const listener of listeners) listener(reason);
  }

  /**
   * Calls `listener` when this is cancelled, at once if it already is.
   *
   * @returns a function that forgets the listener.
   */
  onCancel(listener: CancelListener): () => void {
    if (this.cancelled) {
      listener(this.reason);
      return () => {};
    }
    const listeners = (this.#listeners ??= []);
    listeners.push(listener);
    return () => {
      // Once cancelled all of them are being told: taking one away would skip its neighbour.
      if (this.cancelled) return;
      const index = listeners.indexOf(listener);
      if (index !== -1) listeners.splice(index, 1);
    };
  }

  throwIfCancelled(): void {
    if (this.cancelled) throw this.reason;
  }
}
