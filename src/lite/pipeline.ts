import { policyFrom, type PolicyDefinition } from '../core/define-policy.ts';
import type { ReaderFor } from '../core/outcome-reader.ts';
import { joinPolicies } from '../core/pipeline.ts';
import type { Policy } from '../core/policy.ts';
import { liteReader } from './outcome-reader.ts';

const readLightly: ReaderFor = (clock) => liteReader(clock);

/**
 * Joins policies into one: the first is the outermost and sees the call first. Like `pipeline` of
 * `holdfast`; a `Response` is read by its status, `Retry-After` and the code in its JSON body, an
 * error by its status, name and network code.
 *
 * @example
 * const policy = pipeline(retry(), circuitBreaker());
 */
export const pipeline = (...policies: readonly Policy[]): Policy =>
  joinPolicies(policies, readLightly);

/**
 * Makes a policy of your own: a gate that lets attempts in, or a wrap that runs what is inside it
 * differently.
 *
 * @throws {@link OptionError} for a definition that is neither.
 *
 * @example
 * const counting = definePolicy({ enter: () => void (started += 1) });
 */
export const definePolicy = <Pass>(definition: PolicyDefinition<Pass>): Policy =>
  policyFrom(definition, readLightly);
