import type { Category } from '../../core/classification.ts';
import { wordsOf } from './phrases.ts';

/** What a status means where nothing more specific speaks. */
export interface StatusRow {
  readonly category: Exclude<Category, 'success'>;
  /** The status shows by itself that the request was not acted on. */
  readonly unprocessed?: true;
  readonly because: string;
}

/**
 * The statuses that do not simply follow their class (4xx: the request is at fault; 5xx: the
 * server failed). RFC 9110 unless another source is named.
 *
 * 408 is not `unprocessed`, although §15.5.9 speaks of a request that was never received whole:
 * in practice APIs answer it when the *work* took too long (Bedrock, OpenRouter, Hugging Face).
 */
export const STATUSES: Readonly<Record<number, StatusRow>> = {
  408: {
    category: 'retryable',
    because: 'Request Timeout: the client may repeat it (RFC 9110 §15.5.9)',
  },
  420: {
    category: 'throttle',
    unprocessed: true,
    because:
      'Enhance Your Calm: a rate limit before there was a 429 (Twitter, Shopify, Brightcove)',
  },
  421: {
    category: 'retryable',
    unprocessed: true,
    because: 'Misdirected Request: may be repeated over another connection (RFC 9110 §15.5.20)',
  },
  423: {
    category: 'retryable',
    unprocessed: true,
    because: 'Locked: works once the lock is released (RFC 4918 §11.3)',
  },
  424: {
    category: 'retryable',
    because: 'Failed Dependency: APIs mean a failed backend (Bedrock, Text Generation Inference)',
  },
  425: {
    category: 'retryable',
    unprocessed: true,
    because: 'Too Early: the server will not risk a replay; repeat after the handshake (RFC 8470)',
  },
  429: {
    category: 'throttle',
    unprocessed: true,
    because: 'Too Many Requests (RFC 6585 §4)',
  },
  430: {
    category: 'throttle',
    unprocessed: true,
    because: 'Shopify: too many requests, or blocked as suspicious traffic',
  },
  440: { category: 'fatal', because: 'IIS: the session has expired; log in again' },
  449: { category: 'fatal', because: 'IIS: Retry With more information than was given' },
  460: { category: 'retryable', because: 'AWS load balancer: the client closed the connection' },
  494: { category: 'fatal', because: 'nginx: request header too large' },
  495: { category: 'fatal', because: 'nginx: client certificate error' },
  496: { category: 'fatal', because: 'nginx: client certificate required' },
  497: { category: 'fatal', because: 'nginx: plain HTTP sent to an HTTPS port' },
  498: { category: 'fatal', because: 'Esri, Cohere: invalid or expired token' },
  499: { category: 'retryable', because: 'nginx: the connection was closed before the answer' },
  501: {
    category: 'fatal',
    because: 'Not Implemented: not for this method at all (RFC 9110 §15.6.2)',
  },
  503: {
    category: 'retryable',
    unprocessed: true,
    because:
      'Service Unavailable: overload or maintenance, alleviated after some delay (RFC 9110 §15.6.4)',
  },
  505: { category: 'fatal', because: 'HTTP Version Not Supported (RFC 9110 §15.6.6)' },
  506: { category: 'fatal', because: 'Variant Also Negotiates: misconfigured (RFC 2295)' },
  507: { category: 'fatal', because: 'Insufficient Storage: make room first (RFC 4918 §11.5)' },
  508: { category: 'fatal', because: 'Loop Detected (RFC 5842)' },
  509: {
    category: 'throttle',
    unprocessed: true,
    because: 'Bandwidth Limit Exceeded (Apache, AWS CloudSearch)',
  },
  510: { category: 'fatal', because: 'Not Extended: more is needed in the request (RFC 2774)' },
  511: {
    category: 'fatal',
    because: 'Network Authentication Required: log in first (RFC 6585 §6)',
  },
  520: { category: 'retryable', because: 'Cloudflare: the origin answered something unknown' },
  521: {
    category: 'retryable',
    unprocessed: true,
    because: 'Cloudflare: the origin refused the connection',
  },
  522: { category: 'retryable', because: 'Cloudflare: the connection to the origin timed out' },
  523: {
    category: 'retryable',
    unprocessed: true,
    because: 'Cloudflare: the origin is unreachable',
  },
  524: { category: 'retryable', because: 'Cloudflare: the origin did not answer in time' },
  525: { category: 'retryable', because: 'Cloudflare: the TLS handshake with the origin failed' },
  526: { category: 'fatal', because: "Cloudflare: the origin's certificate is invalid" },
  527: { category: 'retryable', because: 'Cloudflare: the Railgun connection was interrupted' },
  529: {
    category: 'throttle',
    unprocessed: true,
    because: 'Site Is Overloaded (Qualys, Anthropic, OpenRouter)',
  },
  530: { category: 'retryable', because: 'Cloudflare 1xxx, Pantheon: origin lookup or site down' },
  561: { category: 'fatal', because: 'AWS load balancer: the identity provider said no' },
  598: { category: 'retryable', because: 'proxies: network read timeout' },
  599: { category: 'retryable', because: 'proxies: network connect timeout' },
};

const OTHER_4XX: StatusRow = {
  category: 'fatal',
  because: 'a 4xx says that the request is at fault (RFC 9110 §15.5)',
};
const OTHER_5XX: StatusRow = {
  category: 'retryable',
  because: 'a 5xx says that the server failed, not the request (RFC 9110 §15.6)',
};
const NO_STATUS: StatusRow = { category: 'fatal', because: 'no HTTP status, and nothing else' };

/** What a status of 400 or more means by itself. */
export function statusRow(status: number): StatusRow {
  const row = STATUSES[status];
  if (row !== undefined) return row;
  if (status >= 500 && status < 600) return OTHER_5XX;
  return status >= 400 && status < 500 ? OTHER_4XX : NO_STATUS;
}

/** What HTTP calls the statuses that APIs like to repeat as a code, as stems of words. */
export const REASON_PHRASES: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries({
    400: 'Bad Request',
    401: 'Unauthorized',
    403: 'Forbidden',
    404: 'Not Found',
    409: 'Conflict',
    429: 'Too Many Requests',
    500: 'Internal Server Error',
    502: 'Bad Gateway',
    503: 'Service Unavailable',
    504: 'Gateway Timeout',
  }).map(([status, phrase]) => [status, wordsOf(phrase).join(' ')]),
);
