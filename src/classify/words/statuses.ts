import type { Category } from '../../core/classification.ts';

/**
 * The statuses that do not simply follow their class (4xx: the request is at fault; 5xx: the
 * server failed). RFC 9110 unless `reasons/statuses.ts` names another source.
 */
const RETRYABLE_4XX: ReadonlySet<number> = new Set([408, 421, 423, 424, 425, 460, 499]);
const FATAL_5XX: ReadonlySet<number> = new Set([501, 505, 506, 507, 508, 510, 511, 526, 561]);
const THROTTLES: ReadonlySet<number> = new Set([420, 429, 430, 509, 529]);

/**
 * The statuses beside the throttles that show by themselves that the request was not acted on.
 *
 * 408 is none of them, although RFC 9110 §15.5.9 speaks of a request that was never received whole:
 * in practice APIs answer it when the *work* took too long (Bedrock, OpenRouter, Hugging Face).
 */
const UNPROCESSED: ReadonlySet<number> = new Set([421, 423, 425, 503, 521, 523]);

/** Statuses about this request alone: no word of load or of time makes them pass. */
export const ABOUT_THE_REQUEST: ReadonlySet<number> = new Set([
  402, 404, 405, 406, 410, 411, 412, 413, 414, 415, 416, 417, 426, 428, 431, 451, 501, 505,
]);

/** Statuses that pass by themselves, whatever the words beside them refuse. */
export const PASSING: ReadonlySet<number> = new Set([408, 421, 423, 425, 429]);

/** The category of a status of 400 or more by itself. */
export function categoryOfStatus(status: number): Exclude<Category, 'success'> {
  if (THROTTLES.has(status)) return 'throttle';
  const isServer = status >= 500 && status < 600;
  return RETRYABLE_4XX.has(status) || (isServer && !FATAL_5XX.has(status)) ? 'retryable' : 'fatal';
}

/** Whether a status shows by itself that the request was not acted on. */
export const isUnprocessed = (status: number): boolean =>
  UNPROCESSED.has(status) || THROTTLES.has(status);

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
