import { withFields, type DispatchOptions } from './dispatching.ts';

/** The body of a request, as far as it can break off. */
export interface WatchedUpload {
  /** The attempt that reads it has failed. */
  fail(error: Error): void;
  /** Ends the listening. */
  release(): void;
}

/** A request whose body is listened to. */
export interface WatchedRequest {
  /** What to send. */
  readonly request: DispatchOptions;
  /** `undefined` where the body is nothing that undici destroys. */
  readonly upload: WatchedUpload | undefined;
}

/** Told when a body breaks off of itself, maybe more than once. */
type BreakListener = (error: Error) => void;

/** What of a Node stream is used here. */
interface Stream {
  readonly errored?: Error | null | undefined;
  readonly _readableState?: { readonly pipes?: unknown } | undefined;
  pipe(target: unknown): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
  destroy?(error: Error): unknown;
}

type Chunks = Iterable<unknown> | AsyncIterable<unknown>;

const nothing = (): void => {};

/**
 * Listens to the body of a request from now on, and tells at once if it has broken off before.
 * undici listens to a stream only once it has the request, and an error that nobody listens to ends
 * the process; and it tells of the errors of streams and iterators as of the network's.
 */
export function watchBody(request: DispatchOptions, onBroken: BreakListener): WatchedRequest {
  const { body } = request;
  // Most requests have no body, or text.
  if (typeof body !== 'object' || body === null) return { request, upload: undefined };
  if (isStream(body)) return { request, upload: listen(body, onBroken) };
  if (!isChunks(body)) return { request, upload: undefined };
  return { request: withFields(request, { body: telling(body, onBroken) }), upload: undefined };
}

function listen(stream: Stream, onBroken: BreakListener): WatchedUpload {
  if (stream.errored) onBroken(stream.errored);
  const tell = (error: Error) => {
    if (!isCutOff(stream)) onBroken(error);
  };
  stream.on('error', tell);
  return {
    fail(error) {
      stream.off('error', tell);
      destroy(stream, error);
    },
    release() {
      // One that has broken says so a tick later: somebody has to hear it.
      if (!stream.errored) stream.off('error', tell);
    },
  };
}

/**
 * Ends a stream with the error of the attempt that read it, as undici's own functions do. They are
 * told later, when the policies have seen the failure; by then undici has destroyed the stream
 * without a word.
 */
function destroy(stream: Stream, error: Error): void {
  stream.on('error', nothing);
  const { constructor } = Object.getPrototypeOf(stream) as object;
  // A client's request that is passed on must not take the client's connection with it.
  if (constructor.name === 'IncomingMessage') Object.assign(stream, { socket: null });
  stream.destroy?.(error);
}

/**
 * Over HTTP/2 undici pipes a stream into the connection, and destroys it with that, maybe before
 * it tells why. Node says nowhere else where a stream is piped to.
 */
function isCutOff({ _readableState: state }: Stream): boolean {
  const targets: unknown = state?.pipes;
  return (
    Array.isArray(targets) &&
    targets.some((target: { readonly destroyed?: unknown }) => target.destroyed)
  );
}

/** The same chunks, as often as the original gives them. */
const telling = (chunks: Chunks, onBroken: BreakListener): AsyncIterable<unknown> => ({
  async *[Symbol.asyncIterator]() {
    try {
      yield* chunks;
    } catch (error) {
      onBroken(error as Error);
      throw error;
    }
  },
});

/** What undici takes for a stream. */
function isStream(body: unknown): body is Stream {
  if (typeof body !== 'object' || body === null) return false;
  const { pipe, on } = body as Partial<Stream>;
  return typeof pipe === 'function' && typeof on === 'function';
}

/** Bytes can be gone through as well, but are not read piece by piece; a form undici encodes itself. */
function isChunks(body: unknown): body is Chunks {
  if (typeof body !== 'object' || body === null || ArrayBuffer.isView(body)) return false;
  const isForm = Object.prototype.toString.call(body) === '[object FormData]';
  return !isForm && (Symbol.iterator in body || Symbol.asyncIterator in body);
}
