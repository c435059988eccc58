import type { StoredResponse } from './stored-response.ts';

/** The directives of `Cache-Control` by name, in lower case; one without a value has an empty one. */
function directivesOf(header: string | null): ReadonlyMap<string, string> {
  const found = [...(header ?? '').matchAll(/([\w-]+)(?:\s*=\s*"?([^",]*))?/g)];
  return new Map(found.map(([, name = '', value = '']) => [name.toLowerCase(), value.trim()]));
}

/** The ways in which a server forbids that its response is used once it is stale (RFC 9111 §4.2.4), or kept at all. */
const FORBIDDING = ['no-store', 'no-cache', 'must-revalidate', 'proxy-revalidate'] as const;

/** Whether a response may be kept, and used later where the server fails. */
export function mayBeUsedStale(headers: Headers): boolean {
  const directives = directivesOf(headers.get('cache-control'));
  return !FORBIDDING.some((name) => directives.has(name));
}

/**
 * How old a kept response may be to answer for a failure, in milliseconds: `maxAgeMs`, or less where
 * the server or the caller says so with `stale-if-error` (RFC 5861 §4), and where the caller takes
 * no older one (`max-age`).
 */
export function mostAgeMs(asked: Headers, kept: StoredResponse, maxAgeMs: number): number {
  const headers = new Headers(kept.headers.map(([name, value]) => [name, value]));
  const answer = directivesOf(headers.get('cache-control'));
  const request = directivesOf(asked.get('cache-control'));
  const freshMs = freshnessMs(answer, headers);
  const bounds = [answer, request].map(
    (directives) => freshMs + secondsIn(directives, 'stale-if-error'),
  );
  return Math.min(maxAgeMs, secondsIn(request, 'max-age'), ...bounds);
}

/** A number of seconds as milliseconds; `Infinity` where the directive is not there. */
function secondsIn(directives: ReadonlyMap<string, string>, name: string): number {
  const value = directives.get(name);
  if (value === undefined) return Infinity;
  // What cannot be read is taken as the least (RFC 9111 §4.2.1).
  return /^\d{1,10}$/.test(value) ? Number(value) * 1000 : 0;
}

/** How long the response is fresh for its own receiver (RFC 9111 §4.2.1); 0 where it does not say. */
function freshnessMs(directives: ReadonlyMap<string, string>, headers: Headers): number {
  if (directives.has('max-age')) return secondsIn(directives, 'max-age');
  const lifetime = Date.parse(headers.get('expires') ?? '') - Date.parse(headers.get('date') ?? '');
  return lifetime > 0 ? lifetime : 0;
}
