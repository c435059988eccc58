import { MAX_TIMER_MS } from '../core/clock.ts';
import { parseHttpDate } from './http-date.ts';
import type { HeaderMap } from './response-headers.ts';

/** How long the headers say to wait, in milliseconds. */
export function waitHint(headers: HeaderMap, now: number): number | undefined {
  const value = headers.get('retry-after');
  if (value === undefined) return undefined;
  if (/^\d+(?:\.\d+)?$/.test(value)) return Math.min(Math.ceil(Number(value) * 1000), MAX_TIMER_MS);
  const date = parseHttpDate(value, now);
  return date === undefined ? undefined : Math.min(Math.max(date - now, 0), MAX_TIMER_MS);
}
