/**
 * The reasons and the sources behind the rules of the classifier. They live here, so that programs
 * that only classify do not carry them.
 *
 * @module
 */
import { allCatalogs } from './catalogs/by-host.ts';
import type { Catalog } from './classify/catalog/catalog.ts';
import { explainRule, type Explainable, type Explanation } from './classify/reasons/explain.ts';

export type { Explainable, Explanation } from './classify/reasons/explain.ts';

/**
 * Explains a classification: why its rule decides as it does, and who says so.
 *
 * The rule is found by its words, so that a classification out of a log can be explained as well.
 *
 * @param classification a classification, or its `rule` with as much of the rest as there is
 * @param catalogs your own catalogs beside the built-in ones, which are found by name
 * @returns `undefined` for a rule that is not the classifier's: a policy's own refusal
 *
 * @example
 * explain(classify({ status: 503 }));
 * // { rule: 'status 503 alone', reason: 'Service Unavailable: …', source: 'RFC 9110 §15.6.4' }
 */
export function explain(
  classification: Explainable,
  catalogs: readonly Catalog[] = [],
): Explanation | undefined {
  return explainRule(classification, [...catalogs, ...allCatalogs]);
}
