import type { Clock } from '../core/clock.ts';

/** The headers of a response or of an SDK's error: a `Headers`, or a record with names in lower case. */
export interface HeadersByName {
  get?(name: string): unknown;
}

/** Plain digits; a field that came twice stands there as `3, 3`. */
const NUMBERS = /^\d{1,12}(\.\d*)?(, ?\d{1,12}(\.\d*)?)*$/;
/** The end of each of the three forms of an HTTP-date (RFC 9110 §5.6.7). */
const DATE = /:\d\d (GMT|\d{4})$/;

/**
 * How long a server says to wait, in milliseconds: by `Retry-After` in seconds or as a date
 * (RFC 9110 §10.2.3), or by `Retry-After-Ms` as Azure and OpenAI send it. Of several the longest, and
 * a date by the server's own clock. `undefined` where it does not say, or names a moment that has
 * passed.
 */
export function retryAfterOf(headers: HeadersByName, clock: Clock): number | undefined {
  const field = (name: string): string => {
    const value =
      typeof headers.get === 'function'
        ? headers.get(name)
        : (headers as Readonly<Record<string, unknown>>)[name];
    return typeof value === 'string' || typeof value === 'number' ? `${value}` : '';
  };
  const inMs = field('retry-after-ms');
  const value = inMs || field('retry-after');
  if (NUMBERS.test(value)) {
    return Math.max(...value.split(',').map(Number)) * (inMs === '' ? 1000 : 1);
  }
  // The oldest form does not say that it is GMT.
  const momentOf = (date: string): number =>
    DATE.test(date) ? Date.parse(date.replace(/ GMT$|$/, ' GMT')) : Number.NaN;
  const waitMs = momentOf(value) - (momentOf(field('date')) || clock.epochNow());
  return waitMs > 0 ? waitMs : undefined;
}
