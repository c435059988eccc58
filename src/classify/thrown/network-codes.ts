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
  /** Trying again gives the same: an address, a certificate or a setting is wrong. */
  | 'permanent'
  /** The caller gave up waiting. */
  | 'aborted'
  /** The caller's program is at fault. */
  | 'misused';

/**
 * The codes (and, of Deno and Bun, the names) under which runtimes and HTTP clients report network
 * failures: Node's `errors`, `tls` and `dns` documentation, libuv's and undici's lists, axios'
 * error codes, and the errors that the runtimes were measured to throw.
 */
const CODES: Readonly<Partial<Record<NetworkMeaning, string>>> = {
  'not-sent':
    'ECONNREFUSED ENETUNREACH EHOSTUNREACH ENOTFOUND UND_ERR_CONNECT_TIMEOUT ' +
    'ERR_TLS_HANDSHAKE_TIMEOUT ERR_SOCKET_CONNECTION_TIMEOUT ERR_PROXY_TUNNEL ' +
    'ERR_HTTP2_GOAWAY_SESSION ConnectionRefused FailedToOpenSocket NetworkUnreachable',
  lost:
    'ECONNRESET ECONNABORTED EPIPE ETIMEDOUT ESOCKETTIMEDOUT ENOTCONN ENETRESET ' +
    'ERR_SOCKET_CLOSED ERR_STREAM_PREMATURE_CLOSE ERR_TRAILING_JUNK_AFTER_STREAM_END ' +
    'ERR_NETWORK REQUEST_SEND_ERROR ConnectionAborted ConnectionClosed ConnectionReset ' +
    'BrokenPipe NotConnected TimedOut Timeout UnexpectedEof Malformed_HTTP_Response ' +
    'InvalidHTTPResponse ZlibError',
  aborted: 'ABORT_ERR ERR_CANCELED ECANCELED UND_ERR_ABORT UND_ERR_ABORTED',
  misused: 'EACCES EPERM ENOENT NotCapable PermissionDenied InvalidURL',
};

/** The families of codes, asked where {@link CODES} does not know one. */
const FAMILIES: readonly (readonly [NetworkMeaning, RegExp])[] = [
  // Redirects that do not end or were forbidden, and answers beyond a limit of the client.
  [
    'permanent',
    /redirect|^HPE_HEADER_OVERFLOW$|^UND_ERR_(?:HEADERS_OVERFLOW|RES_EXCEED|PRX_TLS)|^max-size$/i,
  ],
  [
    'misused',
    /^UND_ERR_(?:BPL_|CLOSED|DESTROYED|INVALID|NOT_SUPP|REQ_)|^ERR_(?:BAD_OPTION|INVALID|NOT_SUPP|UNESC|UNSUPP)|^UnsupportedProxy/,
  ],
  ['not-sent', /^EAI_/],
  // llhttp: the answer is not HTTP. A gateway answers 502 to that, and it is as retryable as a 502.
  // zlib and Brotli: a body that was cut or garbled. A garbled TLS record is an accident, too.
  // node-fetch: `request-timeout`, `body-timeout`.
  [
    'lost',
    /^HPE_|^Z_(?:BUF|DATA)_|^ERR__ERROR_FORMAT_|^UND_ERR_|BAD_RECORD_MAC$|^ERR_HTTP2_(?:ERROR|INVALID_SESSION|PING|S)|-timeout$/,
  ],
  // OpenSSL: the two sides do not understand or do not trust each other, nor will the next time.
  [
    'permanent',
    /CERT|CRL|^UNABLE_TO_(?:VERIFY|DECODE)_|^(?:HOSTNAME_MISMATCH|PATH_LENGTH_EXCEEDED|INVALID_(?:CA|PURPOSE)|EPROTO)$|^ERR_(?:TLS|SSL|OSSL)_/,
  ],
];

const meanings = new Map<string, NetworkMeaning | undefined>(
  Object.entries(CODES).flatMap(([meaning, words]) =>
    words.split(' ').map((word) => [word, meaning as NetworkMeaning]),
  ),
);
/** As many codes are remembered; servers and libraries may send any. */
const MAX_KNOWN_CODES = 512;

/** The meaning of a code: by {@link CODES}, else by its family. */
export function meaningOfCode(code: string): NetworkMeaning | undefined {
  if (meanings.has(code)) return meanings.get(code);
  const meaning = FAMILIES.find(([, family]) => family.test(code))?.[0];
  if (meanings.size < MAX_KNOWN_CODES) meanings.set(code, meaning);
  return meaning;
}
