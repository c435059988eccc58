import { defineCatalog } from '../classify/catalog/catalog.ts';
import { aiStreams } from './ai-streams.ts';
import { rows } from './rows.ts';

const GLOSSARY = 'Mistral, "Error glossary"';
const WORKFLOWS = 'Mistral, workflows "Error codes"';

/** Mistral: numbers in `code`, words in `type`, and `WF_…` codes of its workflows. */
export const mistral = defineCatalog({
  name: 'mistral',
  hosts: ['api.mistral.ai', 'codestral.mistral.ai'],
  idempotencyHeader: false,
  streams: aiStreams,
  codes: {
    ...rows('throttle', GLOSSARY, [
      '1300',
      '3505',
      'rate_limited',
      'rate_limit_error',
      'service_tier_capacity_exceeded',
    ]),
    ...rows('retryable', GLOSSARY, ['1000', 'internal_server_error']),
    server_error: [
      {
        category: 'throttle',
        phrases: ['overloaded'],
        source: `${GLOSSARY}: 503 while temporarily overloaded`,
      },
      { category: 'retryable', source: GLOSSARY },
    ],
    ...rows('fatal', GLOSSARY, [
      'authentication_error',
      'invalid_request_error',
      'invalid_request_message_order',
      'unknown_model',
    ]),
    ...rows('retryable', WORKFLOWS, [
      'WF_1103', // the request timed out
      'WF_1200', // the workspace is still being set up
    ]),
    ...rows('fatal', WORKFLOWS, [
      'WF_1101', // already started
      'WF_1102', // not running
      'WF_1302', // no codec for the payload, in spite of the 500
    ]),
  },
});
