import type { NetworkMeaning } from './network-codes.ts';

/**
 * The words of messages where there is no code: browsers, Deno and Workers give none. The first
 * row that occurs decides, so the permanent failures stand before the lost connections that they
 * look like.
 */
const PHRASES: readonly (readonly [NetworkMeaning, RegExp])[] = [
  [
    'misused',
    // The Fetch standard's network errors for a request that may not be made, in undici's words;
    // Deno's for the same, and for its permissions.
    /bad port|scheme|request mode|invalid data: url|are blocked|requires net access|failed to parse url|invalid url|body is unusable/i,
  ],
  [
    'permanent',
    // Redirects that do not end, and subresource integrity, of every runtime; certificates and
    // servers without TLS, of rustls (Deno), BoringSSL and Safari.
    /redirect|integrity|certificate|received corrupt|wrong version number|tls handshake failed|proxy authentication required/i,
  ],
  [
    'not-sent',
    // hyper (Deno) says in which step it failed; Node that the handshake had not ended; Safari that
    // there is no host or no network; gRPC that there is no connection; RFC 9113 §8.7 that a stream
    // was refused unread.
    /\(connect\)|(?:trying|unable|failed) to connect|could not connect to|tcp connect error|dns error|connection refused|no connection established|name resolution failed|getaddrinfo|connect timeout|unreachable|no route to host|before secure tls connection|specified hostname|to be offline|refused_stream|econnrefused|enotfound|eai_again|e(?:host|net)unreach/i,
  ],
  // RFC 9113 §7: ENHANCE_YOUR_CALM, which undici gives by its number for a session.
  ['slow-down', /enhance_your_calm|"goaway" frame received with code 11/i],
  [
    'lost',
    /connection (?:reset|closed|lost|was lost|error|terminated)|broken pipe|socket hang up|other side closed|premature close|unexpected (?:end of file|eof)|error sending request|error reading a body from connection|the http\/1.1 protocol|decompression failed|timed out|read timeout/i,
  ],
];

/**
 * The network errors of the runtimes that hide the cause. Compared whole: a program's own
 * `TypeError` may well contain one of these words. Node, which has the cause beside it; Chromium
 * and Safari, perhaps with the host; Firefox; React Native; Workers.
 */
const OPAQUE =
  /^(?:fetch failed|(?:failed to fetch|load failed)(?: \([^()]*\))?|networkerror when attempting to fetch resource\.|network request failed)$|^internal error; reference = /i;

/**
 * The network errors that tell a lost connection, compared in the same way: of Node, Chromium and
 * axios, Firefox and Workers while a body was read; then how those of Deno and Workers begin.
 */
const LOST =
  /^(?:terminated|network error|error in input stream|network connection lost\.)$|^(?:error (?:sending request|trying to connect|reading a body from connection)|fetch failed: |client error \(|unexpected end of file|gzip decompression failed|too many redirects|integrity mismatch)/i;

/** A network failure of some runtime, told by its message alone; `undefined` for other messages. */
export function unspecificMeaningOf(message: string): 'opaque' | 'lost' | undefined {
  if (OPAQUE.test(message)) return 'opaque';
  return LOST.test(message) ? 'lost' : undefined;
}

/** The meaning of the words of a network failure; `undefined` where they say nothing more. */
export function meaningOfMessage(
  message: string,
): { readonly meaning: NetworkMeaning; readonly phrase: string } | undefined {
  // An address may contain any of these words.
  const said = message.replace(/\w:\/\/[^\s)"']*/g, ' ');
  for (const [meaning, phrases] of PHRASES) {
    const [phrase] = phrases.exec(said) ?? [];
    if (phrase !== undefined) return { meaning, phrase };
  }
  return undefined;
}
