import { OptionError, callable } from '../core/options.ts';

/** The signature of the platform's `fetch`, which is all that holdfast asks of it. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** A function that takes a fetch and gives a better one. */
export type Middleware = (next: Fetch) => Fetch;

/**
 * Joins middlewares into one; the first is the outermost and sees the call first.
 *
 * @throws {@link OptionError} for a middleware that is no function.
 *
 * @example
 * const fetch = compose(logging, asMiddleware(retry()))(globalThis.fetch);
 */
export function compose(...middlewares: readonly Middleware[]): Middleware {
  middlewares.forEach((middleware: unknown, index) => {
    if (callable.accepts(middleware)) return;
    throw new OptionError(`compose: middleware ${index + 1}`, callable.expected, middleware);
  });
  return (next) => middlewares.reduceRight((inner, middleware) => middleware(inner), next);
}

/** Gives the wrapper the name and the length of what it wraps. */
export function disguise(
  wrapped: Fetch,
  original: { readonly name: string; readonly length: number },
): Fetch {
  Object.defineProperty(wrapped, 'name', { value: original.name, configurable: true });
  Object.defineProperty(wrapped, 'length', { value: original.length, configurable: true });
  return wrapped;
}
