import { OptionError, callable } from '../core/options.ts';
import type { WithCallOptions } from './fetch-call-options.ts';

/** The signature of the platform's `fetch`, which is all that holdfast asks of it. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** Any fetch, also one that is not the platform's: undici's, node-fetch's, cross-fetch's. */
export type FetchLike = (input: never, init?: never) => Promise<ResponseLike>;

/** What every fetch's response has. */
export interface ResponseLike {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  clone(): unknown;
}

/**
 * A wrapped fetch: the type of the one inside, with all that it has, and beside it the same signature
 * with options by call.
 */
export type Wrapped<Inner extends FetchLike> = Inner &
  ((
    input: OrElse<Parameters<Inner>[0], Parameters<Fetch>[0]>,
    init?: WithCallOptions<OrElse<Parameters<Inner>[1], RequestInit>>,
  ) => ReturnType<Inner>);

/** A stand-in for a fetch may take fewer arguments than a fetch does. */
type OrElse<Given, Otherwise> = [NonNullable<Given>] extends [never]
  ? Otherwise
  : NonNullable<Given>;

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

/**
 * Gives the wrapper what else the function has that it wraps: node-fetch carries its classes, a mock
 * its record. What leads back to the function itself leads to the wrapper.
 */
export function withMembersOf<Inner extends FetchLike>(
  wrapped: Fetch,
  inner: Inner,
): Wrapped<Inner> {
  for (const [name, member] of Object.entries(Object.getOwnPropertyDescriptors(inner))) {
    if (Object.hasOwn(wrapped, name)) continue;
    if ((member.value as unknown) === inner) member.value = wrapped;
    Object.defineProperty(wrapped, name, member);
  }
  return wrapped as unknown as Wrapped<Inner>;
}
