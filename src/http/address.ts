/** Where a fetch goes. */
export interface Address {
  /** As the caller gave it; it may hold secrets, so it goes nowhere but into a look-up. */
  readonly url: string;
  /** Scheme, host and port, without path, query and user: `https://api.example.com`; empty where it is not HTTP's. */
  readonly origin: string;
  /** Whether a network could be involved at all: `data:`, `blob:` and `about:` are answered locally. */
  readonly isRemote: boolean;
}

const LOCAL: Address = { url: '', origin: '', isRemote: false };

/**
 * Where a fetch goes. Never throws: an address that cannot be read is fetch's to refuse, in its
 * own words.
 */
export function addressOf(input: unknown): Address {
  try {
    const url = hrefOf(input);
    if (latest !== '' && url.startsWith(latest) && '/?#'.includes(url.charAt(latest.length))) {
      return { url, origin: latest, isRemote: true };
    }
    const plain = PLAIN.exec(url)?.[0];
    if (plain !== undefined) latest = plain;
    const origin = plain ?? parsedOrigin(url);
    return origin === undefined ? LOCAL : { url, origin, isRemote: true };
  } catch {
    return LOCAL;
  }
}

// Most programs ask one origin after the other: its name is known, and so is its string.
let latest = '';

// Lower case, no user, no port: what most programs write, and ten times faster than parsing.
const PLAIN = /^https?:\/\/[a-z0-9.-]+(?=[/?#]|$)/;

function hrefOf(input: unknown): string {
  if (typeof input === 'string') return input;
  const { href, url } = input as { href?: unknown; url?: unknown };
  return String(href ?? url ?? input);
}

function parsedOrigin(url: string): string | undefined {
  const { protocol, origin } = new URL(url, globalThis.location?.href);
  return protocol === 'https:' || protocol === 'http:' ? origin : undefined;
}
