import { defineCatalog } from '../classify/catalog/catalog.ts';
import { aiStreams } from './ai-streams.ts';
import { rows } from './rows.ts';

const GUIDE = 'Groq, "Error codes"';
const LIMITS = 'Groq, "Rate limits"';
const SDK = 'groq-sdk: what its client retries by itself';

/** Groq: OpenAI's shapes, and a 498 of its own for the flex tier. */
export const groq = defineCatalog({
  name: 'groq',
  hosts: ['api.groq.com'],
  idempotencyHeader: false,
  streams: aiStreams,
  codes: {
    rate_limit_exceeded: [
      { category: 'fatal', statuses: [413], source: `${LIMITS}: larger than the whole limit` },
      { category: 'throttle', source: LIMITS },
    ],
    ...rows('throttle', 'Groq, "Flex processing"', ['capacity_exceeded']),
    ...rows('throttle', LIMITS, ['requests', 'tokens']),
    ...rows('retryable', GUIDE, ['internal_server_error', 'service_unavailable']),
    ...rows('fatal', GUIDE, [
      'context_length_exceeded',
      'invalid_api_key',
      'json_validate_failed',
      'model_decommissioned',
      'model_not_found',
      'tool_use_failed', // the prompt or the temperature should change first
    ]),
    invalid_request_error: [
      { category: 'retryable', statuses: [409], source: SDK },
      { category: 'fatal', source: GUIDE },
    ],
  },
  statuses: {
    409: { category: 'retryable', source: SDK },
    498: { category: 'throttle', source: `${GUIDE}: the flex tier is at its capacity` },
  },
});
