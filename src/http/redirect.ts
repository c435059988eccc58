import { read, readText } from '../classify/untrusted.ts';
import type { Classification } from '../core/classification.ts';
import { addressOf, type Address } from './address.ts';
import { isRequest, type FetchArguments } from './fetch-arguments.ts';

/*
 * Fetch follows redirects by itself and tells of them only where an answer came: `redirected`, `url`.
 * Of an error it does not say at which server it arose. Most errors of Node name the other end
 * (`hostname`, `address`, `port`); one that names another end than the request's did not arise at
 * the first server. An error that names none, as in browsers, is taken for the first server's,
 * unless that has been seen to redirect such requests.
 */

/** How many kinds of requests are remembered to be redirected. */
const MAX_REMEMBERED = 1_000;
const MAX_DEPTH = 10;

const redirecting = new Set<string>();

/** Remembers that requests of this kind, told by key and route, are redirected. */
export function rememberRedirect(kind: string): void {
  if (redirecting.has(kind)) return;
  if (redirecting.size >= MAX_REMEMBERED) {
    for (const oldest of redirecting) {
      redirecting.delete(oldest);
      break;
    }
  }
  redirecting.add(kind);
}

/** Whether a request of this kind has been redirected before. */
export const isKnownToRedirect = (kind: string): boolean => redirecting.has(kind);

/** Whether fetch follows a redirect of this request, and does not hand it over or fail. */
export function followsRedirects([input, init]: FetchArguments): boolean {
  const mode: unknown = init?.redirect ?? (isRequest(input) ? input.redirect : undefined);
  return mode === undefined || mode === 'follow';
}

/** How a response reads that came after a redirect: the first server has acted, whatever this one says. */
export function readAfterRedirect(
  classification: Classification,
  response: { readonly url?: unknown },
  { origin }: Address,
): Classification {
  if (classification.category === 'success') return classification;
  const isAway = addressOf(response.url).origin !== origin;
  return {
    ...classification,
    unprocessed: false,
    redirectedTo: isAway ? 'another-origin' : 'same-origin',
  };
}

/** Whether an error names another end than that of the request: it arose after a redirect, or at a proxy. */
export function namesAnotherEnd(error: unknown, { url }: Address): boolean {
  try {
    return namesOther(error, endOf(url), 0);
  } catch {
    return false;
  }
}

/** One end of a connection. */
interface End {
  readonly host: string;
  readonly port: number;
  readonly origin: string;
}

function endOf(url: string): End {
  const { hostname, port, protocol, origin } = new URL(url, globalThis.location?.href);
  const defaultPort = protocol === 'https:' ? 443 : 80;
  return { host: bare(hostname), port: port === '' ? defaultPort : Number(port), origin };
}

function namesOther(error: unknown, end: End, depth: number): boolean {
  if (typeof error !== 'object' || error === null || depth === MAX_DEPTH) return false;
  if (isOther(error, end)) return true;
  const errors = read(error, 'errors');
  const [first] = Array.isArray(errors) ? (errors as readonly unknown[]) : [];
  return namesOther(first, end, depth + 1) || namesOther(read(error, 'cause'), end, depth + 1);
}

function isOther(error: object, { host, port, origin }: End): boolean {
  const socket = read(error, 'socket');
  const name = readText(error, 'hostname') ?? readText(error, 'host');
  if (name !== undefined && bare(name) !== host) return true;
  const number = Number(read(error, 'port') ?? read(socket, 'remotePort') ?? Number.NaN);
  if (number > 0 && number !== port) return true;
  const address = readText(error, 'address') ?? readText(socket, 'remoteAddress');
  // A name stands for addresses that nobody here knows.
  if (address !== undefined && isAddress(host) && bare(address) !== host) return true;
  // node-fetch and its kin put the address into the message.
  const asked = /^request to (\S+) failed/.exec(readText(error, 'message') ?? '')?.[1];
  return asked !== undefined && addressOf(asked).origin !== origin;
}

/** Without the brackets of IPv6 and the prefix of an IPv4 address within it. */
const bare = (host: string): string =>
  host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/^::ffff:(?=\d+\.)/, '');

const isAddress = (host: string): boolean => /^[\d.]+$/.test(host) || host.includes(':');
