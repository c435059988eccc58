/** Is told the reason. */
export type AbortListener = (reason: unknown) => void;

/** Who wants to know of one signal's abort. */
class Audience {
  readonly #signal: AbortSignal;
  readonly #listeners = new Set<AbortListener>();
  readonly #tellAll = (): void => {
    for (const listener of this.#listeners) {
      this.#listeners.delete(listener);
      listener(this.#signal.reason);
    }
  };

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(listener: AbortListener): void {
    if (this.#listeners.size === 0) {
      this.#signal.addEventListener('abort', this.#tellAll, { once: true });
    }
    this.#listeners.add(listener);
  }

  remove(listener: AbortListener): void {
    if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return;
    this.#signal.removeEventListener('abort', this.#tellAll);
  }
}

const audiences = new WeakMap<AbortSignal, Audience>();

/**
 * Calls `listener` when the signal aborts. However many calls share a signal it carries one
 * listener, since Node warns of a leak at eleven; and none when nobody waits.
 *
 * @returns a function that forgets the listener.
 */
export function onAbort(signal: AbortSignal, listener: AbortListener): () => void {
  let audience = audiences.get(signal);
  if (audience === undefined) audiences.set(signal, (audience = new Audience(signal)));
  audience.add(listener);
  return () => offAbort(signal, listener);
}

/** Forgets a listener that {@link onAbort} was given. */
export function offAbort(signal: AbortSignal, listener: AbortListener): void {
  audiences.get(signal)?.remove(listener);
}
