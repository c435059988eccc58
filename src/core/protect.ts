import type { CallOptions } from './call.ts';
import type { Policy } from './policy.ts';

/**
 * Wraps an async function, an SDK's method for one, so that every use of it is a call under
 * `policy`. The result has the function's type, name and length; `this` is passed on.
 *
 * @example
 * const send = protect(pipeline(retry(), circuitBreaker()), mailer.send.bind(mailer));
 */
export function protect<Run extends (...input: never[]) => PromiseLike<unknown>>(
  policy: Policy,
  run: Run,
  options?: CallOptions,
): Run {
  const protectedRun = function (this: unknown, ...input: never[]): Promise<unknown> {
    return policy.execute(() => run.apply(this, input), options);
  };
  Object.defineProperty(protectedRun, 'name', { value: run.name });
  Object.defineProperty(protectedRun, 'length', { value: run.length });
  return protectedRun as unknown as Run;
}
