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

/** Longer than any list of policies; a reader's time is the server's to spend otherwise. */
const MAX_FIELD_LENGTH = 2_048;

/** RFC 9651 §3.3: a string, a token, a number, bytes, a boolean, a date or a display string. */
const VALUE =
  '("(?:[ !#-[\\]-~]|\\\\["\\\\])*"|[A-Za-z*][\\w!#$%&\'*+.^`|~:/-]*|' +
  '-?(?:\\d{1,12}\\.\\d{1,3}|\\d{1,15})|:[A-Za-z0-9+/]*={0,2}:|\\?[01]|@-?\\d{1,15}|' +
  '%"(?:[ !#$&-~]|%[0-9a-f]{2})*")';
const KEY = '([a-z*][a-z0-9_.*-]*)';
/** The comma before a member, its key if it is a dictionary's, its value; or one parameter. */
const PART = new RegExp(`((?:[ \t]*,[ \t]*)?)(?:${KEY}=)?${VALUE}|; *${KEY}(?:=${VALUE})?`, 'y');

/** One member of a field: its key if it is a dictionary's, its value, its parameters. */
interface Member {
  readonly key: string | undefined;
  readonly value: string;
  readonly parameters: Map<string, string | undefined>;
}

/**
 * The members of a list or a dictionary of values; none where the field is malformed. Inner lists
 * count as malformed: they mean nothing in these fields.
 */
function membersOf(field = ''): readonly Member[] {
  const text = field.replace(/^ +| +$/g, '');
  if (text.length > MAX_FIELD_LENGTH) return [];
  const members: Member[] = [];
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const [, comma, key, value, name, parameter] = PART.exec(text) ?? [];
    const last = members.at(-1);
    if (value !== undefined && (comma === '') === (last === undefined)) {
      members.push({ key, value, parameters: new Map() });
    } else if (name !== undefined && last !== undefined) {
      last.parameters.set(name, parameter);
    } else {
      return [];
    }
  }
  return members;
}

/**
 * Reads `RateLimit`: `"default";r=50;t=30` (current), or `limit=100, remaining=50, reset=30`.
 *
 * @returns no items where the field is malformed or says nothing
 */
export function parseRateLimit(field: string | undefined): readonly RateLimitItem[] {
  const members = membersOf(field);
  if (members.some(({ key }) => key !== undefined)) return readTriple(members);
  const items = members.map(({ value, parameters }) => ({
    policy: nameOf(value),
    remaining: count(parameters.get('r')),
    resetSeconds: count(parameters.get('t')),
    quota: undefined,
  }));
  return items.every(hasName) ? items : [];
}

function readTriple(members: readonly Member[]): readonly RateLimitItem[] {
  const triple = new Map(members.map(({ key, value }) => [key, count(value)]));
  const remaining = triple.get('remaining');
  const resetSeconds = triple.get('reset');
  if (triple.has(undefined) || (remaining ?? resetSeconds) === undefined) return [];
  return [{ policy: '', remaining, resetSeconds, quota: triple.get('limit') }];
}

/**
 * Reads `RateLimit-Policy`: `"burst";q=100;w=60` (current), or `100;w=60` (older).
 *
 * @returns no policies where the field is malformed or says nothing
 */
export function parseRateLimitPolicy(field: string | undefined): readonly RateLimitPolicyItem[] {
  const policies = membersOf(field).map(({ key, value, parameters }) => {
    const policy = nameOf(value);
    return {
      policy: policy ?? '',
      quota:
        key === undefined ? count(policy === undefined ? value : parameters.get('q')) : undefined,
      unit: stringOf(parameters.get('qu')) ?? 'requests',
      windowSeconds: count(parameters.get('w')),
    };
  });
  // `q` is required of a policy: without it the field is not what it claims to be.
  return policies.every(hasQuota) ? policies : [];
}

/**
 * Seconds until every exhausted bucket of a `RateLimit` field is renewed; `undefined` where none
 * is exhausted, or none of them says when.
 */
export function exhaustedWaitSeconds(field: string | undefined): number | undefined {
  const waits = parseRateLimit(field).flatMap(({ remaining, resetSeconds }) =>
    remaining === 0 && resetSeconds !== undefined ? [resetSeconds] : [],
  );
  return waits.length === 0 ? undefined : Math.max(...waits);
}

const hasName = <Item extends object>(
  item: Item & { policy: string | undefined },
): item is Item & {
  policy: string;
} => item.policy !== undefined;

const hasQuota = <Item extends object>(
  item: Item & { quota: number | undefined },
): item is Item & {
  quota: number;
} => item.quota !== undefined;

/** A policy's name is a String; the draft's own examples have a Token here and there. */
const nameOf = (value: string): string | undefined =>
  stringOf(value) ?? (/^[A-Za-z*]/.test(value) ? value : undefined);

const stringOf = (value: string | undefined): string | undefined =>
  value?.[0] === '"' ? value.slice(1, -1).replace(/\\(.)/g, '$1') : undefined;

/** Counts are non-negative Integers; anything else under such a name is ignored. */
const count = (value: string | undefined): number | undefined =>
  value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
