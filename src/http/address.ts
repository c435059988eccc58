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
    const plain = plainOriginOf(url);
    if (plain !== undefined) latest = plain;
    const origin = plain ?? parsedOrigin(url);
    return origin === undefined ? LOCAL : { url, origin, isRemote: true };
  } catch {
    return LOCAL;
  }
}

// Most programs ask one origin after the other: its name is known, and so is its string.
let latest = '';

// Lower case and no user: the form that most programs write, and ten times faster than parsing.
const PLAIN = /^http(s?):\/\/[a-z0-9.-]+(?::([1-9]\d{0,4}))?(?=[/?#]|$)/;
const MAX_PORT = 65_535;

/** The origin of a URL that is written as an origin is; `undefined` for others. */
function plainOriginOf(url: string): string | undefined {
  const [origin, secure, port] = PLAIN.exec(url) ?? [];
  // An origin does not name its scheme's own port.
  const isNamed = port === undefined || (port !== (secure ? '443' : '80') && +port <= MAX_PORT);
  return isNamed ? origin : undefined;
}

function hrefOf(input: unknown): string {
  if (typeof input === 'string') return input;
  const { href, url } = input as { href?: unknown; url?: unknown };
  return String(href ?? url ?? input);
}

function parsedOrigin(url: string): string | undefined {
  const { protocol, origin } = new URL(url, globalThis.location?.href);
  return protocol === 'https:' || protocol === 'http:' ? origin : undefined;
}
