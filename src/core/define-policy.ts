import type { Attempt } from './attempt.ts';
import type { Clock } from './clock.ts';
import type { Context, Next } from './context.ts';
import { unlessCancelled } from './foreign-policy.ts';
import { policyOf } from './layered-policy.ts';
import type { Gate, Layer, Wrap } from './layers.ts';
import { OptionError } from './options.ts';
import type { ReaderFor } from './outcome-reader.ts';
import type { Policy } from './policy.ts';

/** The traits of a policy of your own. */
export interface PolicyTraitsOfYours {
  /** The clock that it lives by; timings of a call come from the outermost policy that has one. */
  readonly clock?: Clock | undefined;
  /** `true` if the operation may be run more than once, so that its input must survive. */
  readonly repeats?: boolean | undefined;
}

/** A policy of your own: a gate, or a wrap. */
export type PolicyDefinition<Pass = unknown> = PolicyTraitsOfYours & (Gate<Pass> | Wrap);

/**
 * Makes a policy of a gate or a wrap of the user's own; `readerFor` reads what no caller reads.
 *
 * @throws {@link OptionError} for a definition that is neither.
 */
export function policyFrom<Pass>(
  definition: PolicyDefinition<Pass>,
  readerFor?: ReaderFor,
): Policy {
  const { clock, repeats } = definition;
  return policyOf([layerOf(definition)], { clock, repeats, readerFor });
}

function layerOf<Pass>(definition: PolicyDefinition<Pass>): Layer {
  const { wrap, enter, onEvent } = definition as Partial<Gate<Pass> & Wrap>;
  if (typeof wrap === 'function') {
    return { onEvent, wrap: (next) => guarded(wrap.call(definition, next)) };
  }
  if (typeof enter === 'function') return definition as Gate;
  throw new OptionError('definePolicy', 'an object with enter() or wrap()', definition);
}

/** It may throw, and it may wait for something that heeds no cancellation. */
const guarded =
  (run: (context: Context) => Promise<Attempt>): Next =>
  (context) =>
    unlessCancelled(caught(run, context), context);

async function caught(
  run: (context: Context) => Promise<Attempt>,
  context: Context,
): Promise<Attempt> {
  try {
    return await run(context);
  } catch (error) {
    return context.refuse(error);
  }
}
