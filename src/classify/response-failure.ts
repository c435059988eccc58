import type { Classification } from '../core/classification.ts';
import { SUCCESS } from '../core/classification.ts';
import { readErrorBody } from './body/error-body.ts';
import { classifyReading } from './failure-reading.ts';
import type { Catalogs } from './evidence.ts';
import { readHeaders } from './headers/response-headers.ts';
import type { HeadersLike } from './headers/response-headers.ts';
import { read } from './untrusted.ts';

/** The parts of an HTTP response, in the form that the caller has. */
export interface ResponseFailure {
  /** The HTTP status. */
  readonly status: number;
  /** Its headers; names in any case. */
  readonly headers?: HeadersLike | undefined;
  /** Its body: text, bytes, or JSON that is already parsed. */
  readonly body?: unknown;
}

/** The knowledge beside the failure itself. */
export interface ClassifyOptions {
  /** The provider's table; the first of several that knows the code or the status decides. */
  readonly catalog?: Catalogs | undefined;
  /** Epoch milliseconds at which the failure arrived: what dates are counted from. */
  readonly now?: number | undefined;
}

/**
 * Classifies a response by its status, headers and body. Never throws.
 *
 * A status below 400 is a success, unless the body that is given with it is unmistakably an error.
 */
export function classifyFailure(
  failure: ResponseFailure,
  options: ClassifyOptions = {},
): Classification {
  const status = statusOf(read(failure, 'status'));
  const succeeded = status >= 100 && status < 400;
  const mayHoldError = status >= 200 && status < 300;
  const given = read(failure, 'body');
  if (succeeded && (!mayHoldError || given == null)) return SUCCESS;
  const body = readErrorBody(given);
  if (succeeded && !body.isError) return SUCCESS;
  return classifyReading(status, readHeaders(read(failure, 'headers')), body, options);
}

/** A status may come as text from programs that log or pass errors on. NaN is none. */
function statusOf(status: unknown): number {
  if (typeof status === 'number') return status;
  return typeof status === 'string' && /^\d{3}$/.test(status) ? Number(status) : Number.NaN;
}
