import { defineCatalog } from '../classify/catalog/catalog.ts';
import { aiStreams } from './ai-streams.ts';
import { rows } from './rows.ts';

const GUIDE = 'Anthropic, API reference "Errors"';
const TYPES = '@anthropic-ai/sdk: the documented error_code of each error type';

/**
 * Anthropic.
 *
 * `error.type` is the kind, `error.details.error_code` the precise code; a 429 with a spend limit
 * in it does not pass by waiting, and some 400s do.
 */
export const anthropic = defineCatalog({
  name: 'anthropic',
  hosts: ['api.anthropic.com'],
  idempotencyHeader: false,
  streams: aiStreams,
  codes: {
    ...rows('fatal', GUIDE, [
      'authentication_error',
      'billing_error',
      'permission_error',
      'not_found_error',
      'request_too_large',
      'invalid_request_error',
    ]),
    ...rows('throttle', GUIDE, ['rate_limit_error', 'overloaded_error']),
    ...rows('retryable', GUIDE, ['api_error', 'timeout_error']),
    ramp_limit_exceeded: {
      category: 'throttle',
      source: `${TYPES}: retry after the header's time`,
    },
    ...rows('fatal', `${TYPES}: a limit on spending, not on the rate`, [
      'contract_spend_limit_reached',
      'enforced_spend_limit_reached',
      'linked_organization_spend_limit_reached',
      'linked_organization_billing_unavailable',
    ]),
    ...rows('fatal', `${TYPES}: the account or its key must change first`, [
      'organization_on_hold',
      'cmek_key_disabled',
      'cmek_key_network_blocked',
      'external_key_validation_failed',
      'request_body_timeout', // "send a smaller body"
      'plugin_name_taken',
      'skill_name_taken',
      'thread_already_continued',
      'thread_not_found',
    ]),
    ...rows('retryable', `${TYPES}: "retry the request"`, [
      'cmek_key_unreachable',
      'cmek_context_unavailable',
      'compaction_unavailable',
      'concurrent_membership_change',
      'external_key_changed',
      'external_key_validation_timed_out',
      'scan_pending',
    ]),
  },
  statuses: {
    529: { category: 'throttle', source: `${GUIDE}: overloaded` },
  },
});
