import type { Category, DecidedBy } from '../../core/classification.ts';

type FailureCategory = Exclude<Category, 'success'>;

/**
 * The statuses that do not simply follow their class (4xx: the request is at fault; 5xx: the
 * server failed). RFC 9110 unless `reasons/statuses.ts` names another source.
 */
const RETRYABLE_4XX: ReadonlySet<number> = new Set([408, 421, 423, 424, 425, 460, 499]);
const FATAL_5XX: ReadonlySet<number> = new Set([501, 505, 506, 507, 508, 510, 511, 526, 561]);
const THROTTLES: ReadonlySet<number> = new Set([420, 429, 430, 509, 529]);

/**
 * The statuses that show by themselves that the request was not acted on: the throttles; a
 * connection or a time that was the wrong one (RFC 9110 §15.5.20, RFC 8470 §5.2); Cloudflare's, for
 * a connection to the origin that never stood.
 *
 * Not 408, although RFC 9110 §15.5.9 speaks of a request that was never received whole: in practice
 * APIs answer it when the *work* took too long (Bedrock, OpenRouter, Hugging Face). Not 503 by
 * itself: routers and gateways answer it when the work took too long as well, or the connection
 * broke after the request had been sent (Heroku H12, Envoy).
 */
const UNPROCESSED: ReadonlySet<number> = new Set([...THROTTLES, 421, 425, 521, 523]);
/** A gateway or a program gave up on work that may have been done. No word takes that back. */
const MAY_BE_DONE: ReadonlySet<number> = new Set([500, 502, 504]);

/** Statuses about this request alone: no word of load or of time makes them pass. */
export const ABOUT_THE_REQUEST: ReadonlySet<number> = new Set([
  402, 404, 405, 406, 410, 411, 412, 413, 414, 415, 416, 417, 426, 428, 431, 451, 501, 505,
]);

/** Statuses that pass by themselves, whatever the words beside them refuse. */
export const PASSING: ReadonlySet<number> = new Set([408, 421, 423, 425, 429]);

/** The category of a status of 400 or more by itself. */
export function categoryOfStatus(status: number): FailureCategory {
  if (THROTTLES.has(status)) return 'throttle';
  const isServer = status >= 500 && status < 600;
  return RETRYABLE_4XX.has(status) || (isServer && !FATAL_5XX.has(status)) ? 'retryable' : 'fatal';
}

/**
 * Whether a failure shows that the request was not acted on: by its status; by a machine code, a
 * catalog or a header that says "too much" (a 503 needs one of these, or a `Retry-After`); by the
 * server's own hint to repeat it. Never by the words of a message.
 */
export function isUnprocessed(
  status: number,
  category: FailureCategory,
  decidedBy: DecidedBy,
  hasRetryAfter: boolean,
): boolean {
  if (UNPROCESSED.has(status)) return true;
  if (category === 'fatal' || decidedBy === 'prose') return status === 503 && hasRetryAfter;
  if (MAY_BE_DONE.has(status)) return false;
  if (decidedBy === 'hint') return true;
  if (status === 503 && (hasRetryAfter || decidedBy === 'catalog')) return true;
  return category === 'throttle';
}

/** The statuses of an API that finds fault with the input, and repeats it. */
export const mayEcho = (status: number): boolean =>
  status === 400 || status === 409 || status === 422;

/** The letters of HTTP's words for the statuses that APIs like to repeat as a code. */
const REASON_PHRASES: Readonly<Record<number, string>> = {
  400: 'badrequest',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'notfound',
  409: 'conflict',
  429: 'toomanyrequests',
  500: 'internalservererror',
  502: 'badgateway',
  503: 'serviceunavailable',
  504: 'gatewaytimeout',
};

/** Whether a text only says the status in words, as `{"code": "Forbidden"}` on a 403 does. */
export function restatesStatus(text: string, status: number): boolean {
  const phrase = REASON_PHRASES[status];
  return phrase !== undefined && text.replace(/[\W_]/g, '').toLowerCase() === phrase;
}
