/** What a `Response` that is made by hand does not know of itself. */
const PROVENANCE = ['url', 'redirected', 'type'] as const;

/** What a response says besides its body. */
type Head = Pick<Response, 'status' | 'statusText' | 'headers' | (typeof PROVENANCE)[number]>;

/** A response with all that another one says, and a body of its own. */
export function responseLike(
  original: Head,
  body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | null,
): Response {
  const { status, statusText, headers } = original;
  return withProvenance(new Response(body, { status, statusText, headers }), original);
}

/** Lets a copy say of itself where the original came from. */
export function withProvenance(copy: Response, original: Head): Response {
  for (const name of PROVENANCE) {
    Object.defineProperty(copy, name, { value: original[name], configurable: true });
  }
  const clone = () => withProvenance(Response.prototype.clone.call(copy), original);
  return Object.defineProperty(copy, 'clone', { value: clone, configurable: true });
}
