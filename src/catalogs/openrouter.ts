import { defineCatalog } from '../classify/catalog/catalog.ts';
import { aiStreams } from './ai-streams.ts';
import { rows } from './rows.ts';

const GUIDE = 'OpenRouter, "Errors and debugging"';
const OPENAPI = 'OpenRouter, OpenAPI description: the error responses';

/**
 * OpenRouter: `error.code` repeats the status; what a provider behind it said stands in
 * `error.metadata`.
 */
export const openrouter = defineCatalog({
  name: 'openrouter',
  hosts: ['openrouter.ai'],
  idempotencyHeader: false,
  streams: aiStreams,
  codes: {
    ...rows('throttle', OPENAPI, ['rate_limit_exceeded', 'provider_overloaded']),
    ...rows('retryable', OPENAPI, [
      'timeout',
      'server',
      'provider_unavailable',
      'edge_network_timeout',
    ]),
    ...rows('fatal', OPENAPI, [
      'authentication',
      'content_policy_violation',
      'context_length_exceeded',
      'invalid_prompt',
      'invalid_request',
      'not_found',
      'payload_too_large',
      'payment_required',
      'permission_denied',
      'unprocessable',
    ]),
  },
  statuses: {
    402: { category: 'fatal', source: `${GUIDE}: out of credits` },
    409: { category: 'retryable', source: `${OPENAPI}: "please try again later"` },
    429: { category: 'throttle', source: GUIDE },
    502: { category: 'retryable', source: `${GUIDE}: the chosen model is down` },
    503: { category: 'retryable', source: `${GUIDE}: no provider meets the routing requirements` },
    524: { category: 'retryable', source: `${OPENAPI}: the edge timed out` },
    529: { category: 'throttle', source: `${OPENAPI}: the provider is overloaded` },
  },
});
