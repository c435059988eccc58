import type { Catalog } from '../classify/catalog/catalog.ts';
import type { Classification } from '../core/classification.ts';
import type { Repetition } from '../core/outcome-reader.ts';
import { headersOf, isRequest, type FetchArguments } from './fetch-arguments.ts';

/** Methods that ask for no change (RFC 9110 §9.2.1). */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY']);

/** Methods that do no more when they are done twice (RFC 9110 §9.2.2; QUERY is safe as well). */
const IDEMPOTENT: ReadonlySet<string> = new Set([...SAFE, 'PUT', 'DELETE']);

/** By these a server knows a repeated request (draft-ietf-httpapi-idempotency-key-header). */
const IDEMPOTENCY_HEADERS = ['idempotency-key', 'x-idempotency-key'] as const;

const MISDIRECTED = 421;
const TOO_EARLY = 425;

/** The method of a request, in capitals. */
export function methodOf([input, init]: FetchArguments): string {
  // Whatever was given, fetch has made text of it.
  const method: unknown = init?.method ?? (isRequest(input) ? input.method : 'GET');
  return String(method).toUpperCase();
}

/**
 * What stands against repeating a request after this failure. Idempotent methods and requests with
 * an idempotency key may be repeated; any other only if the server or the network shows that it
 * was not acted on, or if the provider or the user says so.
 */
export function repetitionOf(
  request: FetchArguments,
  { status, decidedBy }: Classification,
  catalogs: readonly Catalog[] = [],
): Repetition {
  // RFC 9110 §15.5.20; fetch repeats it by itself (Fetch standard, HTTP-network-or-cache fetch).
  if (status === MISDIRECTED) {
    return {
      obstacle:
        'a 421 asks for another connection, which is for the client that makes connections to try',
    };
  }
  if (decidedBy === 'opaque' && namesCondition(request)) {
    return {
      obstacle:
        'the runtime does not say whether the request failed on a condition of its own (redirect, integrity, mode, cache)',
    };
  }
  // RFC 8470 §5.2: it is about TLS early data, and no other request gets another answer next time.
  if (status === TOO_EARLY && !headersOf(request).has('early-data')) {
    return {
      obstacle: 'a 425 is repeated only for a request that was sent as early data (Early-Data: 1)',
    };
  }
  const method = methodOf(request);
  if (SAFE.has(method)) return {};
  return isRepeatable(request, catalogs) ? { changes: true } : { unsafe: method };
}

/** Whether doing it twice does no more than doing it once: by its method, or since the server knows it again. */
export function isRepeatable(request: FetchArguments, catalogs: readonly Catalog[]): boolean {
  if (IDEMPOTENT.has(methodOf(request))) return true;
  const headers = headersOf(request);
  return (
    IDEMPOTENCY_HEADERS.some((name) => headers.has(name)) ||
    catalogs.some(({ idempotencyHeader: name }) => Boolean(name) && headers.has(String(name)))
  );
}

/** Whether the request names a condition under which fetch is to fail. */
function namesCondition([input, init]: FetchArguments): boolean {
  const field = (name: 'redirect' | 'cache' | 'mode' | 'integrity'): unknown =>
    init?.[name] ?? (isRequest(input) ? input[name] : undefined);
  return (
    field('redirect') === 'error' ||
    field('cache') === 'only-if-cached' ||
    field('mode') === 'same-origin' ||
    Boolean(field('integrity'))
  );
}
