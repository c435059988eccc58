import { defineCatalog } from '../classify/catalog/catalog.ts';
import { aiStreams } from './ai-streams.ts';
import { rows } from './rows.ts';

const HUB = 'huggingface_hub: the X-Error-Code values that it knows';
const TGI = 'text-generation-inference: error types';
const OAUTH = 'RFC 6749 section 5.2';

/** Hugging Face: the Hub, Inference Providers, and text-generation-inference servers. */
export const huggingface = defineCatalog({
  name: 'huggingface',
  hosts: [
    'huggingface.co',
    'router.huggingface.co',
    'api-inference.huggingface.co',
    'api.endpoints.huggingface.cloud',
    '*.endpoints.huggingface.cloud',
  ],
  idempotencyHeader: false,
  streams: aiStreams,
  codes: {
    ...rows('fatal', HUB, [
      'DisabledRepo',
      'EntryNotFound',
      'GatedRepo',
      'RepoNotFound',
      'RevisionNotFound',
    ]),
    overloaded: { category: 'throttle', source: TGI },
    ...rows('retryable', `${TGI}: the backend failed while it generated`, [
      'generation',
      'incomplete_generation',
    ]),
    ...rows('fatal', TGI, ['validation', 'template_error', 'tool_error']),
    authorization_pending: { category: 'retryable', source: 'RFC 8628 section 3.5' },
    slow_down: { category: 'throttle', source: 'RFC 8628 section 3.5' },
    ...rows('fatal', OAUTH, [
      'access_denied',
      'expired_token',
      'invalid_client',
      'invalid_grant',
      'invalid_request',
      'invalid_scope',
      'unauthorized_client',
      'unsupported_grant_type',
    ]),
  },
  statuses: {
    503: { category: 'retryable', source: 'Inference: the model is loading or busy' },
  },
});
