import { defineCatalog } from '../classify/catalog/catalog.ts';
import { rows } from './rows.ts';

const APOLLO = 'Apollo Server, "Error handling": built-in codes';
const ROUTER = 'Apollo Router, error codes of its extensions';
const CONVENTION = 'what GraphQL servers commonly put into extensions.code';

/**
 * Any GraphQL API: looks into 2xx bodies for `errors`, and knows the codes that servers share.
 *
 * Extend it with a server's own codes: `defineCatalog({ name, extends: graphql, codes: { … } })`.
 */
export const graphql = defineCatalog({
  name: 'graphql',
  errorBodies: 'in-success',
  codes: {
    ...rows('throttle', CONVENTION, [
      'RATE_LIMITED',
      'RATE_LIMIT_EXCEEDED',
      'RATELIMITED',
      'THROTTLED',
      'TOO_MANY_REQUESTS',
    ]),
    ...rows('throttle', ROUTER, ['REQUEST_RATE_LIMITED']),
    ...rows('retryable', APOLLO, ['INTERNAL_SERVER_ERROR']),
    ...rows('retryable', ROUTER, [
      'DOWNSTREAM_SERVICE_ERROR',
      'GATEWAY_TIMEOUT',
      'REQUEST_TIMEOUT',
      'SUBREQUEST_HTTP_ERROR',
    ]),
    ...rows('retryable', CONVENTION, ['SERVICE_UNAVAILABLE', 'TIMEOUT']),
    ...rows('fatal', APOLLO, [
      'BAD_REQUEST',
      'BAD_USER_INPUT',
      'GRAPHQL_PARSE_FAILED',
      'GRAPHQL_VALIDATION_FAILED',
      'OPERATION_RESOLUTION_FAILURE',
      'PERSISTED_QUERY_NOT_FOUND', // the client sends the whole query next, not the same again
      'PERSISTED_QUERY_NOT_SUPPORTED',
    ]),
    ...rows('fatal', CONVENTION, [
      'COST_LIMIT_EXCEEDED',
      'FORBIDDEN',
      'MAX_COST_EXCEEDED',
      'NOT_FOUND',
      'QUERY_TOO_COMPLEX',
      'UNAUTHENTICATED',
      'UNAUTHORIZED',
    ]),
  },
});
