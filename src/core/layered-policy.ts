import { onAbort } from './abort-listeners.ts';
import { withAttemptEvents } from './attempt-events.ts';
import { Attempt } from './attempt.ts';
import { Call, type CallOptions, type Operation } from './call.ts';
import { Cancellation } from './cancellation.ts';
import type { Clock } from './clock.ts';
import { Context, type Next } from './context.ts';
import { showCaller } from './errors.ts';
import { foreign, joining } from './foreign-policy.ts';
import { compile, type Layer } from './layers.ts';
import { makeAttempt } from './make-attempt.ts';
import type { OutcomeReader, ReaderFor } from './outcome-reader.ts';
import type { Policy } from './policy.ts';

const LAYERS = Symbol('holdfast.layers');

/** The traits of a policy besides its layers. */
export interface PolicyTraits {
  readonly clock?: Clock | undefined;
  readonly repeats?: boolean | undefined;
  /** How outcomes are read where a caller does not say; nothing is read where left out. */
  readonly readerFor?: ReaderFor | undefined;
}

/** Makes a policy of layers, the outermost first. On its own it begins a call; within another it joins. */
export function policyOf(layers: readonly Layer[], traits: PolicyTraits = {}): Policy {
  const { clock, repeats } = traits;
  const readerFor = traits.readerFor && oncePerClock(traits.readerFor);
  const run = compile(withAttemptEvents(layers), (context) => context.innermost(context));
  const policy = {
    [LAYERS]: layers,
    clock,
    repeats,
    execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T> {
      if (options instanceof Context) return join(run, operation, options, readerFor);
      const call = new Call(operation, options, clock, readerFor);
      const { cancellation } = options ?? {};
      const running =
        call.signal === undefined && cancellation === undefined
          ? start(run, call)
          : startWithin(run, call, cancellation ?? new Cancellation());
      return running as Promise<T>;
    },
  };
  return policy;
}

/** A policy is used with one clock, but for a caller that brings another. */
function oncePerClock(readerFor: ReaderFor): ReaderFor {
  let latest: { readonly clock: Clock; readonly reader: OutcomeReader } | undefined;
  return (clock) => {
    if (latest?.clock !== clock) latest = { clock, reader: readerFor(clock) };
    return latest.reader;
  };
}

/** The layers of a policy; one of the user's own, or of another copy of holdfast, is a single layer. */
export const layersOf = (policy: Policy): readonly Layer[] =>
  (policy as { readonly [LAYERS]?: readonly Layer[] })[LAYERS] ?? [foreign(policy)];

const start = (run: Next, call: Call): Promise<unknown> =>
  run(new Context(call, new Attempt(1), makeAttempt)).then(unwrap);

function unwrap(attempt: Attempt): unknown {
  if (attempt.threw) showCaller(attempt.value);
  return attempt.unwrap();
}

/** A call that can be cancelled: it settles as soon as it is, whatever its operation is doing then. */
async function startWithin(run: Next, call: Call, cancellation: Cancellation): Promise<unknown> {
  const { signal } = call;
  if (signal?.aborted) throw signal.reason;
  if (cancellation.cancelled) throw cancellation.reason;
  const forget = signal && onAbort(signal, (reason) => cancellation.cancel(reason));
  const context = new Context(call, new Attempt(1), makeAttempt, cancellation, signal);
  const attempt = await run(context);
  forget?.();
  return unwrap(context.outcomeWithin(cancellation, attempt));
}

/** Within a policy of the user's own, a policy joins the call that it is a part of. */
async function join<T>(
  run: Next,
  operation: Operation<T>,
  context: Context,
  readerFor: ReaderFor | undefined,
): Promise<T> {
  const { call } = context;
  call.isJoined = true;
  if (readerFor && (call.reader?.isPartial ?? true)) call.reader = readerFor(call.clock);
  const attempt = await run(context.unused().around(joining(operation)));
  context.gave = attempt;
  return attempt.unwrap() as T;
}
