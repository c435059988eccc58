import type { BodyWait } from '../body/body-evidence.ts';
import { exhaustedWaitSeconds } from '../headers/rate-limit-fields.ts';
import type { HeaderMap } from '../headers/response-headers.ts';
import { read } from '../untrusted.ts';
import {
  boundedWait,
  parseDuration,
  parsePlainNumber,
  waitInProse,
  waitOfNumber,
  waitUntil,
} from './durations.ts';
import { parseHttpDate } from './http-date.ts';

/**
 * Header fields that say outright how long to wait, the most trusted first. A field that is there
 * but makes no sense ends the search: the server meant something, and guessing on is no answer.
 */
export const EXPLICIT_WAIT_FIELDS: readonly string[] = [
  'grpc-retry-pushback-ms',
  'retry-after-ms',
  'x-ms-retry-after-ms',
  'retry-after',
  'x-amz-retry-after',
  'x-retry-after',
  'x-ratelimit-retry-after',
  'x-rate-limit-retry-after-seconds',
  'x-ratelimit-reset-after',
];

/** The fields among them that count milliseconds. The others count seconds. */
const IN_MILLISECONDS = /-ms$|-amz-/;

/**
 * The wait that a header field states outright; of the first of the table that is there.
 *
 * @returns milliseconds; `'unusable'` where the field makes no sense; `undefined` where there is none
 */
export function explicitWait(headers: HeaderMap, now: number): number | 'unusable' | undefined {
  const field = headers.size > 0 && EXPLICIT_WAIT_FIELDS.find((name) => headers.has(name));
  if (!field) return undefined;
  const value = headers.get(field) as string;
  const number = parsePlainNumber(value);
  if (number !== undefined) return boundedWait(IN_MILLISECONDS.test(field) ? number : number * 1e3);
  const date = field === 'retry-after' ? parseHttpDate(value, now) : undefined;
  return date === undefined ? 'unusable' : boundedWait(date - now);
}

/** The families of fields `…-limit`, `…-remaining` and `…-reset`, the standard's own first. */
const FAMILIES = ['ratelimit-', 'x-ratelimit-', 'x-rate-limit-', 'rate-limit-'] as const;

/**
 * The wait until an exhausted bucket is filled again. A reset beside something remaining is none:
 * it says when the window ends, not that anybody has to wait.
 */
export function exhaustedBucketWait(headers: HeaderMap, now: number): number | undefined {
  if (headers.size === 0) return undefined;
  for (const family of FAMILIES) {
    const reset = headers.get(`${family}reset`);
    const remaining = headers.get(`${family}remaining`);
    if (reset === undefined || (remaining !== undefined && !isEmpty(remaining))) continue;
    return waitUntil(reset, now);
  }
  const standard = exhaustedWaitSeconds(headers.get('ratelimit'));
  return standard === undefined ? namedBucketWait(headers, now) : boundedWait(standard * 1e3);
}

/** Several buckets, each with its name in its fields: `x-ratelimit-remaining-minute: 0`. */
function namedBucketWait(headers: HeaderMap, now: number): number | undefined {
  let longest: number | undefined;
  for (const [name, value] of headers) {
    if (!/rate-?limit/.test(name)) continue;
    let reset: string | undefined;
    if (name.includes('remaining')) {
      if (isEmpty(value)) reset = headers.get(name.replace('remaining', 'reset'));
    } else if (
      /rate-?limit-reset$/.test(name) &&
      !headers.has(name.replace('reset', 'remaining'))
    ) {
      // `x-vendor-ratelimit-reset`: the vendor's only bucket, and it was this one.
      reset = value;
    }
    // `6m0s` (OpenAI, Groq) says when the bucket is full again, long after a request gets through.
    const wait = reset === undefined ? undefined : waitUntil(reset, now);
    if (wait !== undefined) longest = Math.max(longest ?? 0, wait);
  }
  return longest;
}

/** Whether a bucket of the whole client is used up: `x-ratelimit-remaining: 0` and its relatives. */
export function bucketIsEmpty(headers: HeaderMap): boolean {
  for (const family of FAMILIES) {
    const remaining = headers.get(`${family}remaining`);
    if (remaining !== undefined) return isEmpty(remaining);
  }
  return exhaustedWaitSeconds(headers.get('ratelimit')) !== undefined;
}

/** Nothing remains, or less than nothing. */
const isEmpty = (remaining: string): boolean => /^(?:0+(?:\.0+)?$|-\d)/.test(remaining);

/** The wait that the body states under a key of its own, or in a sentence. */
export function bodyWait(
  waits: readonly BodyWait[],
  message: string | undefined,
  now: number,
  slowDown: boolean,
): number | undefined {
  for (const { unit, value } of waits) {
    if (unit === 'interval' && !slowDown) continue;
    const wait = valueWait(unit, value, now);
    if (wait !== undefined) return wait;
  }
  return message === undefined ? undefined : waitInProse(message, now);
}

function valueWait(unit: BodyWait['unit'], value: unknown, now: number): number | undefined {
  if (typeof value === 'object') return protoDuration(value);
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const text = String(value).trim();
  const number = parsePlainNumber(text);
  if (number === undefined) {
    const duration = parseDuration(text);
    return duration === undefined ? waitUntil(text, now) : boundedWait(duration);
  }
  return unit === 'milliseconds' ? boundedWait(number) : waitOfNumber(number, now);
}

/** `{"seconds": 3, "nanos": 500000000}`: a duration of protobuf, as older servers write it. */
export function protoDuration(value: unknown): number | undefined {
  const seconds = read(value, 'seconds');
  const nanos = read(value, 'nanos');
  if ((seconds ?? nanos) === undefined) return undefined;
  const wait = Number(seconds ?? 0) * 1e3 + Number(nanos ?? 0) / 1e6;
  return wait >= 0 ? boundedWait(wait) : undefined;
}
