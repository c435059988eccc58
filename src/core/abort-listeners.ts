import { Audience } from './audience.ts';

/** Called with the reason. */
export type AbortListener = (reason: unknown) => void;

const audiences = new WeakMap<AbortSignal, Audience<unknown>>();

/**
 * Calls `listener` when the signal aborts. However many calls share a signal it carries one
 * listener, and none while nothing listens.
 *
 * @returns a function that forgets the listener.
 */
export function onAbort(signal: AbortSignal, listener: AbortListener): () => void {
  const audience = audiences.get(signal) ?? audienceOf(signal);
  audiences.set(signal, audience);
  audience.add(listener);
  return () => offAbort(signal, listener);
}

/** Forgets a listener that {@link onAbort} was given. */
export function offAbort(signal: AbortSignal, listener: AbortListener): void {
  audiences.get(signal)?.remove(listener);
}

const audienceOf = (signal: AbortSignal): Audience<unknown> =>
  new Audience({
    attach: (tell) => signal.addEventListener('abort', tell, { once: true }),
    detach: (tell) => signal.removeEventListener('abort', tell),
    news: () => signal.reason as unknown,
  });
