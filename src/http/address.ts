/** What all of holdfast knows an address by: its origin, which holds no path, query or user. */
export interface Address {
  /** Scheme, host and port: `https://api.example.com`; empty where the address is not HTTP's. */
  readonly origin: string;
  /** Whether a network could be involved at all: `data:`, `blob:` and `about:` are answered locally. */
  readonly isRemote: boolean;
}

const LOCAL: Address = { origin: '', isRemote: false };

/**
 * Where a fetch goes. Never throws: an address that cannot be read is fetch's to refuse, in its
 * own words.
 */
export function addressOf(input: unknown): Address {
  let origin: string | undefined;
  try {
    const url = hrefOf(input);
    origin = PLAIN.exec(url)?.[0] ?? parsedOrigin(url);
  } catch {
    // Not an address at all.
  }
  return origin === undefined ? LOCAL : { origin, isRemote: true };
}

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
