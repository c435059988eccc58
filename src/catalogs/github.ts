import { defineCatalog } from '../classify/catalog/catalog.ts';
import { rows } from './rows.ts';

const REST_LIMITS = 'GitHub, "Rate limits for the REST API"';
const GRAPHQL_LIMITS = 'GitHub, "Rate limits and query limits for the GraphQL API"';
const GRAPHQL = 'GitHub, "Forming calls with GraphQL"';
const DEVICE = 'GitHub, "Authorizing OAuth apps", device flow; RFC 8628 section 3.5';
const MODELS = 'GitHub Models, "Rate limits"';

/**
 * GitHub's REST API, its OAuth device flow and GitHub Models.
 *
 * REST errors have no code: both rate limits answer 403 or 429 and are told from a missing
 * permission by their words (and by `x-ratelimit-remaining`, which needs no catalog).
 */
export const github = defineCatalog({
  name: 'github',
  hosts: [
    'api.github.com',
    'github.com',
    'uploads.github.com',
    'models.github.ai',
    'models.inference.ai.azure.com',
  ],
  idempotencyHeader: false,
  codes: {
    ...rows('throttle', GRAPHQL_LIMITS, ['RATE_LIMITED', 'RATE_LIMIT', 'graphql_rate_limit']),
    ...rows('fatal', GRAPHQL_LIMITS, [
      'MAX_NODE_LIMIT_EXCEEDED',
      'RESOURCE_LIMITS_EXCEEDED',
      'EXCESSIVE_PAGINATION',
    ]),
    ...rows('fatal', GRAPHQL, [
      'FORBIDDEN',
      'INSUFFICIENT_SCOPES',
      'NOT_FOUND',
      'UNPROCESSABLE',
      'VALIDATION',
      'undefinedField',
      'argumentLiteralsIncompatible',
      'missingRequiredArguments',
    ]),
    ...rows('retryable', GRAPHQL, ['INTERNAL', 'SERVICE_UNAVAILABLE', 'STALE_DATA']),
    slow_down: { category: 'throttle', source: DEVICE },
    authorization_pending: { category: 'retryable', source: DEVICE },
    ...rows('fatal', DEVICE, [
      'access_denied',
      'bad_verification_code',
      'device_flow_disabled',
      'expired_token',
      'incorrect_client_credentials',
      'incorrect_device_code',
      'unsupported_grant_type',
    ]),
    RateLimitReached: { category: 'throttle', source: MODELS },
  },
  statuses: {
    200: {
      category: 'retryable',
      phrases: ['something went wrong while executing your query'],
      source: 'Octokit retries this 200 as a server error: a timeout, or a fault of GitHub',
    },
    403: {
      category: 'throttle',
      phrases: ['rate limit exceeded', 'exceeded a secondary rate limit', 'abuse detection'],
      source: REST_LIMITS,
    },
  },
});

/** GitHub's GraphQL API: the same, with errors in a 200. */
export const githubGraphql = defineCatalog({
  name: 'github-graphql',
  extends: github,
  errorBodies: 'in-success',
});
