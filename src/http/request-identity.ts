import type { Check } from '../core/options.ts';
import { addressOf } from './address.ts';
import { headersOf, isRequest, withFields, type FetchArguments } from './fetch-arguments.ts';
import { methodOf } from './repeatable.ts';

/** Methods that only ask (RFC 9110 §9.2.1), without a body. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** Fields by which fetch is told how to make a request, as they are where nothing is said. */
const MODES = Object.entries({
  cache: 'default',
  credentials: 'same-origin',
  integrity: '',
  keepalive: false,
  mode: 'cors',
  redirect: 'follow',
  referrer: 'about:client',
  referrerPolicy: '',
} as const);

/** Fields that change no answer, or are looked at by themselves. */
const OTHER_FIELDS: ReadonlySet<string> = new Set([
  ...MODES.map(([name]) => name),
  'body',
  'duplex',
  'headers',
  'method',
  'priority',
  'signal',
]);

/** The modes of a cache in which an answer to somebody else will do. */
const SHARED_CACHES: ReadonlySet<unknown> = new Set(['default', 'force-cache']);

/**
 * What makes two requests one and the same: method, address, every header that the caller has set,
 * and how fetch is told to make it. It holds credentials: it is no text for a log, and nothing to be
 * stored.
 *
 * @param ignored - names of headers, in lower case, that change no answer
 * @returns `undefined` for a request whose answer is for its own caller alone: another method than
 * GET and HEAD, a body, a range, a cache that is told to stand aside, or an init that says something
 * that is not known here
 */
export function identityOf(
  request: FetchArguments,
  ignored: ReadonlySet<string>,
): string | undefined {
  const [input, given] = request;
  const method = methodOf(request);
  if (!SAFE.has(method)) return undefined;
  const init = withFields(given, {}) as Readonly<Record<string, unknown>>;
  const asked = (isRequest(input) ? input : {}) as Readonly<Record<string, unknown>>;
  const hasBody = (init['body'] ?? asked['body']) != null;
  const isStrange = Object.keys(init).some(
    (name) => init[name] !== undefined && !OTHER_FIELDS.has(name),
  );
  if (hasBody || isStrange) return undefined;
  const modes = MODES.map(([name, usual]) => init[name] ?? asked[name] ?? usual);
  if (!SHARED_CACHES.has(modes[0])) return undefined;
  const headers = headersOf(request);
  if (headers.has('range') || isForOneself(headers)) return undefined;
  const told = [...headers].filter(([name]) => !ignored.has(name));
  return JSON.stringify([method, addressOf(input).url, told, modes]);
}

const isForOneself = (headers: Headers): boolean =>
  /\bno-(store|cache)\b/i.test(`${headers.get('cache-control')} ${headers.get('pragma')}`);

/**
 * Whether a response is for its own caller alone, however others have asked: it sets a cookie, or
 * depends on what no header shows (`Vary: *`).
 */
export const isForOneCaller = (headers: Headers): boolean =>
  headers.has('set-cookie') || headers.get('vary')?.includes('*') === true;

/** The check of headers that make no other request. */
export const headerNames: Check = {
  expected: 'a list of names of headers',
  accepts: (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
};
