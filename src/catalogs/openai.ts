import { defineCatalog } from '../classify/catalog/catalog.ts';
import { aiStreams } from './ai-streams.ts';
import { rows } from './rows.ts';

const GUIDE = 'OpenAI, guide "Error codes"';
const REFERENCE = 'OpenAI, API reference: ResponseErrorCode';
const SDK = 'openai-node: what its client retries by itself';

/**
 * OpenAI.
 *
 * A 429 is two different things: a rate (come back later) and a spent quota or budget (pay first).
 * A rate limit that one request exceeds alone is told apart in the message only.
 */
export const openai = defineCatalog({
  name: 'openai',
  hosts: ['api.openai.com', '*.api.openai.com'],
  idempotencyHeader: false,
  streams: aiStreams,
  codes: {
    ...rows('fatal', GUIDE, [
      'insufficient_quota',
      'credit_balance_exhausted',
      'project_spend_limit_exceeded',
      'organization_spend_limit_exceeded',
      'billing_hard_limit_reached',
      'billing_not_active',
      'invalid_api_key',
      'invalid_organization',
      'mismatched_organization',
      'ip_not_authorized',
      'account_deactivated',
      'unsupported_country_region_territory',
      'model_not_found',
      'context_length_exceeded',
      'authentication_error',
      'permission_error',
      'not_found_error',
    ]),
    ...rows('fatal', REFERENCE, [
      'invalid_prompt',
      'invalid_image',
      'invalid_image_format',
      'invalid_base64_image',
      'invalid_image_url',
      'image_too_large',
      'image_too_small',
      'image_parse_error',
      'image_content_policy_violation',
      'invalid_image_mode',
      'image_file_too_large',
      'unsupported_image_media_type',
      'empty_image_file',
      'failed_to_download_image',
      'image_file_not_found',
      'content_policy_violation',
      'moderation_blocked',
    ]),
    ...rows('fatal', 'OpenAI, API reference: request validation', [
      'missing_required_parameter',
      'unknown_parameter',
      'unsupported_parameter',
      'unsupported_value',
      'invalid_type',
      'invalid_value',
      'string_above_max_length',
      'previous_response_not_found',
    ]),
    rate_limit_exceeded: [
      {
        category: 'fatal',
        phrases: ['request too large', 'tokens must be reduced'],
        source: `${GUIDE}: one request above the whole limit never fits`,
      },
      { category: 'throttle', source: GUIDE },
    ],
    ...rows('throttle', GUIDE, ['requests', 'tokens', 'slow_down', 'rate_limit_error']),
    ...rows('throttle', `${GUIDE}: "the engine is currently overloaded"`, [
      'engine_overloaded',
      'engine_overloaded_error',
    ]),
    ...rows('retryable', GUIDE, ['server_error', 'service_unavailable_error']),
    ...rows('retryable', REFERENCE, ['vector_store_timeout']),
    ...rows('retryable', SDK, ['api_error', 'timeout_error']),
    // The same type goes with every 4xx; on a 409 the SDK tries again.
    invalid_request_error: [
      { category: 'retryable', statuses: [409], source: SDK },
      { category: 'fatal', statuses: [400, 401, 403, 404, 413, 415, 422], source: GUIDE },
    ],
  },
  statuses: {
    409: { category: 'retryable', source: SDK },
  },
});
