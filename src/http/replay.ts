import { isRequest, overridden, withFields, type FetchArguments } from './fetch-arguments.ts';

/** How the request of a first attempt can be sent once more. */
export interface Replay {
  /** Why it cannot; `undefined` if it can. */
  readonly obstacle: string | undefined;
  /** The arguments of a first attempt that does not start at once. */
  readonly first: FetchArguments;
  /** The arguments of a further attempt: the same request, byte for byte. */
  again(): FetchArguments;
  /** Frees what was kept for further attempts. */
  release(): void;
}

const nothing = (): void => {};
const STREAM =
  'the body is a stream, which can be sent only once (give the body as a string, bytes, a Blob or form data to have it repeated)';
const UNREADABLE = 'the request cannot be copied, so it can be sent only once';

/**
 * Prepares a request to be repeated. What the caller may change while the call is under way (a
 * body's bytes, headers, also a `Request`'s, fields of init, a `URL`) is copied now; a stream is
 * never buffered behind the caller's back, but not repeated either. Never throws.
 *
 * @returns `undefined` where nothing can change: an address, and nothing else
 */
export function prepareReplay(request: FetchArguments): Replay | undefined {
  if (isUnchangeable(request)) return undefined;
  try {
    return replayOf(request);
  } catch {
    // Fetch will not be able to read it either, and says so better.
    return sameAgain(request, UNREADABLE);
  }
}

/**
 * What was asked for, as it is now: without the body, or with a copy of it where the request is sent
 * once, but later. Never throws.
 */
export function asGiven(
  request: FetchArguments,
  body: 'with-body' | 'without-body',
): FetchArguments {
  if (isUnchangeable(request)) return request;
  try {
    const given = request[1]?.body;
    const isCopied = body === 'with-body' && given != null && !isOneShot(given);
    return copied(request, isCopied ? { body: copyOf(given) } : {});
  } catch {
    return request;
  }
}

const isUnchangeable = (request: FetchArguments): boolean =>
  typeof request[0] === 'string' && request[1] === undefined;

function replayOf(request: FetchArguments): Replay {
  const [input, init] = request;
  const body = init?.body;
  if (body !== undefined && body !== null) {
    return isOneShot(body)
      ? sameAgain(copied(request), STREAM)
      : sameAgain(copied(request, { body: copyOf(body) }));
  }
  if (isRequest(input) && mayHaveBody(input)) {
    return input.bodyUsed
      ? sameAgain(copied(request), STREAM)
      : repeatedRequest(input, copied(request));
  }
  return sameAgain(copied(request));
}

const sameAgain = (request: FetchArguments, obstacle?: string): Replay => ({
  obstacle,
  first: request,
  again: () => request,
  release: nothing,
});

/** The caller's own `Request` goes out first; a clone of it stays behind for further attempts. */
function repeatedRequest(input: Request, first: FetchArguments): Replay {
  const body = streamOf(input);
  // Splitting a stream in two makes either half wait for the other.
  if (body !== undefined && !mayBeBytes(input, body)) return sameAgain(first, STREAM);
  const spare = input.clone();
  if (streamOf(input) !== body) {
    // node-fetch has split the stream in two, and the one stops while nobody reads the other.
    release(spare);
    return sameAgain(first, STREAM);
  }
  return {
    obstacle: undefined,
    first,
    again: () => [spare.clone(), first[1]],
    // Half of a tee that nobody reads would keep the whole body in memory.
    release: () => release(spare),
  };
}

/** A body that flows, of another `Request` than the platform's, whose own is not looked at. */
function streamOf(input: Request): object | undefined {
  if (input instanceof globalThis.Request) return undefined;
  const { body } = input as { readonly body?: unknown };
  return typeof (body as { pipe?: unknown } | null | undefined)?.pipe === 'function'
    ? (body as object)
    : undefined;
}

/** node-fetch 3 shows bytes as a stream of one object; `clone()` does not split them. */
const mayBeBytes = (input: Request, body: { readonly readableObjectMode?: unknown }): boolean =>
  typeof input.formData === 'function' && body.readableObjectMode === true;

function release(spare: Request): void {
  const { body } = spare as {
    readonly body?: Partial<ReadableStream & { destroy(): void }> | null;
  };
  if (typeof body?.cancel === 'function') body.cancel().catch(nothing);
  else if (typeof body?.destroy === 'function') body.destroy();
}

/**
 * Whether a `Request` may have a body, told without a look at `body`: Deno turns a body that
 * somebody has looked at into a stream, and sends it chunked, without its length.
 */
function mayHaveBody(input: Request): boolean {
  // Where a runtime lets GET have a body its own is looked at; elsewhere that is `null`.
  const isBodiless = input.method === 'GET' || input.method === 'HEAD';
  return !isBodiless || input.body !== null;
}

/** The same arguments, which the caller cannot change any more, but for a body. */
function copied(request: FetchArguments, fields: RequestInit = {}): FetchArguments {
  const [input, init] = request;
  const headers = init?.headers;
  if (headers)
    return [addressAsItIs(input), withFields(init, { headers: copyOfHeaders(headers), ...fields })];
  if (!isRequest(input)) return [String(input), init && withFields(init, fields)];
  // Of all that a Request says only its headers can change.
  return [input, overridden(request, { headers: new Headers(input.headers), ...fields })];
}

const addressAsItIs = (input: FetchArguments[0]): FetchArguments[0] =>
  isRequest(input) ? input : String(input);

function copyOfHeaders(headers: HeadersInit): HeadersInit {
  // Reading a Headers sorts it and puts it in lower case; a copy goes out in order and as spelled.
  if (Object.prototype.toString.call(headers) === '[object Headers]') return new Headers(headers);
  // A list of pairs, or any other iterable of pairs; else a plain record.
  return Symbol.iterator in headers ? [...headers].map(([...pair]) => pair) : { ...headers };
}

/** A `ReadableStream`, an async iterable as Node's fetch takes it, or a stream as node-fetch does. */
function isOneShot(body: object | string): boolean {
  if (typeof body === 'string') return false;
  const {
    getReader,
    pipe,
    [Symbol.asyncIterator]: iterate,
  } = body as Partial<ReadableStream & { pipe: unknown }>;
  return [getReader, pipe, iterate].some((method) => typeof method === 'function');
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
