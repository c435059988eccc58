import { parseDictionary, parseList, Token } from 'structured-headers';

/**
 * The fields by which a server tells how much of a rate limit is left, as structured fields
 * (RFC 9651): draft-ietf-httpapi-ratelimit-headers in its current form, and the older triple.
 *
 * A field that is malformed is ignored as a whole, as both documents demand.
 */

/** One bucket of a `RateLimit` field: what is left of a policy's quota. */
export interface RateLimitItem {
  /** The policy's name; empty in the older form, which has no names. */
  readonly policy: string;
  /** Quota units left in the window (`r`). */
  readonly remaining: number | undefined;
  /** Seconds until the window is renewed (`t`). */
  readonly resetSeconds: number | undefined;
  /** Quota units of a window, where the older form says so (`limit`). */
  readonly quota: number | undefined;
}

/** One policy of a `RateLimit-Policy` field. */
export interface RateLimitPolicyItem {
  /** The policy's name; empty in the older form. */
  readonly policy: string;
  /** Quota units of a window (`q`). */
  readonly quota: number;
  /** What is counted (`qu`). @defaultValue 'requests' */
  readonly unit: string;
  /** Length of a window in seconds (`w`). */
  readonly windowSeconds: number | undefined;
}

/** Longer than any list of policies; a parser's time is the server's to spend otherwise. */
const MAX_FIELD_LENGTH = 2_048;

/**
 * Reads `RateLimit`: `"default";r=50;t=30` (current), or `limit=100, remaining=50, reset=30`.
 *
 * @returns no items where the field is malformed or says nothing
 */
export function parseRateLimit(field: string | undefined): readonly RateLimitItem[] {
  if (field === undefined || field.length > MAX_FIELD_LENGTH) return [];
  if (isTriple(field)) return readTriple(field);
  const list = attempt(() => parseList(field));
  const items: RateLimitItem[] = [];
  for (const [item, parameters] of list ?? []) {
    const policy = nameOf(item);
    if (policy === undefined) return [];
    items.push({
      policy,
      remaining: count(parameters.get('r')),
      resetSeconds: count(parameters.get('t')),
      quota: undefined,
    });
  }
  return items;
}

/** Told apart before parsing: an attempt that fails costs more than one that succeeds. */
function isTriple(field: string): boolean {
  return /^ *(?:limit|remaining|reset)=/.test(field);
}

function readTriple(field: string): readonly RateLimitItem[] {
  const triple = attempt(() => parseDictionary(field));
  const remaining = count(triple?.get('remaining')?.[0]);
  const resetSeconds = count(triple?.get('reset')?.[0]);
  if (remaining === undefined && resetSeconds === undefined) return [];
  return [{ policy: '', remaining, resetSeconds, quota: count(triple?.get('limit')?.[0]) }];
}

/**
 * Reads `RateLimit-Policy`: `"burst";q=100;w=60` (current), or `100;w=60` (older).
 *
 * @returns no policies where the field is malformed or says nothing
 */
export function parseRateLimitPolicy(field: string | undefined): readonly RateLimitPolicyItem[] {
  if (field === undefined || field.length > MAX_FIELD_LENGTH) return [];
  const policies: RateLimitPolicyItem[] = [];
  for (const [item, parameters] of attempt(() => parseList(field)) ?? []) {
    const policy = nameOf(item);
    const quota = count(policy === undefined ? item : parameters.get('q'));
    // `q` is required of a policy: without it the field is not what it claims to be.
    if (quota === undefined) return [];
    const unit = parameters.get('qu');
    policies.push({
      policy: policy ?? '',
      quota,
      unit: typeof unit === 'string' ? unit : 'requests',
      windowSeconds: count(parameters.get('w')),
    });
  }
  return policies;
}

/**
 * Seconds until every exhausted bucket of a `RateLimit` field is renewed; `undefined` where none
 * is exhausted, or none of them says when.
 */
export function exhaustedWaitSeconds(field: string | undefined): number | undefined {
  let longest: number | undefined;
  for (const { remaining, resetSeconds } of parseRateLimit(field)) {
    if (remaining !== 0 || resetSeconds === undefined) continue;
    longest = Math.max(longest ?? 0, resetSeconds);
  }
  return longest;
}

/** A policy's name is a String; the draft's own examples have a Token here and there. */
function nameOf(item: unknown): string | undefined {
  if (typeof item === 'string') return item;
  return item instanceof Token ? item.toString() : undefined;
}

/** Counts are non-negative Integers; anything else under such a name is ignored. */
function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined;
}

function attempt<Value>(parse: () => Value): Value | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
