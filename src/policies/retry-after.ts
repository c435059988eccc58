import type { Clock } from '../core/clock.ts';

/** The headers of a response or of an SDK's error: a `Headers`, or a record with names in lower case. */
export interface HeadersByName {
  get?(name: string): unknown;
}

/** Plain digits; a field that came twice stands there as `3, 3`. */
const NUMBER = /^\d{1,12}(\.\d*)?(?=,|$)/;
/** The end of each of the three forms of an HTTP-date (RFC 9110 §5.6.7). */
const DATE = /:\d\d (GMT|\d{4})$/;

/**
 * How long a server says to wait, in milliseconds: by `Retry-After` in seconds or as a date
 * (RFC 9110 §10.2.3), or by `Retry-After-Ms` as Azure and OpenAI send it. `undefined` where it does
 * not say, or names a moment that has passed.
 */
export function retryAfterOf(headers: HeadersByName, clock: Clock): number | undefined {
  const field = (name: string): unknown =>
    typeof headers.get === 'function'
      ? headers.get(name)
      : (headers as Readonly<Record<string, unknown>>)[name];
  const inMs = field('retry-after-ms');
  const value = String(inMs ?? field('retry-after'));
  if (NUMBER.test(value)) return Number.parseFloat(value) * (inMs == null ? 1000 : 1);
  // The oldest form does not say that it is GMT.
  const waitMs = DATE.test(value)
    ? Date.parse(value.replace(/ GMT$|$/, ' GMT')) - clock.epochNow()
    : Number.NaN;
  return waitMs >= 0 ? waitMs : undefined;
}
