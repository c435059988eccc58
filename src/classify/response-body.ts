import type { Cancellation } from '../core/cancellation.ts';
import { systemClock } from '../core/clock.ts';
import type { Clock } from '../core/clock.ts';

/** How much of an error's body is read: the code and the message stand at its beginning. */
export const READ_COPY_DEFAULTS = Object.freeze({
  /** Bytes after which the rest is left unread. */
  maxBytes: 64 * 1024,
  /** Milliseconds after which what has come by then must do. */
  maxMs: 1_000,
});

/** How much of a discarded body is read before the connection is given up instead. */
export const DRAIN_DEFAULTS = Object.freeze({
  /** Bytes that are cheaper to read than a new connection is to open. */
  maxBytes: 2 * 1024 * 1024,
  /** Milliseconds after which the rest is cancelled. */
  maxMs: 1_000,
});

/** The limits of {@link readCopy} and {@link drain}, and a way to cut them short. */
export interface BodyLimits {
  /** Stop after this many bytes. */
  readonly maxBytes?: number | undefined;
  /** Stop after this many milliseconds. */
  readonly maxMs?: number | undefined;
  /** Whose time it is. @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
  /** Stops at once when cancelled. */
  readonly cancellation?: Cancellation | undefined;
}

type Chunk = Uint8Array | string;
type Source = Pick<Response, 'body'> | ReadableStream<Chunk> | null | undefined;

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
    const copy = response.clone().body as ReadableStream<Chunk> | null;
    if (copy === null) return new Uint8Array(0);
    // A body that breaks off still counts as far as it came.
    await consume(copy, { ...limits, maxBytes, maxMs }, (chunk) => {
      chunks.push(chunk);
      length += chunk.byteLength;
    }).catch(() => {});
  } catch {
    // A response that cannot be cloned (a mock, another fetch's own class) has no readable body.
    return undefined;
  }
  return join(chunks, Math.min(length, maxBytes));
}

/**
 * Reads and discards a body, so that its connection can carry the next request; what is too long
 * or too slow for that is cancelled instead.
 *
 * Resolves whatever happens; does nothing to a body that somebody else reads or has read. Once it has
 * resolved, the connection of a body that was read to its end is free.
 *
 * @param source a response, or its body
 */
export async function drain(source: Source, limits: BodyLimits = {}): Promise<void> {
  const { maxBytes = DRAIN_DEFAULTS.maxBytes, maxMs = DRAIN_DEFAULTS.maxMs } = limits;
  try {
    const body = (source && 'body' in source ? source.body : source) as
      ReadableStream<Chunk> | null | undefined;
    if (body == null || body.locked) return;
    const ended = await consume(body, { ...limits, maxBytes, maxMs }, () => {});
    if (ended) await connectionFree();
  } catch {
    // Nobody is interested in a body that is thrown away.
  }
}

/**
 * Reads until the end, an error, a limit or a cancellation; then lets go of the stream.
 *
 * @returns whether the stream came to its end
 */
async function consume(
  body: ReadableStream<Chunk>,
  limits: BodyLimits & { readonly maxBytes: number; readonly maxMs: number },
  take: (chunk: Uint8Array) => void,
): Promise<boolean> {
  const reader = body.getReader();
  let ended = false;
  let stop: () => void = () => {};
  const stopped = new Promise<undefined>((resolve) => {
    stop = () => {
      ended = true;
      resolve(undefined);
    };
  });
  const clock = limits.clock ?? systemClock;
  const timer = clock.setTimer(stop, limits.maxMs);
  const forget = limits.cancellation?.onCancel(stop);
  try {
    const startedAt = clock.now();
    let length = 0;
    // The clock is asked as well: a stream of empty chunks that are all there never lets a timer in.
    while (!ended && clock.now() - startedAt < limits.maxMs) {
      const result = await Promise.race([reader.read(), stopped]);
      if (result === undefined) break;
      if (result.done) return true;
      const chunk = bytesOf(result.value);
      length += chunk.byteLength;
      take(chunk);
      if (length >= limits.maxBytes) break;
    }
  } finally {
    timer.cancel();
    forget?.();
    // Of a finished stream there is nothing to cancel; of a clone this lets go of one branch only,
    // and the promise may wait for the other one, so nobody waits for it.
    reader.cancel().catch(() => {});
  }
  return false;
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

function bytesOf(chunk: Chunk): Uint8Array {
  return typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
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
