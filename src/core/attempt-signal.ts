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
// Made when it is first needed: importing does nothing.
let links: FinalizationRegistry<Link> | undefined;

/** Something that an abort ends. */
interface Abortable {
  abort(reason: unknown): void;
}

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

// The signals of attempts under way whose calls may be repeated: a call that is given one runs
// within such a call. A list through the objects themselves, since a WeakSet of signals costs each
// of them half a kilobyte; it is walked only when such a call has failed.
let newest: AttemptSignal | undefined;

/** Whether this signal was made for an attempt, under way, of a call that may be repeated. */
export function isOfRepeatedCall(signal: AbortSignal): boolean {
  for (let one = newest; one !== undefined; one = one.older) {
    if (one.signal === signal) return true;
  }
  return false;
}

/**
 * The signal that one attempt is given. It aborts when the attempt is cancelled, until the attempt
 * ends; and when the caller's signal aborts, for as long as the value that the attempt gave may be
 * in use, so that an abort still cuts off a body that is being read.
 */
export class AttemptSignal implements Cancellable {
  readonly signal: AbortSignal;
  older: AttemptSignal | undefined = undefined;
  newer: AttemptSignal | undefined = undefined;
  isListed = false;
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #cancellation: Cancellation | undefined;

  constructor(
    cancellation: Cancellation | undefined,
    caller: AbortSignal | undefined,
    isRepeated: boolean,
  ) {
    const own = this.#controller.signal;
    this.#caller = caller;
    this.#cancellation = cancellation;
    if (cancellation?.cancelled) this.cancel(cancellation.reason);
    else cancellation?.add(this);
    this.signal = caller === undefined || joinsWeakly ? own : AbortSignal.any([caller, own]);
    if (isRepeated) list(this);
  }

  cancel(reason: unknown): void {
    unlist(this);
    this.#controller.abort(reason);
  }

  /** The attempt has ended, with this value if it did not fail. */
  end(value?: unknown): void {
    this.#cancellation?.remove(this);
    unlist(this);
    const isInUse = typeof value === 'object' && value !== null;
    if (isInUse && joinsWeakly && this.#caller !== undefined) {
      abortWhileInUse(this.#controller, value, this.#caller);
    }
  }
}

/**
 * Aborts a controller together with the caller's signal for as long as the value, or the
 * controller's signal, is in use.
 */
export function abortWhileInUse(
  controller: AbortController,
  value: object,
  caller: AbortSignal,
): void {
  if (caller.aborted) return;
  controllers.set(value, controller);
  controllers.set(controller.signal, controller);
  followWeakly(controller, caller);
}

/** Aborts something together with a signal for as long as somebody else holds it. */
export function followWeakly(target: Abortable, caller: AbortSignal): void {
  const follower = new WeakRef(target);
  const listener = (reason: unknown) => follower.deref()?.abort(reason);
  onAbort(caller, listener);
  links ??= new FinalizationRegistry(unlink);
  links.register(target, { caller: new WeakRef(caller), listener });
}

function list(one: AttemptSignal): void {
  one.isListed = true;
  one.older = newest;
  if (newest !== undefined) newest.newer = one;
  newest = one;
}

function unlist(one: AttemptSignal): void {
  if (!one.isListed) return;
  one.isListed = false;
  const { older, newer } = one;
  if (older !== undefined) older.newer = newer;
  if (newer === undefined) newest = older;
  else newer.older = older;
  one.older = undefined;
  one.newer = undefined;
}
