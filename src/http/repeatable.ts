import type { Classification } from '../core/classification.ts';
import type { UnsafeMethods } from '../core/interpreter.ts';
import { headersOf, isRequest, type FetchArguments } from './fetch-arguments.ts';

/** Methods that do no more when they are done twice (RFC 9110 §9.2.2; QUERY is safe as well). */
const IDEMPOTENT: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PUT',
  'DELETE',
  'QUERY',
]);

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
 * Why a request must not be repeated after this failure; `undefined` if it may be.
 *
 * Idempotent methods and requests with an idempotency key may always be; any other only if the
 * server or the network shows that it was not acted on, or if the server or the user says so.
 */
export function whyNotRepeatable(
  request: FetchArguments,
  { status, unprocessed, decidedBy }: Classification,
  unsafeMethods: UnsafeMethods,
): string | undefined {
  // RFC 9110 §15.5.20; fetch repeats it by itself (Fetch standard, HTTP-network-or-cache fetch).
  if (status === MISDIRECTED) {
    return 'a 421 asks for another connection, which is for the client that makes connections to try';
  }
  if (decidedBy === 'opaque' && namesCondition(request)) {
    return 'the runtime does not say whether the request failed on a condition of its own (redirect, integrity, mode, cache)';
  }
  // RFC 8470 §5.2: it is about TLS early data, and no other request gets another answer next time.
  if (status === TOO_EARLY && !headersOf(request).has('early-data')) {
    return 'a 425 is repeated only for a request that was sent as early data (Early-Data: 1)';
  }
  const method = methodOf(request);
  if (IDEMPOTENT.has(method) || hasIdempotencyKey(request)) return undefined;
  if (unsafeMethods === 'never') return `${method} is not repeated (unsafeMethods: 'never')`;
  if (unsafeMethods === 'retry' || unprocessed || decidedBy === 'hint') return undefined;
  return `${method} may have been acted on, so it is not repeated; an Idempotency-Key or unsafeMethods: 'retry' allows it`;
}

function hasIdempotencyKey(request: FetchArguments): boolean {
  const headers = headersOf(request);
  return IDEMPOTENCY_HEADERS.some((name) => headers.has(name));
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
