import type { AnnouncedLimit } from '../../core/outcome-reader.ts';
import { parseDuration, parsePlainNumber, waitUntil } from '../wait/durations.ts';
import { parseRateLimit, parseRateLimitPolicy } from './rate-limit-fields.ts';

/** Looks a header field up by its name in lower case. */
export type FieldOf = (name: string) => string | null | undefined;

/** The fields of one limit, and whether their reset is a bucket that is full again. */
interface Family {
  readonly remaining: string;
  readonly limit: string;
  readonly reset: string;
  readonly resetTo: AnnouncedLimit['resetTo'];
}

const familyOf = (prefix: string): Family => ({
  remaining: `${prefix}remaining`,
  limit: `${prefix}limit`,
  reset: `${prefix}reset`,
  resetTo: undefined,
});

/**
 * OpenAI and Groq (`…-reset-requests: 6m0s`) and Anthropic say when the bucket is full again. What a
 * request needs of the tokens is not known before it is made, so their buckets set no pace.
 */
const FAMILIES: readonly Family[] = [
  familyOf('x-ratelimit-'),
  familyOf('ratelimit-'),
  familyOf('x-rate-limit-'),
  {
    remaining: 'x-ratelimit-remaining-requests',
    limit: 'x-ratelimit-limit-requests',
    reset: 'x-ratelimit-reset-requests',
    resetTo: 'full-bucket',
  },
  {
    remaining: 'anthropic-ratelimit-requests-remaining',
    limit: 'anthropic-ratelimit-requests-limit',
    reset: 'anthropic-ratelimit-requests-reset',
    resetTo: 'full-bucket',
  },
];

/** More limits than any server announces at once. */
const MAX_LIMITS = 8;

/**
 * The limits that an answer announces: `RateLimit` with `RateLimit-Policy`, or the
 * `x-ratelimit-…` fields and their relatives. One that says less than limit, remaining and reset
 * says nothing.
 *
 * @param now - milliseconds since 1970
 */
export function announcedLimits(fieldOf: FieldOf, now: number): readonly AnnouncedLimit[] {
  const standard = fieldOf('ratelimit');
  if (standard) return ofStandard(standard, fieldOf('ratelimit-policy') ?? undefined);
  const limits: AnnouncedLimit[] = [];
  for (const family of FAMILIES) {
    const remaining = countOf(fieldOf(family.remaining));
    if (remaining === undefined) continue;
    const limit = countOf(fieldOf(family.limit));
    const reset = fieldOf(family.reset);
    if (limit === undefined || !reset) continue;
    const hasUnit = /[a-z]/i.test(reset) && !/[TZ]/.test(reset);
    const resetMs = hasUnit ? parseDuration(reset) : waitUntil(reset, now);
    if (resetMs === undefined) continue;
    const { resetTo, remaining: name } = family;
    limits.push({ name, limit, remaining, resetMs, resetTo, windowMs: undefined });
  }
  return limits;
}

function ofStandard(field: string, policyField: string | undefined): readonly AnnouncedLimit[] {
  const policies = parseRateLimitPolicy(policyField);
  return parseRateLimit(field)
    .slice(0, MAX_LIMITS)
    .flatMap(({ policy, remaining, resetSeconds, quota }) => {
      const stated = policies.find((one) => one.policy === policy && one.unit === 'requests');
      const limit = quota ?? stated?.quota;
      if (limit === undefined || remaining === undefined || resetSeconds === undefined) return [];
      const windowMs = stated?.windowSeconds === undefined ? undefined : stated.windowSeconds * 1e3;
      const resetMs = resetSeconds * 1e3;
      return [{ name: policy, limit, remaining, resetMs, resetTo: undefined, windowMs }];
    });
}

/** Lists such as `100, 100;w=60` of older drafts begin with the count. */
function countOf(text: string | null | undefined): number | undefined {
  const [first = ''] = (text ?? '').split(/[,;]/, 1);
  return parsePlainNumber(first.trim());
}
