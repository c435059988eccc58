/** How a network failure is answered, and whether the request can have reached the server. */
export type NetworkMeaning =
  /** The connection was never made: nothing was sent, so repeating cannot do the same thing twice. */
  | 'not-sent'
  /** The connection was lost or fell silent: the server may have acted on the request. */
  | 'lost'
  /** The runtime hides what happened: it may be the network, the server, or a rule of the runtime's own. */
  | 'opaque'
  /** The server refused for now and asked for less. */
  | 'slow-down'
  /** Trying again gives the same: an address, a certificate or a setting is wrong. */
  | 'permanent'
  /** The caller gave up waiting. */
  | 'aborted'
  /** The caller's program is at fault. */
  | 'misused';

const CODES_BY_MEANING: Readonly<Partial<Record<NetworkMeaning, string>>> = {
  'not-sent': `
    ECONNREFUSED ENETUNREACH ENETDOWN EHOSTUNREACH EHOSTDOWN EADDRNOTAVAIL EMFILE ENFILE ENOBUFS
    ENOTFOUND EAI_AGAIN EAI_FAIL EAI_NODATA EAI_NONAME ENODATA ESERVFAIL EREFUSED
    UND_ERR_CONNECT_TIMEOUT ERR_TLS_HANDSHAKE_TIMEOUT ERR_SOCKET_CONNECTION_TIMEOUT ERR_PROXY_TUNNEL
    ERR_HTTP2_GOAWAY_SESSION
    ConnectionRefused FailedToOpenSocket NetworkUnreachable`,
  lost: `
    ECONNRESET ECONNABORTED EPIPE ETIMEDOUT ESOCKETTIMEDOUT ENOTCONN ENETRESET ESHUTDOWN
    ERR_SOCKET_CLOSED ERR_STREAM_PREMATURE_CLOSE
    ERR_HTTP2_ERROR ERR_HTTP2_INVALID_SESSION ERR_HTTP2_PING_CANCEL ERR_HTTP2_SESSION_ERROR
    ERR_HTTP2_STREAM_CANCEL ERR_HTTP2_STREAM_ERROR
    ERR_SSL_BAD_RECORD_MAC ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC
    ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC
    Z_BUF_ERROR Z_DATA_ERROR ERR_TRAILING_JUNK_AFTER_STREAM_END
    ERR_NETWORK REQUEST_SEND_ERROR
    ConnectionAborted ConnectionClosed ConnectionReset BrokenPipe NotConnected TimedOut Timeout
    UnexpectedEof Malformed_HTTP_Response InvalidHTTPResponse ZlibError`,
  permanent: `
    EPROTO UND_ERR_HEADERS_OVERFLOW UND_ERR_RES_EXCEEDED_MAX_SIZE UND_ERR_PRX_TLS
    ERR_FR_TOO_MANY_REDIRECTS ERR_FR_REDIRECTION_FAILURE ERR_TOO_MANY_REDIRECTS
    TooManyRedirects UnexpectedRedirect RedirectURLInvalid RedirectURLTooLong
    ERR_TLS_CERT_ALTNAME_INVALID ERR_TLS_CERT_ALTNAME_FORMAT ERR_TLS_DH_PARAM_SIZE
    CERT_CHAIN_TOO_LONG CERT_HAS_EXPIRED CERT_NOT_YET_VALID CERT_REJECTED CERT_REVOKED
    CERT_SIGNATURE_FAILURE CERT_UNTRUSTED CRL_HAS_EXPIRED CRL_NOT_YET_VALID CRL_SIGNATURE_FAILURE
    DEPTH_ZERO_SELF_SIGNED_CERT ERROR_IN_CERT_NOT_AFTER_FIELD ERROR_IN_CERT_NOT_BEFORE_FIELD
    ERROR_IN_CRL_LAST_UPDATE_FIELD ERROR_IN_CRL_NEXT_UPDATE_FIELD HOSTNAME_MISMATCH INVALID_CA
    INVALID_PURPOSE PATH_LENGTH_EXCEEDED SELF_SIGNED_CERT_IN_CHAIN UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY
    UNABLE_TO_DECRYPT_CERT_SIGNATURE UNABLE_TO_DECRYPT_CRL_SIGNATURE UNABLE_TO_GET_CRL
    UNABLE_TO_GET_ISSUER_CERT UNABLE_TO_GET_ISSUER_CERT_LOCALLY UNABLE_TO_VERIFY_LEAF_SIGNATURE`,
  aborted: `ABORT_ERR ERR_CANCELED ECANCELED UND_ERR_ABORT UND_ERR_ABORTED`,
  misused: `
    ERR_INVALID_ARG_TYPE ERR_INVALID_ARG_VALUE ERR_INVALID_CHAR ERR_INVALID_HTTP_TOKEN
    ERR_INVALID_PROTOCOL ERR_INVALID_URL ERR_UNESCAPED_CHARACTERS ERR_BAD_OPTION
    ERR_BAD_OPTION_VALUE ERR_NOT_SUPPORT ERR_UNSUPPORTED_PROTOCOL EACCES EPERM ENOENT
    UND_ERR_BPL_MISSING_UPSTREAM UND_ERR_CLOSED UND_ERR_DESTROYED UND_ERR_INVALID_ARG
    UND_ERR_INVALID_RETURN_VALUE UND_ERR_NOT_SUPPORTED UND_ERR_REQ_CONTENT_LENGTH_MISMATCH
    InvalidURL NotCapable PermissionDenied UnsupportedProxyProtocol`,
};

/**
 * The codes (and, of Deno and Bun, the names) under which runtimes and HTTP clients report network
 * failures: Node's `errors`, `tls` and `dns` documentation, libuv's and undici's lists, axios'
 * error codes, and what the runtimes were measured to throw.
 */
const NETWORK_CODES: ReadonlyMap<string, NetworkMeaning> = new Map(
  Object.entries(CODES_BY_MEANING).flatMap(([meaning, codes]) =>
    codes
      .trim()
      .split(/\s+/)
      .map((code) => [code, meaning as NetworkMeaning] as const),
  ),
);

/** What a code says: by {@link NETWORK_CODES}, else by its family. */
export function meaningOfCode(code: string): NetworkMeaning | undefined {
  const meaning = NETWORK_CODES.get(code);
  if (meaning !== undefined) return meaning;
  // llhttp: what came is not HTTP. A gateway answers 502 to that, and it is as retryable as a 502.
  if (code.startsWith('HPE_')) return code === 'HPE_HEADER_OVERFLOW' ? 'permanent' : 'lost';
  // OpenSSL: the two sides do not understand each other, and will not the next time either.
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_OSSL_')) return 'permanent';
  // Brotli's decoder: a body that was cut or garbled, like zlib's.
  if (code.startsWith('ERR__ERROR_FORMAT_')) return 'lost';
  if (code.startsWith('UND_ERR_')) return 'lost';
  return undefined;
}
