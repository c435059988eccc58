import { readChunks, type BodyLimits, type Chunk } from './chunks.ts';
import { isNodeBody, readableOf } from './node-body.ts';

/** The limits of a copy. The code and the message of an error stand at the beginning of its body. */
export const READ_COPY_DEFAULTS = Object.freeze({
  /** Bytes after which the rest is left unread. */
  maxBytes: 64 * 1024,
  /** Milliseconds after which the copy ends with the bytes that have come. */
  maxMs: 1_000,
});

// Responses whose clone has been read to its end: nothing of them is left on the wire.
const readWhole = new WeakSet<object>();

/** Whether the copy of a response's body came to its end, so that its connection is free already. */
export const isReadWhole = (response: object): boolean => readWhole.has(response);

/**
 * Reads the beginning of a response's body from a clone, so that the response stays readable.
 *
 * Never rejects and never outlives its limits: a body that breaks off, stalls or does not end
 * gives what had come by then.
 *
 * @returns the bytes; `undefined` where the body cannot be read because somebody else reads it or
 *   has read it
 */
export async function readCopy(
  response: Response,
  limits: BodyLimits = {},
): Promise<Uint8Array | undefined> {
  const { maxBytes = READ_COPY_DEFAULTS.maxBytes, maxMs = READ_COPY_DEFAULTS.maxMs } = limits;
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    if (response.bodyUsed || response.body?.locked) return undefined;
    if (response.body === null) return new Uint8Array(0);
    const cloned = response.clone().body as ReadableStream<Chunk> | null;
    if (cloned === null) return new Uint8Array(0);
    const copy = isNodeBody(cloned) ? readableOf(cloned, response.body) : cloned;
    // A body that breaks off still counts as far as it came.
    const isWhole = await readChunks(copy, { ...limits, maxBytes, maxMs }, (chunk) => {
      chunks.push(chunk);
      length += chunk.byteLength;
    }).catch(() => false);
    if (isWhole) readWhole.add(response);
  } catch {
    // A response that cannot be cloned (a mock, another fetch's own class) has no readable body.
    return undefined;
  }
  return join(chunks, Math.min(length, maxBytes));
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = chunks;
  if (chunks.length === 1 && only !== undefined) return only.subarray(0, length);
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    const part = chunk.subarray(0, length - at);
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
