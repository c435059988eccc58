/**
 * What providers document about their errors, each a table of its own, so that only those that are
 * imported end up in a bundle; `byHost` brings all of them.
 *
 * @module
 */
export { defineCatalog } from './classify/catalog/catalog.ts';
export type {
  Catalog,
  CatalogDefinition,
  CatalogEntry,
  CatalogRule,
  FailureCategory,
} from './classify/catalog/catalog.ts';
export {
  EVENT_STREAMS_DEFAULTS,
  eventStreams,
  type EventStreamsOptions,
} from './classify/streams/event-streams.ts';
export type { StreamReading, StreamTimes } from './classify/streams/stream-reading.ts';
export { AI_STREAM_DEFAULTS } from './catalogs/ai-streams.ts';
export { anthropic } from './catalogs/anthropic.ts';
export { aws } from './catalogs/aws.ts';
export { azure } from './catalogs/azure.ts';
export { byHost } from './catalogs/by-host.ts';
export { cohere } from './catalogs/cohere.ts';
export { discord } from './catalogs/discord.ts';
export { github, githubGraphql } from './catalogs/github.ts';
export { google } from './catalogs/google.ts';
export { graphql } from './catalogs/graphql.ts';
export { groq } from './catalogs/groq.ts';
export { huggingface } from './catalogs/huggingface.ts';
export { kubernetes } from './catalogs/kubernetes.ts';
export { microsoftGraph } from './catalogs/microsoft-graph.ts';
export { mistral } from './catalogs/mistral.ts';
export { ondemand } from './catalogs/ondemand.ts';
export { openai } from './catalogs/openai.ts';
export { openrouter } from './catalogs/openrouter.ts';
export { shopify } from './catalogs/shopify.ts';
export { slack } from './catalogs/slack.ts';
export { stripe } from './catalogs/stripe.ts';
