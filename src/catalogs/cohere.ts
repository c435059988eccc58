import { defineCatalog } from '../classify/catalog/catalog.ts';
import { aiStreams } from './ai-streams.ts';

const GUIDE = 'Cohere, API reference "Errors"';

/**
 * Cohere: no machine codes, only a message, so its statuses speak.
 */
export const cohere = defineCatalog({
  name: 'cohere',
  hosts: ['api.cohere.com', 'api.cohere.ai'],
  idempotencyHeader: false,
  streams: aiStreams,
  statuses: {
    422: { category: 'fatal', source: GUIDE },
    498: { category: 'fatal', source: `${GUIDE}: the token was blocked or is invalid` },
    499: { category: 'retryable', source: `${GUIDE}: the request was cancelled; try it again` },
    501: { category: 'fatal', source: `${GUIDE}: not implemented` },
  },
});
