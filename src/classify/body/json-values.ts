/** Longer than any machine code. */
export const MAX_CODE_LENGTH = 200;

/** A word or several joined ones, as machine codes are: no spaces, and not a number. */
export function isCodeWord(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.length > MAX_CODE_LENGTH) return false;
  return /^[A-Za-z_][\w.:\-/#]*$/.test(value);
}

/** Reason phrases of one word: some frameworks put them under `error` beside the message. */
const REASON_PHRASE =
  /^(?:Un(?:authorized|authenticated)|Forbidden|Conflict|Gone|Locked|NotFound)$/;

/** A code under `error`, and not a status in words. */
export function isErrorCode(error: unknown): error is string {
  return isCodeWord(error) && !REASON_PHRASE.test(error);
}

/** The last part of a problem type's URI (RFC 9457 §3.1.1), or the type as it is. */
export function typeName(type: string): string | undefined {
  if (!type.includes('/') && !type.startsWith('urn:'))
    return type === 'about:blank' ? undefined : type;
  const name = type.slice(Math.max(...['/', '#', ':'].map((mark) => type.lastIndexOf(mark))) + 1);
  // Not the URI of a status or of a section of an RFC, which says nothing of its own.
  return /^[A-Za-z][\w.-]*$/.test(name) && !/^(?:section|rfc|page|index)/i.test(name)
    ? name
    : undefined;
}

/** `NOT_FOUND`, as RPC statuses are. */
export function isShouting(word: string): boolean {
  return word.length > 2 && word === word.toUpperCase();
}

/** A number that HTTP has for a failure. */
export function isStatusNumber(value: number): boolean {
  return value >= 400 && value <= 599;
}

/** The HTTP status of a failure, as a number or in digits. */
export function statusNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && isStatusNumber(number)
    ? number
    : undefined;
}

/** A boolean, or one in words. */
export function booleanOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  return value === 'true' ? true : value === 'false' ? false : undefined;
}

/** The value of a JSON text; `undefined` for any other. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
