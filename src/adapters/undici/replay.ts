import type { DispatchOptions } from './dispatching.ts';

/** How a request that went through a dispatcher can be sent once more. */
export interface DispatchReplay {
  /** Why it cannot; `undefined` if it can. */
  readonly obstacle: string | undefined;
  /** The same request, byte for byte, whatever the caller has done to its parts since. */
  readonly options: DispatchOptions;
}

const ONCE =
  'the body is a stream, an iterator or form data, which can be sent only once (give it as a string, bytes or a Blob to have it repeated)';
const HEADERS_ONCE = 'the headers come out of an iterator, which can be read only once';

/** Prepares a request to be repeated; what the caller may change meanwhile is copied now. */
export function prepareDispatchReplay(options: DispatchOptions): DispatchReplay {
  const body = copyOfBody(options.body);
  if (body === undefined) return { obstacle: ONCE, options };
  const headers = copyOfHeaders(options.headers);
  if (headers === undefined) return { obstacle: HEADERS_ONCE, options };
  return { obstacle: undefined, options: { ...options, body: body.same, headers: headers.same } };
}

interface Copy {
  readonly same: unknown;
}

/** `undefined` for a body that can be sent only once. */
function copyOfBody(body: unknown): Copy | undefined {
  if (body === undefined || body === null || typeof body === 'string') return { same: body };
  if (ArrayBuffer.isView(body)) {
    return { same: new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice() };
  }
  switch (Object.prototype.toString.call(body)) {
    case '[object ArrayBuffer]':
      return { same: (body as ArrayBuffer).slice(0) };
    case '[object Blob]':
    case '[object File]':
      return { same: body };
    default:
      return undefined;
  }
}

/** A flat list, a plain record, or an iterable of pairs: each as undici reads it. */
function copyOfHeaders(headers: unknown): Copy | undefined {
  if (typeof headers !== 'object' || headers === null) return { same: headers };
  if (Array.isArray(headers)) return { same: headers.slice() };
  if (!(Symbol.iterator in headers)) return { same: { ...headers } };
  // A Headers or a Map can be gone through again and again; a generator is its own iterator.
  return 'next' in headers ? undefined : { same: headers };
}
