/** The signature of the platform's `fetch`, which is all that holdfast asks of it. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** A function that takes a fetch and gives a better one. */
export type Middleware = (next: Fetch) => Fetch;

/**
 * Joins middlewares into one; the first is the outermost and sees the call first.
 *
 * @example
 * const fetch = compose(logging, asMiddleware(retry()))(globalThis.fetch);
 */
export function compose(...middlewares: readonly Middleware[]): Middleware {
  return (next) => middlewares.reduceRight((inner, middleware) => middleware(inner), next);
}
