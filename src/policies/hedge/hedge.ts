import type { Attempt } from '../../core/attempt.ts';
import { healthOf, ownClassification, type Classification } from '../../core/classification.ts';
import type { Context } from '../../core/context.ts';
import { Deadlines } from '../../core/deadlines.ts';
import { KeyedStore } from '../../core/keyed-store.ts';
import { policyOf } from '../../core/layered-policy.ts';
import type { Wrap } from '../../core/layers.ts';
import type { Policy } from '../../core/policy.ts';
import { classificationOf } from '../../core/read-outcome.ts';
import { controlledBy } from '../control-part.ts';
import { readPlainly } from '../plain-reader.ts';
import type { RetryBudget } from '../retry-budget.ts';
import type { RetryOptions } from '../retry/retry.ts';
import { budgetOf } from '../retry/budget-of-retry.ts';
import { readHedgeOptions, type HedgeOptions } from './hedge-options.ts';
import { HedgedCall, learn, type HedgingLayer } from './hedged-call.ts';
import { KeyHedging } from './key-hedging.ts';

/** A hedge; a wrapped fetch has it spend from the budget of its retries. */
export interface HedgePolicy extends Policy {
  /**
   * The same hedge, which spends from the budget of these retries, where they have one that counts
   * the answers; itself otherwise, and where it was given a `budget`.
   */
  besideRetry(retries: RetryOptions | Policy | false | undefined): HedgePolicy;
}

/** What second attempts are paid from, and whether the answers that it earns by are counted here. */
interface Purse {
  readonly budget: RetryBudget | false;
  readonly earnsHere: boolean;
}

/** As which a first attempt stands while it is slow. */
const SLOW: Classification = ownClassification({
  category: 'retryable',
  decidedBy: 'network',
  rule: 'no answer within the usual time',
});

/**
 * Sends a second attempt where the first one is slow, and takes whichever is answered first; the
 * other one is aborted. For requests that only read, and for operations that may run twice at once.
 *
 * The second attempt is sent once the first one has taken longer than 95 % of its key's attempts do,
 * or at once where the first one fails and is `retryable`. A fatal answer ends the call. At most 5 %
 * of the calls have a second attempt, and none has one while the server throttles or its circuit is
 * not closed, while everything is slow, or where it would have to wait in line.
 *
 * Put it inside a retry, and outside limits and breakers: each attempt then takes its own token.
 *
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * const fetch = resilientFetch(globalThis.fetch, { hedge: hedge() });
 */
export function hedge(options?: HedgeOptions): HedgePolicy {
  const settings = readHedgeOptions(options);
  const { clock, onEvent, methods, budget: given } = settings;
  const keys = new KeyedStore(settings.maxKeys, () => new KeyHedging(settings));
  const lists = new Map<number, Deadlines>();
  const deadlinesOf = (delayMs: number): Deadlines => {
    let deadlines = lists.get(delayMs);
    if (deadlines === undefined) lists.set(delayMs, (deadlines = new Deadlines(clock)));
    return deadlines;
  };

  const obstacle = ({ reader }: Context, classification: Classification): boolean => {
    const repetition = reader?.repetition?.(classification);
    if (repetition === undefined) return false;
    const { obstacle: because, unsafe, changes } = repetition;
    return (
      because !== undefined || unsafe !== undefined || (methods === 'safe' && changes === true)
    );
  };

  const policyWith = ({ budget, earnsHere }: Purse): HedgePolicy => {
    const answered = (attempt: Attempt, { call: { key } }: Context): void => {
      const { classification } = attempt;
      if (!budget || !earnsHere || classification === undefined) return;
      if (healthOf(classification) === 'healthy') budget.answered(key, clock.now());
    };
    const hedgeWrap: Wrap = {
      onEvent,
      wrap: (next) => {
        const layer: HedgingLayer = {
          next,
          clock,
          onEvent,
          obstacle,
          spend: (key) => !budget || budget.spend(key, clock.now()),
          refund: (key) => budget && budget.refund(key),
        };
        const unhedged = async (context: Context, hedging: KeyHedging | undefined) => {
          const attempt = await next(context);
          const classification = await classificationOf(attempt, context);
          const { cancellation: scope } = context;
          if (hedging !== undefined) learn(hedging, attempt, classification, { scope }, false);
          return attempt;
        };
        const run = (context: Context): Promise<Attempt> => {
          // What is repeated already is in trouble, and has its own rules.
          if (context.record.kind !== 'first-try') return unhedged(context, undefined);
          if (context.cancellation?.cancelled) {
            return Promise.resolve(context.refuseCancelled(context.cancellation));
          }
          if (obstacle(context, SLOW)) return unhedged(context, undefined);
          const hedging = keys.use(context.key);
          hedging.called();
          const { delayMs } = hedging;
          if (delayMs === undefined) return unhedged(context, hedging);
          const dueAt = clock.now() + delayMs;
          return new HedgedCall(layer, hedging, context, deadlinesOf(delayMs), dueAt).run();
        };
        return (context) =>
          run(context).then((attempt) => {
            answered(attempt, context);
            return attempt;
          });
      },
    };
    controlledBy(hedgeWrap, {
      keys: () => Array.from(keys.entries(), ([key]) => key),
      read: (key) => ({
        hedging: keys.peek(key)?.read(),
        budget: earnsHere && budget ? budget.read(key, clock.now()) : undefined,
      }),
      reset(key) {
        keys.forget(key);
        if (earnsHere && budget) budget.forget(key);
      },
    });
    const policy: HedgePolicy = {
      ...policyOf([hedgeWrap], { clock, repeats: true, readerFor: readPlainly }),
      besideRetry(retries) {
        const { budget: shared, maxRetries } = (retries || {}) as RetryOptions;
        const isCounted = typeof shared === 'object' && 'spend' in shared;
        return given === undefined && isCounted && maxRetries !== Infinity
          ? policyWith({ budget: shared, earnsHere: false })
          : policy;
      },
    };
    return policy;
  };
  const budget = budgetOf(given, 'hedge.budget');
  // One that was made elsewhere is shared with a retry, which counts its answers.
  return policyWith({ budget, earnsHere: budget !== given });
}
