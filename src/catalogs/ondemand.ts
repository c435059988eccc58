import { defineCatalog } from '../classify/catalog.ts';

/**
 * The OnDemand API: media, plugins, chat and services.
 *
 * Its error contract gives the twelve codes, and documents backoff on 429, 502, 503 and 504 for
 * every method; it also says that the list is not complete, so an unknown code falls back to its
 * status.
 */
export const ondemand = defineCatalog({
  name: 'ondemand',
  hosts: ['api.on-demand.io', '*.on-demand.io'],
  unsafeMethods: 'retry',
  codes: {
    invalid_request: 'fatal', // 400
    context_length_exceeded: 'fatal', // 400, chat
    unauthenticated: 'fatal', // 401
    unauthorized: 'fatal', // 403
    not_found: 'fatal', // 404
    method_not_allowed: 'fatal', // 405
    rate_limit_exceeded: 'throttle', // 429
    server_error: 'retryable', // 500
    model_error: 'retryable', // 500: an unclassified model failure, network errors among them
    bad_gateway: 'retryable', // 502
    resource_unavailable: 'retryable', // 503
    plugin_execution_timeout: 'retryable', // 504: a plugin runs up to 2.5 minutes
  },
});
