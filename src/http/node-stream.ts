/** What a stream of Node's has that no other body has. */
interface NodeStream {
  readonly errored: unknown;
  on(event: 'error', listener: () => void): unknown;
}

const isNodeStream = (body: unknown): body is NodeStream =>
  typeof body === 'object' && body !== null && 'errored' in body && 'on' in body;

/**
 * Lets a body break off before fetch has begun to read it, while the call waits for its turn: an
 * error of a stream that nobody listens to would end the process.
 */
export function expectError(body: unknown): void {
  if (isNodeStream(body)) body.on('error', () => {});
}

/** The error by which a body broke off at its source, if it did. Other bodies than Node's streams do not tell. */
export const errorOfBody = (body: unknown): unknown =>
  (isNodeStream(body) && body.errored) || undefined;
