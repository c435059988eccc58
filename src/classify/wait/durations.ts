import { MAX_TIMER_MS } from '../../core/clock.ts';
import { parseHttpDate } from './http-date.ts';

/** Numbers from here on are moments, not durations: 1e9 s after 1970 was September 2001. */
const EPOCH_SECONDS_FROM = 1e9;
/** 1e11 ms after 1970 was March 1973; as seconds it is the year 5138. */
const EPOCH_MILLISECONDS_FROM = 1e11;

/** A wait in whole milliseconds that a timer can hold: rounded up, and never negative. */
export function boundedWait(milliseconds: number): number | undefined {
  if (Number.isNaN(milliseconds)) return undefined;
  // A float of seconds times 1,000 is often a hair more than a whole number of milliseconds.
  return Math.min(Math.max(Math.ceil(milliseconds - 1e-6), 0), MAX_TIMER_MS);
}

/** The number that plain digits spell, with or without a fraction: no sign, exponent or `0x`. */
export function parsePlainNumber(text: string): number | undefined {
  return /^\d{1,16}(?:\.\d{0,12})?$/.test(text) ? Number(text) : undefined;
}

/**
 * A moment or a delay in seconds, told apart by magnitude: below 1e9 it is a delay, below 1e11 the
 * epoch in seconds, above in milliseconds.
 *
 * @returns the wait from `now` in milliseconds
 */
export function waitOfNumber(value: number, now: number): number | undefined {
  const milliseconds = value >= EPOCH_MILLISECONDS_FROM ? value : value * 1e3;
  return boundedWait(value >= EPOCH_SECONDS_FROM ? milliseconds - now : milliseconds);
}

/** `2026-01-15T12:00:30Z`: a date with its time zone. Without one it could mean any moment. */
function parseIsoDate(text: string): number | undefined {
  const zoned = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/i;
  if (!zoned.test(text)) return undefined;
  const date = Date.parse(text.replace(' ', 'T').toUpperCase());
  return Number.isNaN(date) ? undefined : date;
}

/** The wait until a moment in any spelling: an epoch, a delay in seconds, an HTTP or ISO date. */
export function waitUntil(text: string, now: number): number | undefined {
  const number = parsePlainNumber(text);
  if (number !== undefined) return waitOfNumber(number, now);
  const date = parseIsoDate(text) ?? parseHttpDate(text, now);
  return date === undefined ? undefined : boundedWait(date - now);
}

const UNITS: readonly (readonly [milliseconds: number, words: string])[] = [
  [1, 'ms msec millisecond'],
  [1e3, 's sec second'],
  [6e4, 'm min minute'],
  [36e5, 'h hr hour'],
  [864e5, 'd day'],
];

/** The milliseconds of one unit; `undefined` for a word that is none. */
function millisecondsPer(unit: string): number | undefined {
  const singular = unit.toLowerCase().replace(/(?<=..)s$/, '');
  return UNITS.find(([, words]) => words.split(' ').includes(singular))?.[0];
}

/**
 * A duration with its units: `41.724s`, `16m0.768s`, `644ms`, `5 minutes`, `1 hour 30 minutes`, or
 * as a clock, `07:43:12`. Reads from `start` and takes as many parts as there are.
 *
 * @returns milliseconds
 */
export function parseDuration(text: string, start = 0): number | undefined {
  const clock = /(\d{1,3}):(\d{2}):(\d{2})(?!\d)/y;
  clock.lastIndex = start;
  const [, hours, minutes, seconds] = clock.exec(text) ?? [];
  if (hours) return (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1e3;
  const part = /\s{0,3}(?:and\s|,\s?)?(\d{1,16}(?:\.\d{1,12})?)['"]?\s{0,3}([a-z]{0,12})/iy;
  part.lastIndex = start;
  let total: number | undefined;
  for (let parts = 0; parts < 4; parts += 1) {
    const [, number, unit = ''] = part.exec(text) ?? [];
    const scale = millisecondsPer(unit);
    if (scale === undefined) break;
    total = (total ?? 0) + Number(number) * scale;
  }
  return total;
}

/**
 * The words after which a message says how long to wait: "again in", "retry after", "wait for",
 * "available in", "replenished in", "resets in", "expires in", "back in", `retry_after:`.
 */
const ANCHOR =
  /\b(?:(?:again|retry|retrying|available|replenished|resets?|expires|back) in|(?:again|retry|reset) after|wait(?: for| at least)?|retry[_-]?after)\b[:=]?\s{0,3}(?:(?:another|about|approximately|around) )?['"(]?(?=\d)/gi;
/** The wait stands in the first lines of a message. */
const MAX_PROSE_LENGTH = 2_000;

/** The wait that a message states in words: "Please try again in 41.724s." */
export function waitInProse(message: string, now: number): number | undefined {
  const text = message.slice(0, MAX_PROSE_LENGTH);
  for (const match of text.matchAll(ANCHOR)) {
    const start = match.index + match[0].length;
    const [stamp = ''] = /^[\d:.TZ+-]{16,35}/.exec(text.slice(start, start + 35)) ?? [];
    const date = parseIsoDate(stamp.replace(/\.$/, ''));
    if (date !== undefined) return boundedWait(date - now);
    const duration = parseDuration(text, start);
    if (duration !== undefined) return boundedWait(duration);
  }
  return undefined;
}
