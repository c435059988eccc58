import type { CatalogRule, FailureCategory } from '../classify/catalog/catalog.ts';

/**
 * Several codes that mean the same, with where the provider says so: rows of a catalog.
 *
 * @example
 * codes: { ...rows('fatal', DOCS, ['invalid_api_key', 'model_not_found']) }
 */
export function rows<const Code extends string>(
  category: FailureCategory,
  source: string,
  codes: readonly Code[],
): Record<Code, CatalogRule> {
  const rule: CatalogRule = { category, source };
  return Object.fromEntries(codes.map((code) => [code, rule])) as Record<Code, CatalogRule>;
}
