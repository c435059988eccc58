import { copyOfMembers } from '../core/members.ts';

/** The arguments of one use of fetch. */
export type FetchArguments = readonly [
  input: string | URL | Request,
  init?: RequestInit | undefined,
];

/** What fetch asks every init for, whether it is a field of its own or computed by its class. */
const INIT_MEMBERS = [
  'method',
  'headers',
  'body',
  'duplex',
  'signal',
  'redirect',
  'integrity',
  'keepalive',
  'mode',
  'credentials',
  'cache',
  'referrer',
  'referrerPolicy',
  'priority',
  'dispatcher',
  'window',
] as const;

/** Whether an init says anything that fetch listens to. */
function hasMembers(init: RequestInit | null | undefined): boolean {
  return INIT_MEMBERS.some((name) => init?.[name as keyof RequestInit] !== undefined);
}

/**
 * `init` with some fields replaced, and with all that it inherits or computes: a `Request` or an
 * object of some class may be an init too.
 */
export function withFields(init: RequestInit | null | undefined, fields: RequestInit): RequestInit {
  return Object.assign(copyOfMembers(init, INIT_MEMBERS), fields);
}

/** Whether a request may have headers of its own; asked where to make them would be in vain. */
export const hasHeaders = ([input, init]: FetchArguments): boolean =>
  init?.headers != null || isRequest(input);

/**
 * The headers that a request goes out with: those of init take the place of a `Request`'s own.
 * None where they cannot be read: what is wrong with them fetch says better.
 */
export function headersOf([input, init]: FetchArguments): Headers {
  try {
    return new Headers(init?.headers ?? (isRequest(input) ? input.headers : undefined));
  } catch {
    return new Headers();
  }
}

/**
 * The same request, with headers that can be read more than once: those of an iterator
 * (`map.entries()`) are written out, or whoever reads them first leaves none to the attempts.
 */
export function withLastingHeaders(request: FetchArguments): FetchArguments {
  const [input, init] = request;
  const headers = init?.headers as (Iterable<[string, string]> & { next?: unknown }) | undefined;
  if (typeof headers?.next !== 'function') return request;
  return [input, withFields(init, { headers: [...headers] })];
}

/** By shape: another realm's or a polyfill's `Request` is one too. */
export function isRequest(input: unknown): input is Request {
  if (typeof input !== 'object' || input === null) return false;
  const { url, method, clone } = input as Partial<Request>;
  return typeof url === 'string' && typeof method === 'string' && typeof clone === 'function';
}

/** Whether fetch will refuse this without sending anything: by its init, or by a signal that has aborted. */
export function isRefused(request: FetchArguments): boolean {
  const init: unknown = request[1] ?? undefined;
  const isNoInit = init !== undefined && typeof init !== 'object' && typeof init !== 'function';
  return isNoInit || hasAborted(request);
}

/** Whether the signal of a request has aborted, or is none, or cannot be read. */
function hasAborted(request: FetchArguments): boolean {
  try {
    const signal: Partial<AbortSignal> | undefined = signalOf(request);
    if (signal === undefined) return false;
    return signal.aborted !== false || typeof signal.addEventListener !== 'function';
  } catch {
    return true;
  }
}

/**
 * The init of a request with some fields replaced, and everything else as it was, also what a
 * `Request` says.
 */
export function overridden([input, init]: FetchArguments, fields: RequestInit): RequestInit {
  const all = init === undefined ? fields : withFields(init, fields);
  if (!isRequest(input) || hasMembers(init)) return all;
  // An init that says anything at all makes fetch forget where a Request says that it comes from.
  const { referrer, referrerPolicy } = input;
  return { ...all, referrer, referrerPolicy };
}

/** `null` in init takes the signal of a `Request` away, as it does for fetch. */
export function signalOf([input, init]: FetchArguments): AbortSignal | undefined {
  if (init?.signal !== undefined) return init.signal ?? undefined;
  // The standard's always has one; node-fetch's and its kin's is null where none was given.
  return (isRequest(input) ? (input.signal as AbortSignal | null) : undefined) ?? undefined;
}

/** A copy of the request with one header more; the others keep their order and spelling. */
export function withHeader(request: FetchArguments, name: string, value: string): FetchArguments {
  const [input, init] = request;
  const given = init?.headers ?? (isRequest(input) ? input.headers : {});
  let headers: HeadersInit;
  if (Object.prototype.toString.call(given) === '[object Headers]') {
    headers = new Headers(given);
    headers.set(name, value);
  } else if (Symbol.iterator in given) {
    headers = [...given, [name, value]];
  } else {
    headers = { ...given, [name]: value };
  }
  return [input, overridden(request, { headers })];
}
