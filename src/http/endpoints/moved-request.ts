import { isRequest, withFields, type FetchArguments } from '../fetch-arguments.ts';
import type { Middleware } from '../fetch.ts';
import { methodOf } from '../repeatable.ts';

/** What a `Request` says besides its address and its body. */
const FIELDS = [
  'cache',
  'credentials',
  'headers',
  'integrity',
  'keepalive',
  'method',
  'mode',
  'redirect',
  'referrer',
  'referrerPolicy',
  'signal',
] as const;

/** Sends requests to another address, with these headers in place of their own. */
export const sentTo =
  (url: string, headers: Headers): Middleware =>
  (next) =>
  async (...request) =>
    next(url, await movedInit(request, headers));

/**
 * The init of a request that goes elsewhere. The body of a `Request` is read whole first: taken over
 * as a stream, it would be sent in chunks, without its length.
 */
async function movedInit(request: FetchArguments, headers: Headers): Promise<RequestInit> {
  const [input, init] = request;
  if (!isRequest(input)) return withFields(init, { headers });
  const said = Object.fromEntries(FIELDS.map((name) => [name, input[name]])) as RequestInit;
  const all = { ...said, ...withFields(init, { headers }) };
  const isBodiless = ['GET', 'HEAD'].includes(methodOf(request));
  if (init?.body != null || isBodiless || input.body === null) return all;
  return { ...all, body: await input.arrayBuffer() };
}
