import type { Catalog } from '../classify/catalog/catalog.ts';
import { rows } from './rows.ts';

const CONTRACT = 'OnDemand, API reference "Errors"';

const CODES = Object.freeze({
  ...rows('fatal', CONTRACT, [
    'invalid_request', // 400
    'context_length_exceeded', // 400, chat
    'unauthenticated', // 401
    'unauthorized', // 403
    'not_found', // 404
    'method_not_allowed', // 405
  ]),
  ...rows('throttle', CONTRACT, ['rate_limit_exceeded']), // 429
  ...rows('retryable', CONTRACT, [
    'server_error', // 500
    'model_error', // 500: an unclassified model failure, network errors and timeouts among them
    'bad_gateway', // 502
    'resource_unavailable', // 503
    'plugin_execution_timeout', // 504: a plugin runs up to 2.5 minutes
  ]),
});

/**
 * The error contract of the OnDemand API, which gives twelve codes, and documents backoff on 429, 502, 503 and 504 for every method; it also
 * says that the list is not complete, so an unknown code falls back to its status.
 *
 * Written out, without `defineCatalog` and without the reading of streams: it stands in the small table
 * that every fetch carries.
 */
export const ondemandContract: Catalog<keyof typeof CODES> = Object.freeze({
  name: 'ondemand',
  hosts: Object.freeze(['api.on-demand.io', '*.on-demand.io']),
  codes: CODES,
  statuses: Object.freeze({}),
  errorBodies: 'in-failure',
  unsafeMethods: 'retry',
  idempotencyHeader: false,
});
