import { withFields, type DispatchOptions } from './dispatching.ts';

/** How often a request that goes through a dispatcher can be sent. */
export interface DispatchReplay {
  /** Why only once; `undefined` where it can be repeated. */
  readonly obstacle: string | undefined;
  /** What every attempt sends: the same bytes, whatever the caller does to its parts meanwhile. */
  readonly options: DispatchOptions;
}

const ONCE =
  'the body is a stream, an iterator or form data, which can be sent only once (give it as a string, bytes or a Blob to have it repeated)';

/** Prepares a request to be repeated; what the caller may change meanwhile is copied now. */
export function prepareDispatchReplay(options: DispatchOptions): DispatchReplay {
  const { body, headers } = options;
  const copied = copyOfBody(body);
  const sent = withFields(options, { headers: copyOfHeaders(headers), body: copied ?? body });
  const isOnce = copied === undefined && body !== undefined;
  return { obstacle: isOnce ? ONCE : undefined, options: sent };
}

/** `undefined` for a body that can be sent only once. */
function copyOfBody(body: unknown): unknown {
  if (body === undefined || body === null || typeof body === 'string') return body;
  if (ArrayBuffer.isView(body)) {
    return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice();
  }
  switch (Object.prototype.toString.call(body)) {
    case '[object ArrayBuffer]':
      return (body as ArrayBuffer).slice(0);
    case '[object Blob]':
    case '[object File]':
      return body;
    default:
      return undefined;
  }
}

/** A flat list, a plain record, or an iterable of pairs: each as undici reads it. */
function copyOfHeaders(headers: unknown): unknown {
  if (typeof headers !== 'object' || headers === null) return headers;
  if (Array.isArray(headers)) return headers.map(copyOfList);
  // A set, because undici takes an array for a flat list.
  if (isIterable(headers)) return new Set(Array.from(headers, copyOfPair));
  const record: Record<string, unknown> = { ...headers };
  for (const name in record) record[name] = copyOfList(record[name]);
  return record;
}

const isIterable = (headers: object): headers is Iterable<unknown> => Symbol.iterator in headers;

/** A field's name and its values; what is no pair is left for undici to refuse. */
const copyOfPair = (pair: unknown): unknown => (Array.isArray(pair) ? pair.map(copyOfList) : pair);

const copyOfList = (value: unknown): unknown => (Array.isArray(value) ? value.slice() : value);
