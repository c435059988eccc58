/** The machine codes that the OnDemand API documents ("though not limited to these"). */
export type OndemandErrorCode =
  | 'invalid_request'
  | 'context_length_exceeded'
  | 'unauthenticated'
  | 'unauthorized'
  | 'not_found'
  | 'method_not_allowed'
  | 'rate_limit_exceeded'
  | 'server_error'
  | 'model_error'
  | 'bad_gateway'
  | 'resource_unavailable'
  | 'plugin_execution_timeout';

/** One row of the OnDemand error table, as the server sends it. */
export interface OndemandError {
  readonly status: number;
  readonly message: string;
}

/**
 * The status and a plausible message of every documented OnDemand error, written from its error
 * table and not from holdfast's own catalog: a test that compares the two proves something.
 */
export const ONDEMAND_ERRORS: Readonly<Record<OndemandErrorCode, OndemandError>> = Object.freeze({
  invalid_request: { status: 400, message: 'Input params are missing or invalid' },
  context_length_exceeded: {
    status: 400,
    message: 'The query is longer than the context of the model',
  },
  unauthenticated: { status: 401, message: 'The API key is missing or invalid' },
  unauthorized: { status: 403, message: 'The API key may not use this resource' },
  not_found: { status: 404, message: 'The requested resource does not exist' },
  method_not_allowed: { status: 405, message: 'The resource does not support this method' },
  rate_limit_exceeded: { status: 429, message: 'Too many requests, slow down' },
  server_error: { status: 500, message: 'The server had an error, try again' },
  model_error: { status: 500, message: 'The model failed to answer' },
  bad_gateway: { status: 502, message: 'The upstream server gave an invalid answer' },
  resource_unavailable: { status: 503, message: 'The resource is unavailable for now' },
  plugin_execution_timeout: { status: 504, message: 'The plugin did not finish in time' },
});

/** Every documented OnDemand error code, in the order of the table. */
export const ONDEMAND_ERROR_CODES = Object.freeze(
  Object.keys(ONDEMAND_ERRORS),
) as readonly OndemandErrorCode[];

/**
 * How an OnDemand error body is wrapped: its documentation shows `{ message, errorCode }` and
 * says that errors come in an `error` object, so clients have to read both.
 */
export type OndemandEnvelope = 'flat' | 'nested';

/**
 * The JSON text of an OnDemand error body.
 *
 * @example
 * const body = ondemandErrorBody('invalid_request', 'Input params are missing or invalid');
 */
export function ondemandErrorBody(
  errorCode: string | undefined,
  message: string,
  envelope: OndemandEnvelope = 'flat',
): string {
  const error = { message, errorCode };
  return JSON.stringify(envelope === 'nested' ? { error } : error);
}
