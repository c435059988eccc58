import type { Attributes } from '@opentelemetry/api';
import { addressOf } from '../../http/address.ts';
import { type FetchArguments } from '../../http/fetch-arguments.ts';
import { methodOf } from '../../http/repeatable.ts';

/** The methods that have a value of their own (RFC 9110, RFC 5789, and QUERY). */
const KNOWN_METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'QUERY',
]);

/** The word of the conventions for a value that is not listed. */
export const OTHER = '_OTHER';

const REDACTED = 'REDACTED';
/** Query parameters whose values are credentials, by the conventions. The case counts. */
const SENSITIVE_PARAMETERS = [
  'AWSAccessKeyId',
  'Signature',
  'sig',
  'X-Goog-Signature',
  'X-Amz-Signature',
  'X-Amz-Credential',
  'X-Amz-Security-Token',
] as const;

const PORTS: Readonly<Record<string, number>> = { 'https:': 443, 'http:': 80 };

/** A server, as metrics and spans name it. */
export interface ServerAttributes {
  readonly 'server.address': string;
  readonly 'server.port'?: number;
}

/** The attributes that the conventions want of a request. */
export interface RequestAttributes {
  readonly method: string;
  /** The method as it was given, where it is not one of those that are known. */
  readonly originalMethod: string | undefined;
  readonly server: ServerAttributes;
  /** The address without credentials. */
  readonly fullUrl: string;
  readonly origin: string;
}

/**
 * Reads a request; `undefined` for one that goes to no server, such as a `data:` address.
 *
 * @param alsoSensitive - further query parameters whose values are left out
 */
export function requestAttributes(
  request: FetchArguments,
  alsoSensitive: readonly string[],
): RequestAttributes | undefined {
  const { url: given, isRemote, origin } = addressOf(request[0]);
  if (!isRemote) return undefined;
  const url = new URL(given, globalThis.location?.href);
  const method = methodOf(request);
  const isKnown = KNOWN_METHODS.has(method);
  return {
    method: isKnown ? method : OTHER,
    originalMethod: isKnown ? undefined : method,
    server: serverOf(url),
    fullUrl: redacted(url, alsoSensitive),
    origin,
  };
}

/** The attributes of a span for one request. */
export function spanAttributes(request: RequestAttributes): Attributes {
  const { method, originalMethod, server, fullUrl } = request;
  return {
    'http.request.method': method,
    ...(originalMethod !== undefined && { 'http.request.method_original': originalMethod }),
    ...server,
    'url.full': fullUrl,
  };
}

/** The server of a key: its host and port where it is an origin, else the key itself. */
export function serverOfKey(key: string): ServerAttributes {
  return URL.canParse(key) && /^https?:\/\//.test(key)
    ? serverOf(new URL(key))
    : { 'server.address': key };
}

function serverOf({ hostname, port, protocol }: URL): ServerAttributes {
  const number = port === '' ? PORTS[protocol] : Number(port);
  return { 'server.address': hostname, ...(number !== undefined && { 'server.port': number }) };
}

/** The fragment is never sent, and may hold a token: it stays out. */
function redacted(url: URL, alsoSensitive: readonly string[]): string {
  const { protocol, username, password, host, pathname, search } = url;
  const user = username || password ? `${REDACTED}:${REDACTED}@` : '';
  const query = search.replace(/([?&])([^=&]*)=[^&]*/g, (pair, before: string, name: string) =>
    isSensitive(name, alsoSensitive) ? `${before}${name}=${REDACTED}` : pair,
  );
  return `${protocol}//${user}${host}${pathname}${query}`;
}

const isSensitive = (name: string, alsoSensitive: readonly string[]): boolean =>
  (SENSITIVE_PARAMETERS as readonly string[]).includes(name) || alsoSensitive.includes(name);
