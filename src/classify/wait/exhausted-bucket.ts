import { exhaustedWaitSeconds } from '../headers/rate-limit-fields.ts';
import type { HeaderMap } from '../headers/response-headers.ts';
import { boundedWait, parseDuration, parsePlainNumber, waitUntil } from './durations.ts';

/** The families of fields `…-limit`, `…-remaining` and `…-reset`, the standard's own first. */
const FAMILIES = ['ratelimit-', 'x-ratelimit-', 'x-rate-limit-', 'rate-limit-'] as const;

/**
 * The wait until an exhausted bucket gives something again; of several the longest. A reset beside
 * something remaining is none: it says when the window ends, not that anybody has to wait.
 */
export function exhaustedBucketWait(headers: HeaderMap, now: number): number | undefined {
  if (headers.size === 0) return undefined;
  for (const family of FAMILIES) {
    const reset = headers.get(`${family}reset`);
    const remaining = headers.get(`${family}remaining`);
    if (reset === undefined || (remaining !== undefined && !isEmpty(remaining))) continue;
    return positive(waitUntil(reset, now));
  }
  const standard = exhaustedWaitSeconds(headers.get('ratelimit'));
  return standard === undefined
    ? namedBucketWait(headers, now)
    : positive(boundedWait(standard * 1e3));
}

/** Several buckets, each with its name in its fields: `x-ratelimit-remaining-minute: 0`. */
function namedBucketWait(headers: HeaderMap, now: number): number | undefined {
  let longest: number | undefined;
  for (const [name, value] of headers) {
    if (!/rate-?limit/.test(name)) continue;
    let wait: number | undefined;
    if (name.includes('remaining')) {
      if (isEmpty(value)) wait = resetOf(name, headers, now);
    } else if (
      /rate-?limit-reset$/.test(name) &&
      !headers.has(name.replace('reset', 'remaining'))
    ) {
      // `x-vendor-ratelimit-reset`: the vendor's only bucket, and it was this one.
      wait = waitUntil(value, now);
    }
    if (positive(wait) !== undefined) longest = Math.max(longest ?? 0, wait as number);
  }
  return longest;
}

/**
 * When a named bucket that is empty gives something again.
 *
 * OpenAI and Groq (`x-ratelimit-reset-requests: 6m0s`) and Anthropic
 * (`anthropic-ratelimit-requests-reset`) say when the bucket is *full* again, and fill it evenly:
 * one request gets through after its share of that. What a request needs of the tokens is not
 * known, so their buckets say nothing.
 */
function resetOf(remaining: string, headers: HeaderMap, now: number): number | undefined {
  const reset = headers.get(remaining.replace('remaining', 'reset'));
  if (reset === undefined) return undefined;
  const isFull = /^\d+(?:\.\d+)?(?:ms|s|m|h|d)/.test(reset) || remaining.startsWith('anthropic-');
  if (!isFull) return waitUntil(reset, now);
  const limit = parsePlainNumber(headers.get(remaining.replace('remaining', 'limit')) ?? '');
  const whole = parseDuration(reset) ?? waitUntil(reset, now);
  return limit && whole !== undefined && remaining.includes('requests')
    ? boundedWait(whole / limit)
    : undefined;
}

/** Whether a bucket of the whole client is used up: `x-ratelimit-remaining: 0` and its relatives. */
export function bucketIsEmpty(headers: HeaderMap): boolean {
  for (const family of FAMILIES) {
    const remaining = headers.get(`${family}remaining`);
    if (remaining !== undefined) return isEmpty(remaining);
  }
  return exhaustedWaitSeconds(headers.get('ratelimit')) !== undefined;
}

/** Nothing remains. A negative count is none: Azure answers `-1` where it does not know. */
const isEmpty = (remaining: string): boolean => /^0+(?:\.0+)?$/.test(remaining);

/** Zero is no wait: a field that nobody filled in, or a moment that is past. */
const positive = (wait: number | undefined): number | undefined => wait || undefined;
