import type { Catalog } from '../classify/catalog/catalog.ts';
import { withHeader, type FetchArguments } from './fetch-arguments.ts';
import { isRepeatable } from './repeatable.ts';

/**
 * The keys that unsafe requests get: a new one for each call (`'auto'`), or one told from the
 * arguments of fetch, `undefined` for a call that is to have none.
 */
export type IdempotencyKeyOption =
  'auto' | false | ((input: string | URL | Request, init?: RequestInit) => string | undefined);

/** The header that is meant for it (draft-ietf-httpapi-idempotency-key-header). */
const STANDARD_HEADER = 'Idempotency-Key';

/**
 * The request with a key by which the server knows a repetition of it. A request that may be repeated
 * anyway, that has a key of its caller's, or whose server knows no such header, goes as it is.
 *
 * @throws whatever a function of the user's own throws.
 */
export function withIdempotencyKey(
  request: FetchArguments,
  option: Exclude<IdempotencyKeyOption, false>,
  catalogs: readonly Catalog[],
): FetchArguments {
  const header = headerOf(catalogs);
  if (header === false || isRepeatable(request, catalogs)) return request;
  const key = option === 'auto' ? crypto.randomUUID() : option(request[0], request[1]);
  return key ? withHeader(request, header, key) : request;
}

/** The first catalog with an opinion decides. */
const headerOf = (catalogs: readonly Catalog[]): string | false =>
  catalogs.find(({ idempotencyHeader }) => idempotencyHeader !== undefined)?.idempotencyHeader ??
  STANDARD_HEADER;
