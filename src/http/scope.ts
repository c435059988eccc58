import { keyedHash } from './keyed-hash.ts';

/** Where APIs take the credential that a limit belongs to. */
const CREDENTIALS = ['authorization', 'x-api-key', 'api-key', 'apikey'] as const;

/** Header fields that can be asked for by their names in lower case. */
interface ReadableFields {
  get(name: string): string | null | undefined;
}

let salt: readonly [number, number] | undefined;

/**
 * What shares one limit of a server: the key, and whose credential the request carries. The
 * credential itself is not kept: a hash stands for it, salted anew in each process, so that it can
 * be neither read back nor compared with that of another process.
 *
 * @returns the key alone where the request carries no credential
 */
export function scopeOf(key: string, headers: ReadableFields): string {
  const given = CREDENTIALS.map((name) => headers.get(name) ?? '');
  if (given.every((value) => value === '')) return key;
  return `${key} ${saltedHash(given.join('\n'))}`;
}

/** A hash that says nothing of its input, and is of this process alone: 16 hexadecimal digits. */
export function saltedHash(text: string): string {
  salt ??= newSalt();
  return keyedHash(new TextEncoder().encode(text), salt);
}

function newSalt(): readonly [number, number] {
  const [first = 0, second = 0] = crypto.getRandomValues(new Int32Array(2));
  return [first, second];
}
