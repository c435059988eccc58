import type { BoardRequest } from './board-request.ts';

/** The header that carries the token of an action. A form cannot send it, nor can another origin unasked. */
export const TOKEN_HEADER = 'x-holdfast-token';

/**
 * Whether a request comes from the page itself or from no page at all, as far as its browser says.
 * `Sec-Fetch-Site` is the browser's own word; `Origin` stands in where there is none.
 */
export function isSameOrigin({ headers }: BoardRequest): boolean {
  const site = headers.get('sec-fetch-site');
  if (site !== null) return site === 'same-origin' || site === 'none';
  const origin = headers.get('origin');
  if (origin === null) return true;
  try {
    return new URL(origin).host === (headers.get('host') ?? headers.get(':authority'));
  } catch {
    // `null`, the origin of a sandbox or of a file.
    return false;
  }
}

/** Whether a secret is the expected one, in a time that says nothing of either. */
export async function isSameSecret(given: string, expected: string): Promise<boolean> {
  const [one, other] = await Promise.all([digestOf(given), digestOf(expected)]);
  let difference = 0;
  for (const [index, byte] of one.entries()) difference |= byte ^ (other[index] ?? 0);
  return difference === 0;
}

async function digestOf(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}
