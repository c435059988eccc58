/** A reason, and who says so. */
export type Reason = readonly [reason: string, source: string];

/**
 * Why a status by itself means what it does: of those that do not simply follow their class, and of
 * those that look as if they would not.
 */
export const STATUS_REASONS: Readonly<Record<number, Reason>> = {
  408: ['Request Timeout: the client may repeat it', 'RFC 9110 §15.5.9'],
  409: [
    'unexplained it is a lost race or a lock, as a rule; a clash of names says so',
    'stripe-node and openai-node, which repeat every 409',
  ],
  420: ['Enhance Your Calm: a rate limit before there was a 429', 'Twitter, Shopify, Brightcove'],
  421: ['Misdirected Request: may be repeated over another connection', 'RFC 9110 §15.5.20'],
  423: ['Locked: works once the lock is released', 'RFC 4918 §11.3'],
  424: ['Failed Dependency: APIs mean a failed backend', 'Bedrock, Text Generation Inference'],
  425: ['Too Early: the server will not risk a replay; repeat after the handshake', 'RFC 8470'],
  429: ['Too Many Requests', 'RFC 6585 §4'],
  430: ['too many requests, or blocked as suspicious traffic', 'Shopify'],
  440: ['the session has expired; log in again', 'IIS'],
  449: ['Retry With more information than was given', 'IIS'],
  460: ['the client closed the connection', 'AWS load balancers'],
  494: ['request header too large', 'nginx'],
  495: ['client certificate error', 'nginx'],
  496: ['client certificate required', 'nginx'],
  497: ['plain HTTP sent to an HTTPS port', 'nginx'],
  498: ['invalid or expired token', 'Esri, Cohere'],
  499: ['the connection was closed before the answer', 'nginx'],
  501: ['Not Implemented: not for this method at all', 'RFC 9110 §15.6.2'],
  503: [
    'Service Unavailable: overload or maintenance, alleviated after some delay',
    'RFC 9110 §15.6.4',
  ],
  505: ['HTTP Version Not Supported', 'RFC 9110 §15.6.6'],
  506: ['Variant Also Negotiates: misconfigured', 'RFC 2295'],
  507: ['Insufficient Storage: make room first', 'RFC 4918 §11.5'],
  508: ['Loop Detected', 'RFC 5842'],
  509: ['Bandwidth Limit Exceeded', 'Apache, AWS CloudSearch'],
  510: ['Not Extended: more is needed in the request', 'RFC 2774'],
  511: ['Network Authentication Required: log in first', 'RFC 6585 §6'],
  520: ['the origin answered something unknown', 'Cloudflare'],
  521: ['the origin refused the connection', 'Cloudflare'],
  522: ['the connection to the origin timed out', 'Cloudflare'],
  523: ['the origin is unreachable', 'Cloudflare'],
  524: ['the origin did not answer in time', 'Cloudflare'],
  525: ['the TLS handshake with the origin failed', 'Cloudflare'],
  526: ["the origin's certificate is invalid", 'Cloudflare'],
  527: ['the Railgun connection was interrupted', 'Cloudflare'],
  529: ['Site Is Overloaded', 'Qualys, Anthropic, OpenRouter'],
  530: ['origin lookup failed, or the site is down', 'Cloudflare 1xxx, Pantheon'],
  561: ['the identity provider said no', 'AWS load balancers'],
  598: ['network read timeout', 'proxies'],
  599: ['network connect timeout', 'proxies'],
};

/** Why a status of each class means what it does, where {@link STATUS_REASONS} has no row. */
export function reasonOfClass(status: number): Reason {
  if (status >= 500 && status < 600) {
    return ['a 5xx says that the server failed, not the request', 'RFC 9110 §15.6'];
  }
  return status >= 400 && status < 500
    ? ['a 4xx says that the request is at fault', 'RFC 9110 §15.5']
    : ['no HTTP status of a failure, and nothing else', 'RFC 9110 §15'];
}
