import type { Category, Classification } from '../core/classification.ts';
import { SUCCESS } from '../core/classification.ts';
import type { Catalog } from './catalog.ts';
import { readHeaders } from './response-headers.ts';
import type { HeadersLike } from './response-headers.ts';
import { waitHint } from './wait-hint.ts';

/** What an HTTP response says, in whatever form the caller has it. */
export interface ResponseFailure {
  /** The HTTP status. */
  readonly status: number;
  /** Its headers; names in any case. */
  readonly headers?: HeadersLike | undefined;
  /** Its body: text, bytes, or JSON that is already parsed. */
  readonly body?: unknown;
}

/** What a verdict may lean on beside the failure itself. */
export interface ClassifyOptions {
  /** The provider's table; the first of several that knows the code or the status decides. */
  readonly catalog?: Catalog | readonly Catalog[] | undefined;
  /** Epoch milliseconds at which the failure arrived: what dates are counted from. */
  readonly now?: number | undefined;
}

/** Classifies a response by its status, headers and body. Never throws. */
export function classifyFailure(
  failure: ResponseFailure,
  options: ClassifyOptions = {},
): Classification {
  const { status } = failure;
  if (status < 400) return SUCCESS;
  const headers = readHeaders(failure.headers);
  const category: Category =
    status === 429
      ? 'throttle'
      : status === 408 || status === 421 || status === 425 || (status >= 500 && status !== 501)
        ? 'retryable'
        : 'fatal';
  return {
    category,
    errorCode: undefined,
    message: undefined,
    status,
    retryAfterMs: category === 'fatal' ? undefined : waitHint(headers, options.now ?? Date.now()),
    unprocessed: category === 'throttle' || status === 503 || status === 425 || status === 421,
    decidedBy: 'status',
    rule: `status ${status}`,
  };
}
