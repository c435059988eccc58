import { isReadWhole } from '../classify/body/body-copy.ts';
import { readChunks, type BodyLimits, type Chunk } from '../classify/body/chunks.ts';
import { isNodeBody, readableOf } from '../classify/body/node-body.ts';

/** The limits of draining. Beyond them the connection is given up instead. */
export const DRAIN_DEFAULTS = Object.freeze({
  /** Bytes that are cheaper to read than a new connection is to open. */
  maxBytes: 2 * 1024 * 1024,
  /** Milliseconds after which the rest is cancelled. */
  maxMs: 1_000,
});

type Source = Pick<Response, 'body'> | ReadableStream<Chunk> | null | undefined;

/**
 * Reads and discards a body, so that its connection can carry the next request. A body that is too
 * long or too slow for that is cancelled instead.
 *
 * Never rejects. It does nothing to a body that somebody else reads or has read. Once it has
 * resolved, the connection of a body that was read to its end is free.
 *
 * @param source a response, or its body
 */
export async function drain(source: Source, limits: BodyLimits = {}): Promise<void> {
  const { maxBytes = DRAIN_DEFAULTS.maxBytes, maxMs = DRAIN_DEFAULTS.maxMs } = limits;
  try {
    const given = (source && 'body' in source ? source.body : source) as
      ReadableStream<Chunk> | null | undefined;
    if (given == null || given.locked) return;
    if (isNodeBody(given) && given.readableDidRead) return;
    const body = isNodeBody(given) ? readableOf(given) : given;
    if (isReadWhole(source as object)) body.cancel().catch(() => {});
    else if (!(await readChunks(body, { ...limits, maxBytes, maxMs }, () => {}))) return;
    await connectionFree();
  } catch {
    // Nobody is interested in a body that is thrown away.
  }
}

/**
 * Node's fetch takes a connection for the next request one turn of the event loop after the body
 * has ended; a request that comes sooner opens another one.
 */
function connectionFree(): Promise<void> | undefined {
  if (typeof setImmediate !== 'function') return undefined;
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
