import type { Catalog } from '../../src/classify/catalog/catalog.ts';
import * as catalogs from '../../src/catalogs.ts';

/** Which catalog speaks for which provider of the labelled rows. */
export const CATALOG_OF: Readonly<Record<string, Catalog | undefined>> = {
  openai: catalogs.openai,
  anthropic: catalogs.anthropic,
  'google-gemini': catalogs.google,
  'google-rpc': catalogs.google,
  'google-drive': catalogs.google,
  'google-youtube': catalogs.google,
  'google-cloud-storage': catalogs.google,
  'google-bigquery': catalogs.google,
  aws: catalogs.aws,
  azure: catalogs.azure,
  'azure-openai': catalogs.azure,
  github: catalogs.github,
  'github-graphql': catalogs.githubGraphql,
  'github-oauth': catalogs.github,
  'github-models': catalogs.github,
  stripe: catalogs.stripe,
  cohere: catalogs.cohere,
  mistral: catalogs.mistral,
  groq: catalogs.groq,
  huggingface: catalogs.huggingface,
  openrouter: catalogs.openrouter,
  ondemand: catalogs.ondemand,
  replicate: undefined, // no machine codes, and no catalog
};
