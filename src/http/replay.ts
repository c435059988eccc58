/** The arguments of one use of fetch. */
export type FetchArguments = readonly [
  input: string | URL | Request,
  init?: RequestInit | undefined,
];

/** How the request of a first attempt can be sent once more. */
export interface Replay {
  /** Why it cannot; `undefined` if it can. */
  readonly obstacle: string | undefined;
  /** The arguments of a further attempt: the same request, byte for byte. */
  again(): FetchArguments;
  /** Frees what was kept for further attempts. */
  release(): void;
}

const nothing = (): void => {};
const STREAM =
  'the body is a stream, which can be sent only once (give the body as a string, bytes, a Blob or form data to have it repeated)';

/**
 * Prepares a request to be repeated. What the caller may change while the call is under way is
 * copied now; a stream is never buffered behind the caller's back, but not repeated either.
 */
export function prepareReplay(input: FetchArguments[0], init: RequestInit | undefined): Replay {
  const body = init?.body;
  if (body !== undefined && body !== null) {
    if (isOneShot(body)) {
      return { obstacle: STREAM, again: () => [input, init], release: nothing };
    }
    const copy = copyOf(body);
    const again = copy === body ? init : { ...init, body: copy };
    return { obstacle: undefined, again: () => [input, again], release: nothing };
  }
  if (isRequest(input) && input.body) return replayRequest(input, init);
  return { obstacle: undefined, again: () => [input, init], release: nothing };
}

/** The caller's own `Request` goes out first; a clone of it stays behind for further attempts. */
function replayRequest(input: Request, init: RequestInit | undefined): Replay {
  if (input.bodyUsed) return { obstacle: STREAM, again: () => [input, init], release: nothing };
  const spare = input.clone();
  return {
    obstacle: undefined,
    again: () => [spare.clone(), init],
    // Half of a tee that nobody reads would keep the whole body in memory.
    release: () => void spare.body?.cancel().catch(nothing),
  };
}

/** By shape: another realm's or a polyfill's `Request` is one too. */
export function isRequest(input: unknown): input is Request {
  if (typeof input !== 'object' || input === null) return false;
  const { url, method, clone } = input as Partial<Request>;
  return typeof url === 'string' && typeof method === 'string' && typeof clone === 'function';
}

/** A `ReadableStream`, or an async iterable as Node's fetch takes it. */
function isOneShot(body: object | string): boolean {
  if (typeof body === 'string') return false;
  const { getReader, [Symbol.asyncIterator]: iterate } = body as Partial<ReadableStream>;
  return typeof getReader === 'function' || typeof iterate === 'function';
}

/** Fetch reads a body when it is called; what can change afterwards must be copied then too. */
function copyOf(body: NonNullable<RequestInit['body']>): NonNullable<RequestInit['body']> {
  if (typeof body === 'string') return body;
  if (ArrayBuffer.isView(body)) {
    return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice();
  }
  // By tag, not by instanceof: another realm's or a polyfill's objects are copied too.
  switch (Object.prototype.toString.call(body)) {
    case '[object URLSearchParams]':
      return new URLSearchParams(body as URLSearchParams);
    case '[object ArrayBuffer]':
      return (body as ArrayBuffer).slice(0);
    case '[object FormData]':
      return copyOfForm(body as FormData);
    default:
      return body;
  }
}

function copyOfForm(form: FormData): FormData {
  const copy = new FormData();
  for (const [name, value] of form) copy.append(name, value);
  return copy;
}
