import { policyFrom, type PolicyDefinition } from '../core/define-policy.ts';
import { joinPolicies } from '../core/pipeline.ts';
import type { Policy } from '../core/policy.ts';
import { readByShape } from './outcome-reader.ts';

/**
 * Joins policies into one: the first is the outermost and sees the call first.
 * `pipeline()` is the identity: it runs the operation once.
 *
 * Outcomes are read by the whole classifier: an SDK's errors and a `Response` by all that they say.
 * Two retries in one pipeline multiply, as written; a retry inside another call that is retried
 * (a wrapped fetch within a wrapped fetch) leaves the repeating to the outer one.
 *
 * @example
 * const policy = pipeline(retry(), tokenBucket({ ratePerSecond: 10 }), circuitBreaker());
 * const answer = await policy.execute(({ signal }) => sdk.ask('why?', { signal }));
 */
export const pipeline = (...policies: readonly Policy[]): Policy =>
  joinPolicies(policies, readByShape);

/**
 * Makes a policy of your own. It is compiled into a pipeline like holdfast's, may stand anywhere
 * in it, and sees attempts as records: what they gave, how that was classified, when they ran.
 *
 * - A **gate** lets attempts in and is told how they left: `enter`, `left`, `objection`.
 * - A **wrap** runs what is inside it differently: `wrap(next)` gives a function that makes an
 *   attempt with `next(context)`; `context.another()` is for a further one, which may run beside it.
 *
 * The call settles when its caller aborts or its time is up, whatever the policy is waiting for.
 *
 * @throws {@link OptionError} for a definition that is neither.
 *
 * @example
 * const atMostOne = definePolicy({ enter: () => mutex.lock(), left: (unlock) => unlock() });
 */
export const definePolicy = <Pass>(definition: PolicyDefinition<Pass>): Policy =>
  policyFrom(definition, readByShape);
