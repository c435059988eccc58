/** Every form in which headers come: a `Headers`, a Map, a plain record, or a list of pairs. */
export type HeadersLike =
  | Iterable<readonly [string, string]>
  | { forEach(visit: (value: string, name: string) => void): void }
  | Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** Headers under their names in lower case. */
export type HeaderMap = ReadonlyMap<string, string>;

/** More fields than any server sends; what comes after is not looked at. */
const MAX_FIELDS = 256;
/** Longer than any value that says something here. */
const MAX_VALUE_LENGTH = 8_192;

const NONE: HeaderMap = new Map();

/**
 * Brings headers of any form into one, in one pass. Never throws: what cannot be read is not there.
 * Several values of one field are joined with commas, as HTTP means them.
 */
export function readHeaders(headers: unknown): HeaderMap {
  if (headers === null || typeof headers !== 'object') return NONE;
  const map = new Map<string, string>();
  try {
    if (Symbol.iterator in headers) {
      // A Headers, a Map or an array of pairs; a flat array (`rawHeaders`) alternates instead.
      let name: string | undefined;
      for (const entry of headers as Iterable<unknown>) {
        if (map.size >= MAX_FIELDS) break;
        if (Array.isArray(entry)) put(map, entry[0], entry[1]);
        else if (typeof entry !== 'string') continue;
        else if (name === undefined) name = entry;
        else {
          put(map, name, entry);
          name = undefined;
        }
      }
    } else if ('forEach' in headers && typeof headers.forEach === 'function') {
      (headers as { forEach(visit: (value: unknown, name: unknown) => void): void }).forEach(
        (value, name) => put(map, name, value),
      );
    } else {
      for (const name in headers) {
        if (map.size >= MAX_FIELDS) break;
        put(map, name, (headers as Record<string, unknown>)[name]);
      }
    }
  } catch {
    // A getter or an iterator that throws: what was read until then is what there is.
  }
  return map;
}

function put(map: Map<string, string>, name: unknown, value: unknown): void {
  if (typeof name !== 'string') return;
  const text = Array.isArray(value) ? value.filter(isText).join(', ') : isText(value) ? value : '';
  if (text === '' && !isText(value)) return;
  const key = name.toLowerCase();
  const field = String(text).slice(0, MAX_VALUE_LENGTH).trim();
  const before = map.get(key);
  map.set(key, before === undefined ? field : `${before}, ${field}`);
}

function isText(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}
