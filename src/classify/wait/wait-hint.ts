import type { BodyWait } from '../body/body-evidence.ts';
import {
  boundedWait,
  parseDuration,
  parsePlainNumber,
  waitInProse,
  waitOfNumber,
  waitUntil,
} from './durations.ts';
import { parseHttpDate } from './http-date.ts';
import { exhaustedWaitSeconds } from '../headers/rate-limit-fields.ts';
import type { HeaderMap } from '../headers/response-headers.ts';

/**
 * Header fields that say outright how long to wait, the most trusted first. A field that is there
 * but makes no sense ends the search: the server meant something, and guessing on is no answer.
 */
export const EXPLICIT_WAIT_FIELDS: readonly {
  readonly field: string;
  readonly form: 'milliseconds' | 'seconds' | 'retry-after' | 'pushback';
  readonly source: string;
}[] = [
  { field: 'grpc-retry-pushback-ms', form: 'pushback', source: 'gRFC A6' },
  { field: 'retry-after-ms', form: 'milliseconds', source: 'OpenAI, Azure OpenAI' },
  { field: 'x-ms-retry-after-ms', form: 'milliseconds', source: 'Azure Cosmos DB, Azure SDKs' },
  { field: 'retry-after', form: 'retry-after', source: 'RFC 9110 §10.2.3' },
  { field: 'x-amz-retry-after', form: 'milliseconds', source: 'AWS SDKs' },
  { field: 'x-retry-after', form: 'seconds', source: 'gateways' },
  { field: 'x-ratelimit-retry-after', form: 'seconds', source: 'Etsy, Help Scout, gateways' },
  { field: 'x-rate-limit-retry-after-seconds', form: 'seconds', source: 'Bucket4j gateways' },
  { field: 'x-ratelimit-reset-after', form: 'seconds', source: 'Discord' },
];

/**
 * The wait that a header field states outright; of the first of the table that is there.
 *
 * @returns milliseconds; `'unusable'` where the field makes no sense; `undefined` where there is none
 */
export function explicitWait(headers: HeaderMap, now: number): number | 'unusable' | undefined {
  if (headers.size === 0) return undefined;
  for (const { field, form } of EXPLICIT_WAIT_FIELDS) {
    const value = headers.get(field);
    if (value === undefined) continue;
    const number = parsePlainNumber(value);
    const inMilliseconds = form === 'milliseconds' || form === 'pushback';
    if (number !== undefined) {
      return boundedWait(inMilliseconds ? number : number * 1_000);
    }
    if (form !== 'retry-after') return 'unusable';
    const date = parseHttpDate(value, now);
    return date === undefined ? 'unusable' : (boundedWait(date - now) ?? 'unusable');
  }
  return undefined;
}

/** The families of fields `…-limit`, `…-remaining` and `…-reset`, the standard's own first. */
const FAMILIES: readonly string[] = ['ratelimit-', 'x-ratelimit-', 'x-rate-limit-', 'rate-limit-'];

/**
 * The wait until an exhausted bucket is filled again. A reset beside something remaining is none:
 * it says when the window ends, not that anybody has to wait.
 */
export function exhaustedBucketWait(headers: HeaderMap, now: number): number | undefined {
  if (headers.size === 0) return undefined;
  for (const family of FAMILIES) {
    const reset = headers.get(`${family}reset`);
    if (reset === undefined) continue;
    const remaining = headers.get(`${family}remaining`);
    if (remaining !== undefined && !isZero(remaining)) continue;
    return waitUntil(reset, now);
  }
  const standard = exhaustedWaitSeconds(headers.get('ratelimit'));
  if (standard !== undefined) return boundedWait(standard * 1_000);
  return namedBucketWait(headers, now);
}

/** Several buckets, each with its name in its fields: `x-ratelimit-remaining-minute: 0`. */
function namedBucketWait(headers: HeaderMap, now: number): number | undefined {
  let longest: number | undefined;
  for (const [name, value] of headers) {
    if (!name.includes('ratelimit') && !name.includes('rate-limit')) continue;
    let reset: string | undefined;
    if (name.includes('remaining')) {
      if (isZero(value)) reset = headers.get(name.replace('remaining', 'reset'));
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
  if (headers.size === 0) return false;
  for (const family of FAMILIES) {
    const remaining = headers.get(`${family}remaining`);
    if (remaining !== undefined) return isZero(remaining);
  }
  return exhaustedWaitSeconds(headers.get('ratelimit')) !== undefined;
}

function isZero(value: string): boolean {
  return /^-?0+(?:\.0+)?$/.test(value) || /^-\d/.test(value);
}

/** The wait that the body states under a key of its own, or in a sentence. */
export function bodyWait(
  waits: readonly BodyWait[],
  texts: readonly (string | undefined)[],
  now: number,
  slowDown: boolean,
): number | undefined {
  for (const { unit, value } of waits) {
    if (unit === 'interval' && !slowDown) continue;
    const wait = valueWait(unit, value, now);
    if (wait !== undefined) return wait;
  }
  for (const text of texts) {
    const wait = text === undefined ? undefined : waitInProse(text, now);
    if (wait !== undefined) return wait;
  }
  return undefined;
}

function valueWait(unit: BodyWait['unit'], value: unknown, now: number): number | undefined {
  if (typeof value === 'object' && value !== null) return protoDuration(value);
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const text = String(value).trim();
  const number = parsePlainNumber(text);
  if (unit === 'milliseconds' && number !== undefined) return boundedWait(number);
  if (number !== undefined) return waitOfNumber(number, now);
  const duration = parseDuration(text);
  return duration === undefined ? waitUntil(text, now) : boundedWait(duration);
}

/** `{"seconds": 3, "nanos": 500000000}`, as protobuf's JSON of older servers has it. */
function protoDuration(value: object): number | undefined {
  const { seconds, nanos } = value as { seconds?: unknown; nanos?: unknown };
  const whole = Number(seconds ?? 0);
  const part = Number(nanos ?? 0);
  if ((seconds ?? nanos) === undefined || !(whole >= 0 && part >= 0)) return undefined;
  return boundedWait(whole * 1_000 + part / 1e6);
}
