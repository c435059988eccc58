/** The facts that a `Response` that is made by hand does not know of itself. */
const PROVENANCE = ['url', 'redirected', 'type'] as const;

/**
 * The same response with another body: of the same class, also where that is another fetch's own
 * (undici's), and with all that the original says of itself.
 */
export function withBody(original: Response, body: ReadableStream<Uint8Array>): Response {
  const { status, statusText, headers } = original;
  const Class = (original.constructor as typeof Response | undefined) ?? Response;
  return alike(new Class(body, { status, statusText, headers }), original);
}

function alike(copy: Response, original: Response): Response {
  for (const name of PROVENANCE) {
    Object.defineProperty(copy, name, { value: original[name], configurable: true });
  }
  const clone = copy.clone.bind(copy);
  const cloned = { value: () => alike(clone(), original), configurable: true };
  return Object.defineProperty(copy, 'clone', cloned);
}
