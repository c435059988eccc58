import { Context, startCall, type CallOptions, type Layer, type Operation } from './call.ts';
import type { Clock } from './clock.ts';

/** Something that runs an operation: better, later, again, or not at all. */
export interface Policy {
  /**
   * Runs `operation` under this policy.
   *
   * A policy of your own hands `options` on unchanged; that is how layers share one call.
   *
   * @param operation - the work; it is told the attempt's number, key and signal
   * @param options - key, signal and priority of this call
   */
  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T>;
  /** The clock that this policy lives by, if it has one. */
  readonly clock?: Clock | undefined;
  /** `true` if the operation may be run more than once, so that its input must survive. */
  readonly repeats?: boolean | undefined;
}

/** Makes a policy of a layer. Within a pipeline it joins the call; on its own it begins one. */
export function definePolicy(
  layer: Layer,
  { clock, repeats }: { clock?: Clock | undefined; repeats?: boolean } = {},
): Policy {
  return {
    clock,
    repeats,
    execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T> {
      if (options instanceof Context) return layer(operation, options);
      return startCall(
        layer,
        operation,
        clock && !options?.clock ? { ...options, clock } : options,
      );
    },
  };
}

/**
 * Joins policies into one: the first is the outermost and sees the call first.
 * `pipeline()` is the identity: it runs the operation once.
 *
 * Two retries in one pipeline multiply, as written; a retry inside another call that is retried
 * (a wrapped fetch within a wrapped fetch) leaves the repeating to the outer one.
 *
 * @example
 * const policy = pipeline(retry(), tokenBucket({ ratePerSecond: 10 }), circuitBreaker());
 * const answer = await policy.execute(({ signal }) => sdk.ask('why?', { signal }));
 */
export function pipeline(...policies: readonly Policy[]): Policy {
  const run = policies.reduceRight<Layer>(
    (inner, policy) => (operation, context) =>
      policy.execute(
        // A policy of the user's own may call on with a context of its own, with none, or again.
        (narrower) =>
          inner(
            operation,
            (narrower instanceof Context ? narrower : context).unstarted(context.call),
          ),
        context,
      ),
    async (operation, context) => operation(context),
  );
  return definePolicy(run, {
    clock: policies.find((policy) => policy.clock)?.clock,
    repeats: policies.some((policy) => policy.repeats),
  });
}

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
