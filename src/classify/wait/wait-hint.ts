import type { BodyWait } from '../body/body-evidence.ts';
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
import type { StatedWait } from './longest-wait.ts';

/** Header fields that say outright how long to wait. */
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
/** A field that was sent twice is joined with a comma; a date has one of its own after the day. */
const BETWEEN_VALUES = /(?<![a-z]{3}),\s*|(?<=GMT),\s*/i;

/**
 * The waits that header fields state outright. A negative number and a date that is past say
 * nothing.
 *
 * @returns `'unusable'` where a field is there and none makes sense: the server meant something
 */
export function explicitWaits(headers: HeaderMap, now: number): readonly StatedWait[] | 'unusable' {
  const waits: StatedWait[] = [];
  let isUnusable = false;
  if (headers.size === 0) return waits;
  for (const field of EXPLICIT_WAIT_FIELDS) {
    const value = headers.get(field);
    if (value === undefined) continue;
    const scale = IN_MILLISECONDS.test(field) ? 1 : 1e3;
    for (const one of value.split(BETWEEN_VALUES)) {
      const number = parsePlainNumber(one);
      const date =
        number === undefined && field === 'retry-after' ? parseHttpDate(one, now) : undefined;
      const ms = boundedWait(number === undefined ? (date ?? Number.NaN) - now : number * scale);
      if (ms !== undefined && (date === undefined || ms > 0)) waits.push({ ms, from: 'header' });
      isUnusable ||= ms === undefined && !/^-\d/.test(one);
    }
  }
  return waits.length === 0 && isUnusable ? 'unusable' : waits;
}

/** The waits that the body states under keys of their own. */
export function bodyWaits(
  waits: readonly BodyWait[],
  now: number,
  slowDown: boolean,
): readonly StatedWait[] {
  return waits.flatMap(({ unit, value, isDeep }) => {
    if (unit === 'interval' && !slowDown) return [];
    const ms = valueWait(unit, value, now);
    return ms === undefined ? [] : [{ ms, from: isDeep ? ('prose' as const) : ('body' as const) }];
  });
}

/** The wait that a message states in a sentence. */
export function proseWait(message: string | undefined, now: number): StatedWait | undefined {
  const ms = message === undefined ? undefined : waitInProse(message, now);
  return ms === undefined ? undefined : { ms, from: 'prose' };
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
