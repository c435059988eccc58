import { defineCatalog } from '../classify/catalog/catalog.ts';
import { rows } from './rows.ts';

const GRAPHQL = 'Shopify, GraphQL Admin API "Status and error codes"';
const STATUSES = 'Shopify, "Response status and error codes"';

/** Shopify: the GraphQL Admin and Storefront APIs, whose errors come in a 200, and REST. */
export const shopify = defineCatalog({
  name: 'shopify',
  hosts: ['*.myshopify.com'],
  errorBodies: 'in-success',
  idempotencyHeader: false,
  codes: {
    THROTTLED: { category: 'throttle', source: GRAPHQL },
    ...rows('retryable', GRAPHQL, ['INTERNAL_SERVER_ERROR', 'TIMEOUT']),
    ...rows('fatal', GRAPHQL, [
      'ACCESS_DENIED',
      'MAX_COST_EXCEEDED', // the query costs more than the bucket ever holds
      'SHOP_INACTIVE',
      'BAD_REQUEST',
      'undefinedField',
      'argumentLiteralsIncompatible',
      'missingRequiredArguments',
    ]),
  },
  statuses: {
    402: { category: 'fatal', source: `${STATUSES}: the shop is frozen` },
    423: { category: 'fatal', source: `${STATUSES}: the shop is locked` },
    430: { category: 'fatal', source: `${STATUSES}: refused as possibly malicious` },
    540: { category: 'retryable', source: `${STATUSES}: temporarily disabled` },
    783: { category: 'fatal', source: `${STATUSES}: the request is too complex or malformed` },
  },
});
