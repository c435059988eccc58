import type { Reason } from './statuses.ts';

/** Why each header field is read, and who sends it. */
export const HEADER_REASONS: Readonly<Record<string, Reason>> = {
  'x-should-retry': [
    'the server answers outright whether to retry',
    'OpenAI, Anthropic and every SDK made by Stainless',
  ],
  'stripe-should-retry': [
    'the server answers outright whether to retry',
    'Stripe: set where its idempotency layer knows',
  ],
  'transient-error': [
    'the server says that the failure passes',
    'no public documentation: the name leaves no other meaning',
  ],
  'grpc-retry-pushback-ms': ['a negative or unreadable pushback forbids the retry', 'gRFC A6'],
  'cf-mitigated': ['the challenge asks for a person at a browser', 'Cloudflare'],
  'retry-after': ['it says when to come back', 'RFC 9110 §10.2.3'],
  'retry-after-ms': ['it says when to come back', 'OpenAI, Azure OpenAI'],
  'x-ms-retry-after-ms': ['it says when to come back', 'Azure Cosmos DB, Azure SDKs'],
  'x-amz-retry-after': ['it says when to come back', 'AWS SDKs'],
  'x-retry-after': ['it says when to come back', 'gateways'],
  'x-ratelimit-retry-after': ['it says when to come back', 'Etsy, Help Scout, gateways'],
  'x-rate-limit-retry-after-seconds': ['it says when to come back', 'Bucket4j gateways'],
  'x-ratelimit-reset-after': ['it says when to come back', 'Discord'],
  'x-amzn-query-error': ['it holds the older code, then whose fault it was', 'AWS'],
  'x-amzn-errortype': ['it holds the code; a URL may follow', 'AWS REST-JSON'],
  'x-ms-error-code': ['it holds the code, also where a HEAD has no body', 'Azure Storage'],
  'x-error-code': ['it holds the code', 'Hugging Face'],
  'x-ms-copy-source-error-code': ['it holds the code of the cause', 'Azure Storage'],
  'stripe-rate-limited-reason': ['it holds the code of the cause', 'Stripe'],
  'x-error-message': ['it holds the message', 'Hugging Face'],
  'x-ms-error-message': ['it holds the message', 'Azure'],
  'grpc-message': ['it holds the message', 'gRPC over HTTP/2'],
};
