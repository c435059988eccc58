/**
 * The reader of foreign objects: of any realm, library or proxy, whatever their getters do.
 * Everything is read by shape, never by `instanceof`, and nothing here throws.
 */

/** An object or a function: a value that may have properties. */
export function isReference(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** A property's value; `undefined` where there is none, and where asking for it throws. */
export function read(value: unknown, property: string | symbol): unknown {
  if (!isReference(value)) return undefined;
  try {
    return (value as Record<string | symbol, unknown>)[property];
  } catch {
    return undefined;
  }
}

/** A property that is text and not empty. */
export function readText(value: unknown, property: string): string | undefined {
  const text = read(value, property);
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/** A property that is a finite number. */
export function readNumber(value: unknown, property: string): number | undefined {
  const number = read(value, property);
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** A property that is an object. */
export function readObject(value: unknown, property: string): object | undefined {
  const object = read(value, property);
  return typeof object === 'object' && object !== null ? object : undefined;
}

/** Whether this is an error; its stack is not read, because formatting one costs more than all else. */
export function isErrorLike(value: unknown): boolean {
  try {
    return typeof value === 'object' && value !== null && 'stack' in value;
  } catch {
    return false;
  }
}

/** An object that is no list. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Text that is not blank. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}
