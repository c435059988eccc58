import { offAbort, onAbort, type AbortListener } from './abort-listeners.ts';
import type { Cancellable, Cancellation } from './cancellation.ts';

/**
 * Whether signals are joined without `AbortSignal.any`: Node's keeps up to a kilobyte of each use
 * for as long as one of the signals lives (nodejs/node#55351, #62363, #64476). Only Node has undici.
 */
const joinsWeakly = globalThis.process?.versions?.undici !== undefined;

// Code that holds a signal, or the value that its attempt gave, holds its controller; the caller's
// signal does not.
const controllers = new WeakMap<object, AbortController>();
// Not every runtime has a FinalizationRegistry; Node has.
let links: FinalizationRegistry<Link> | undefined;

// The registry must not hold the controller: a caller's signal may well lead to the response, by
// its reason or by a listener of the caller's own.
interface Link {
  readonly caller: WeakRef<AbortSignal>;
  readonly listener: AbortListener;
}

function unlink({ caller, listener }: Link): void {
  const signal = caller.deref();
  if (signal !== undefined) offAbort(signal, listener);
}

/**
 * The signal that one attempt is given. It aborts when the attempt is cancelled, until the attempt
 * ends; and when the caller's signal aborts, for as long as the value that the attempt gave may be
 * in use, so that an abort still cuts off a body that is being read.
 */
export class AttemptSignal implements Cancellable {
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #cancellation: Cancellation | undefined;

  constructor(cancellation: Cancellation | undefined, caller: AbortSignal | undefined) {
    const own = this.#controller.signal;
    this.#caller = caller;
    this.#cancellation = cancellation;
    if (cancellation?.cancelled) this.cancel(cancellation.reason);
    else cancellation?.add(this);
    this.signal = caller === undefined || joinsWeakly ? own : AbortSignal.any([caller, own]);
  }

  cancel(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** The attempt has ended, with this value if it did not fail. */
  end(value?: unknown): void {
    this.#cancellation?.remove(this);
    const isInUse = typeof value === 'object' && value !== null;
    if (isInUse && joinsWeakly && this.#caller?.aborted === false) {
      controllers.set(value, this.#controller);
      this.#followWeakly(this.#caller);
    }
  }

  /** Until then a cancelled call has cancelled its attempts; from now on nobody else tells this one. */
  #followWeakly(caller: AbortSignal): void {
    const controller = this.#controller;
    controllers.set(controller.signal, controller);
    const follower = new WeakRef(controller);
    const listener = (reason: unknown) => follower.deref()?.abort(reason);
    onAbort(caller, listener);
    links ??= new FinalizationRegistry(unlink);
    links.register(controller, { caller: new WeakRef(caller), listener });
  }
}
