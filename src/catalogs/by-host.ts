import type { Catalog } from '../classify/catalog/catalog.ts';
import { anthropic } from './anthropic.ts';
import { aws } from './aws.ts';
import { azure } from './azure.ts';
import { cohere } from './cohere.ts';
import { discord } from './discord.ts';
import { github, githubGraphql } from './github.ts';
import { google } from './google.ts';
import { graphql } from './graphql.ts';
import { groq } from './groq.ts';
import { hostLookup, type CatalogLookup } from './host-lookup.ts';
import { huggingface } from './huggingface.ts';
import { kubernetes } from './kubernetes.ts';
import { microsoftGraph } from './microsoft-graph.ts';
import { mistral } from './mistral.ts';
import { ondemand } from './ondemand.ts';
import { openai } from './openai.ts';
import { openrouter } from './openrouter.ts';
import { shopify } from './shopify.ts';
import { slack } from './slack.ts';
import { stripe } from './stripe.ts';

/** Every catalog, in the order of the documentation. */
export const allCatalogs: readonly Catalog[] = Object.freeze([
  ondemand,
  openai,
  anthropic,
  google,
  aws,
  azure,
  github,
  githubGraphql,
  stripe,
  cohere,
  mistral,
  groq,
  huggingface,
  openrouter,
  slack,
  discord,
  shopify,
  microsoftGraph,
  kubernetes,
  graphql,
]);

/**
 * The catalog of the provider that answers at this address, by its host; `undefined` where none is
 * known. A more specific host goes before a wider one (`models.inference.ai.azure.com` is GitHub's,
 * `*.azure.com` Azure's).
 *
 * It brings all catalogs into a bundle. Cheap enough for every request: a host is looked up once
 * and then remembered.
 *
 * @example
 * const fetch = resilientFetch(globalThis.fetch, { catalog: byHost });
 */
export const byHost: CatalogLookup = hostLookup(allCatalogs, (catalog, pathname) =>
  // One host, two APIs: only GraphQL's successes need to be read.
  catalog === github && pathname === '/graphql' ? githubGraphql : catalog,
);
