/** Longer paths are cut: a route is a name for a place, and names are kept in memory. */
const MAX_PATH_LENGTH = 256;
const ID = ':id';

/**
 * The route of a request: its method, and its path with the segments that look like ids folded into
 * one, so that `/users/123` and `/users/456` are the same place. Without query and fragment.
 *
 * Ids are numbers, dates, UUIDs, long hexadecimal numbers, addresses of mail and long tokens of
 * letters mixed with digits. A version (`v1`) and a name with a number in it (`gpt-4o-mini`) stay.
 * Never throws.
 *
 * @returns for example `GET /v1/users/:id`; the method alone where the address cannot be read
 */
export function routeOf(method: string, url: string): string {
  const path = pathOf(url);
  return path === undefined ? method : `${method} ${path.split('/').map(folded).join('/')}`;
}

// Without anything that parsing would change: what most programs write, and many times faster.
const PLAIN_PATH = /^https?:\/\/[a-z0-9.-]+(?::\d{1,5})?(\/[\w~:,;=+@!$&()*/-]*)?(?=[?#]|$)/;

function pathOf(url: string): string | undefined {
  const plain = PLAIN_PATH.exec(url);
  if (plain !== null) return (plain[1] ?? '/').slice(0, MAX_PATH_LENGTH);
  try {
    const { pathname } = new URL(url, globalThis.location?.href);
    return pathname.slice(0, MAX_PATH_LENGTH);
  } catch {
    return undefined;
  }
}

// The most common segments are known at a glance: this runs for each request that somebody observes.
const WORD = /^(?:[A-Za-z_]{0,30}|v\d{1,3})$/;
const NUMBER = /^\d+$/;

function folded(segment: string): string {
  if (WORD.test(segment)) return segment;
  if (NUMBER.test(segment)) return ID;
  // What stands behind belongs to the same place: `/maps;zoom=3`.
  const [name = ''] = segment.split(';');
  // OData: `Users(42)`, `Users('ann')`.
  const call = /^([A-Za-z_.]+)\(.+\)$/.exec(name);
  if (call) return `${call[1]}(${ID})`;
  // Google's own verbs: `operations/123:cancel`.
  const [, noun, verb] = /^(.+):([A-Za-z]+)$/.exec(name) ?? [];
  if (noun !== undefined && verb !== undefined) return `${isId(noun) ? ID : noun}:${verb}`;
  return isId(name) ? ID : name;
}

const UUID = /^\{?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$/i;
/** Numbers, dates, times, and lists of them. */
const NUMBERS = /^[-+]?\d[\d.,:_+-]*(?:T[\d:.]+Z?)?$/;
const HEXADECIMAL = /^(?:0x)?(?=[a-f]*\d)[0-9a-f]{8,}$/i;
/** Letters and digits in one piece; a word with a number behind it (`sha256`, `embedding3`) is none. */
const TOKEN = /^(?=.*[A-Za-z])(?=.*\d)(?![A-Za-z]+\d{1,4}$)[A-Za-z\d]{10,}$/;
/** Slack's and others': capitals and at least two digits. */
const CAPITALS = /^(?=(?:[A-Z]*\d){2})(?=\d*[A-Z])[A-Z\d]{8,}$/;
/** Longer than any word. */
const MAX_WORD_LENGTH = 40;

function isId(segment: string): boolean {
  if (NUMBERS.test(segment) || UUID.test(segment) || HEXADECIMAL.test(segment)) return true;
  if (/@|%40/i.test(segment)) return true;
  const pieces = segment.replace(/%[0-9A-Fa-f]{2}/g, '-').split(/[^A-Za-z\d]+/);
  return pieces.some(
    (piece) => TOKEN.test(piece) || CAPITALS.test(piece) || piece.length > MAX_WORD_LENGTH,
  );
}
