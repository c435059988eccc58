import { layersOf, policyOf } from './layered-policy.ts';
import type { ReaderFor } from './outcome-reader.ts';
import type { Policy } from './policy.ts';

/** Joins policies into one, the outermost first, compiled once; `readerFor` reads what no caller reads. */
export function joinPolicies(policies: readonly Policy[], readerFor?: ReaderFor): Policy {
  return policyOf(policies.flatMap(layersOf), {
    clock: policies.find((policy) => policy.clock)?.clock,
    repeats: policies.some((policy) => policy.repeats),
    readerFor,
  });
}
