export { usageLimits } from './http/usage/usage-limits.ts';
export { estimateTokens } from './http/usage/estimate-tokens.ts';
export { usageOf, type TokenUsage } from './http/usage/usage-of.ts';
export {
  USAGE_LIMITS_DEFAULTS,
  type Per,
  type UsageLimitOptions,
  type UsageLimitsOptions,
} from './policies/usage-limits/usage-limits-options.ts';
export type { Amounts, UsageRequest, UsageUnit } from './policies/usage-limits/usage-source.ts';
