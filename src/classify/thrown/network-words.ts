/** The kinds of network failure. They differ in their answer and in what the server can have got. */
export type NetworkMeaning =
  /** The connection was never made: nothing was sent, so repeating cannot do the same thing twice. */
  | 'not-sent'
  /** The connection was lost or fell silent: the server may have acted on the request. */
  | 'lost'
  /** The runtime hides the cause: the network, the server, or a rule of the runtime's own. */
  | 'opaque'
  /** The server refused for now and asked for less. */
  | 'slow-down'
  /** An answer came that cannot be read: it is no HTTP, or not the encoding that it says. */
  | 'garbled'
  /** Trying again gives the same: an address, a certificate or a setting is wrong. */
  | 'permanent'
  /** The caller gave up waiting. */
  | 'aborted'
  /** The caller's program is at fault. */
  | 'misuse';

/** A meaning, and the words that have it. */
export interface NetworkMatch {
  readonly meaning: NetworkMeaning;
  readonly phrase: string;
}

/**
 * The codes, names and words under which runtimes and HTTP clients report network failures: of
 * Node's `errors`, `tls` and `dns` documentation, libuv's and undici's lists, axios, node-fetch,
 * gRPC, Bun and Deno, and the errors that the runtimes were measured to throw. In any case of
 * letters. The first row that occurs decides, so the permanent failures stand before the lost
 * connections that they look like.
 */
const ROWS: readonly (readonly [NetworkMeaning, string])[] = [
  // A TLS record that was garbled on the way is an accident. Other failed handshakes are not.
  ['lost', 'bad[_ ]record[_ ]mac'],
  ['not-sent', 'tls_handshake_timeout'],
  ['aborted', '^(?:abort_err|err_canceled|ecanceled|und_err_abort|und_err_aborted)$'],
  [
    'misuse',
    // Permissions of the system and of Deno, and options that cannot be.
    '^(?:eacces|eperm|enoent|notcapable|permissiondenied)$|are blocked|requires net access|' +
      '^err_(?:bad_option|invalid|not_supp|unesc|unsupp)|^unsupportedproxy|' +
      '^und_err_(?:bpl_|closed|destroyed|invalid|not_supp|req_)|' +
      // The Fetch standard's network errors for a request that may not be made, in undici's words.
      'bad port|scheme|request mode|invalid (?:data: )?url|invalidurl|failed to parse url|' +
      'body is unusable',
  ],
  [
    'permanent',
    // Redirects that do not end, subresource integrity, and answers beyond a limit of the client.
    'redirect|integrity|headers?_overflow|^und_err_(?:res_exceed|prx_tls)|^max-size$|' +
      // Certificates and servers without TLS, of OpenSSL, rustls (Deno), BoringSSL and Safari.
      'certificate|(?:^|_)(?:cert|crl)|^unable_to_(?:verify|decode)_|^err_(?:tls|ssl|ossl)_|' +
      '^(?:hostname_mismatch|path_length_exceeded|invalid_(?:ca|purpose)|eproto)$|' +
      'received corrupt|wrong version number|tls handshake failed|proxy authentication required',
  ],
  [
    'not-sent',
    'econnrefused|connection ?refused|e(?:host|net)unreach|unreachable|no route to host|' +
      'enotfound|eai_|getaddrinfo|dns error|name resolution failed|specified hostname|' +
      // hyper (Deno) and the clients say in which step it failed; Safari that there is no network.
      '\\(connect\\)|(?:trying|unable|failed) to connect|could not connect to|connect[_ ]timeout|' +
      'socket_connection_timeout|proxy_tunnel|failedtoopensocket|tcp connect error|' +
      'no connection established|before secure tls connection|to be offline|' +
      // RFC 9113 §8.7: the stream was refused, or came after the last one that was read.
      'refused_stream|goaway_session',
  ],
  [
    'garbled',
    // llhttp and Bun: the answer is not HTTP. zlib and Brotli: its body is not what it says.
    '^hpe_(?!invalid_eof)|the http/1.1 protocol|^malformed_http|' +
      '^z_data_|^zlib|^err__error_format_|err_trailing_junk|decompression failed',
  ],
  // RFC 9113 §7: ENHANCE_YOUR_CALM, which undici gives by its number for a session.
  ['slow-down', 'enhance_your_calm|"goaway" frame received with code 11'],
  [
    'lost',
    '\\be(?:connreset|connaborted|pipe|(?:socket)?timedout|notconn|netreset)\\b|' +
      'connection ?(?:reset|closed|aborted|lost|was lost|error|terminated)|broken ?pipe|' +
      'notconnected|socket_closed|socket hang up|other side closed|premature[_ ]close|' +
      'unexpected ?(?:end of file|eof)|error sending request|request_send_error|err_network$|' +
      'timed out|^timedout$|^timeout$|read timeout|-timeout$|^und_err_|' +
      '^err_http2_(?:error|invalid_session|ping|s)|' +
      // llhttp, Bun and zlib: an answer that was cut off.
      '^hpe_invalid_eof|^invalidhttp|^z_buf_|' +
      'error reading a body from connection',
  ],
];

/** As many words are remembered; servers and libraries may send any. */
const MAX_KNOWN = 512;
const known = new Map<string, NetworkMatch | undefined>();

/** The meaning of a code or of a name. */
export function meaningOfWord(word: string): NetworkMeaning | undefined {
  if (!known.has(word) && known.size < MAX_KNOWN) known.set(word, find(word));
  return (known.has(word) ? known.get(word) : find(word))?.meaning;
}

/** The meaning of the words of a network failure; `undefined` where they say nothing more. */
export function meaningOfMessage(message: string): NetworkMatch | undefined {
  // An address may contain any of these words.
  return find(message.replace(/\w:\/\/[^\s)"']*/g, ' '));
}

function find(text: string): NetworkMatch | undefined {
  patterns ??= ROWS.map(([meaning, words]) => [meaning, new RegExp(words, 'i')]);
  for (const [meaning, words] of patterns) {
    const [phrase] = words.exec(text) ?? [];
    if (phrase !== undefined) return { meaning, phrase };
  }
  return undefined;
}

let patterns: readonly (readonly [NetworkMeaning, RegExp])[] | undefined;

/**
 * The network errors of the runtimes that hide the cause. Compared whole: a program's own
 * `TypeError` may well contain one of these words. Node, which has the cause beside it; Chromium
 * and Safari, perhaps with the host; Firefox; React Native; Bun; Workers.
 */
const OPAQUE =
  /^(?:fetch failed|(?:failed to fetch|load failed)(?: \([^()]*\))?|networkerror when attempting to fetch resource\.|network request failed| ?a network error occurred\.)$|^internal error; reference = /i;

/**
 * The network errors that tell more, compared in the same way: of Node, Chromium and axios, Firefox,
 * Workers and React Native; Safari's, in the words of the system; then how those of Deno and
 * Workers begin.
 */
const TELLING =
  /^(?:terminated|network error|error in input stream|network connection lost\.?|network request timed out|the (?:internet connection appears to be offline|network connection was lost|request timed out)\.|could not connect to the server\.|a server with the specified hostname could not be found\.)$|^(?:error (?:sending request|trying to connect|reading a body from connection)|fetch failed: |client error \(|unexpected end of file|gzip decompression failed|too many redirects|integrity mismatch)/i;

/** A network failure of some runtime, told by its message alone; `undefined` for other messages. */
export function unspecificMeaningOf(message: string): 'opaque' | 'lost' | undefined {
  if (OPAQUE.test(message)) return 'opaque';
  return TELLING.test(message) ? 'lost' : undefined;
}
