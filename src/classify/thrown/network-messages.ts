import type { NetworkMeaning } from './network-codes.ts';

/**
 * What a message says where there is no code: browsers, Deno and Workers give none. In lower case;
 * the first phrase that occurs decides, so the permanent come before the lost that they look like.
 */
const PHRASES: readonly (readonly [NetworkMeaning, readonly string[]])[] = [
  [
    'misused',
    [
      // The Fetch standard's network errors for a request that may not be made, in undici's words.
      'bad port',
      'unknown scheme',
      'scheme is not supported',
      'scheme must be a http(s) scheme',
      'request mode',
      'invalid data: url',
      // Deno: the same, and its permissions.
      'are blocked',
      'url scheme',
      'requires net access',
      'failed to parse url',
      'invalid url',
      'body is unusable',
    ],
  ],
  [
    'permanent',
    [
      // undici, Deno, Workers, node-fetch: redirects that do not end.
      'redirect count exceeded',
      'unexpected redirect',
      'encountered redirect',
      'too many redirects',
      'maximum number of redirects',
      'maximum redirect reached',
      // Subresource integrity.
      'integrity mismatch',
      'failed integrity',
      // rustls (Deno), BoringSSL, Safari: certificates, and servers that speak no TLS.
      'invalid peer certificate',
      'received corrupt',
      'certificate verify failed',
      'certificate has expired',
      'self signed certificate',
      'self-signed certificate',
      'unknown certificate',
      'unable to verify the first certificate',
      'certificate for this server is invalid',
      'wrong version number',
      'tls handshake failed',
      'proxy authentication required',
    ],
  ],
  [
    'not-sent',
    [
      // hyper (Deno) says in which step it failed.
      '(connect)',
      'error trying to connect',
      'tcp connect error',
      'dns error',
      'connection refused',
      'unable to connect',
      'could not connect to',
      'getaddrinfo',
      'connect timeout',
      'network is unreachable',
      'no route to host',
      // Node, before the handshake ended: nothing but TLS has been said.
      'before secure tls connection was established',
      // Safari.
      'server with the specified hostname could not be found',
      'internet connection appears to be offline',
      // HTTP/2 (RFC 9113 section 8.7): the stream was refused before any processing.
      'refused_stream',
    ],
  ],
  // HTTP/2 (RFC 9113 section 7): ENHANCE_YOUR_CALM, which undici gives by its number for a session.
  ['slow-down', ['enhance_your_calm', '"goaway" frame received with code 11']],
  [
    'lost',
    [
      'connection reset',
      'connection closed',
      'connection lost',
      'connection was lost',
      'connection error',
      'connection terminated',
      'broken pipe',
      'socket hang up',
      'other side closed',
      'premature close',
      'unexpected end of file',
      'unexpected eof',
      'error sending request',
      'error reading a body from connection',
      'does not match the http/1.1 protocol',
      'decompression failed',
      'timed out',
      'read timeout',
    ],
  ],
];

/** What a runtime says where it says no more than that: it hid the cause, or lost the connection. */
type Unspecific = 'opaque' | 'lost';

/**
 * The whole message of a network `TypeError`, by runtime. Compared whole: a program's own
 * `TypeError` may well contain one of these words.
 */
const WHOLE_MESSAGES: Readonly<Record<Unspecific, readonly string[]>> = {
  opaque: [
    'fetch failed', // Node, which has the cause beside it
    'failed to fetch', // Chromium
    'networkerror when attempting to fetch resource.', // Firefox
    'load failed', // Safari
    'network request failed', // React Native, and the fetch polyfill
  ],
  lost: [
    'terminated', // Node, while the body was read
    'network error', // Chromium, while the body was read; axios
    'error in input stream', // Firefox, while the body was read
    'network connection lost.', // Workers
  ],
};

/** How the network errors of Deno and Workers begin, which say the rest in the same message. */
const BEGINNINGS: Readonly<Record<Unspecific, readonly string[]>> = {
  opaque: ['internal error; reference = '],
  lost: [
    'error sending request',
    'error trying to connect',
    'error reading a body from connection',
    'fetch failed: ',
    'client error (',
    'unexpected end of file',
    'gzip decompression failed',
    'too many redirects',
    'integrity mismatch',
  ],
};

/** What a network failure of some runtime is, told by its message alone; `undefined` for any other message. */
export function unspecificMeaningOf(message: string): Unspecific | undefined {
  // Chromium and Safari add the host: "Failed to fetch (api.example.com)".
  const said = message.toLowerCase().replace(/^(failed to fetch|load failed) \([^()]*\)$/, '$1');
  return (['opaque', 'lost'] as const).find(
    (meaning) =>
      WHOLE_MESSAGES[meaning].includes(said) ||
      BEGINNINGS[meaning].some((beginning) => said.startsWith(beginning)),
  );
}

/** What the words of a network failure say; `undefined` where they say nothing more. */
export function meaningOfMessage(
  message: string,
): { readonly meaning: NetworkMeaning; readonly phrase: string } | undefined {
  // An address may contain any of these words.
  const said = message.toLowerCase().replace(/\w:\/\/[^\s)"']*/g, ' ');
  for (const [meaning, phrases] of PHRASES) {
    const phrase = phrases.find((one) => said.includes(one));
    if (phrase !== undefined) return { meaning, phrase };
  }
  return undefined;
}
