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

/** As many hosts as are remembered; the oldest leaves. */
const MAX_REMEMBERED = 500;

let index: ReadonlyMap<string, Catalog> | undefined;
const remembered = new Map<string, Catalog | undefined>();

/**
 * The catalog of the provider that answers at this address, by its host; `undefined` where none is
 * known. A more specific host goes before a wider one (`models.inference.ai.azure.com` is GitHub's,
 * `*.azure.com` Azure's).
 *
 * Cheap enough for every request: a host is looked up once and then remembered.
 */
export function catalogFor(url: string | URL): Catalog | undefined {
  const parsed = typeof url === 'string' ? parse(url) : url;
  if (parsed === undefined) return undefined;
  const catalog = catalogOfHost(parsed.hostname);
  // One host, two APIs: only GraphQL's successes need to be read.
  return catalog === github && parsed.pathname === '/graphql' ? githubGraphql : catalog;
}

// What most programs write; five times faster than parsing.
const PLAIN = /^https?:\/\/([a-z0-9.-]+)(\/[^?#]*)?(?=[?#]|$)/;

function parse(url: string): Pick<URL, 'hostname' | 'pathname'> | undefined {
  const plain = PLAIN.exec(url);
  if (plain) return { hostname: plain[1] ?? '', pathname: plain[2] ?? '/' };
  return URL.canParse(url) ? new URL(url) : undefined;
}

function catalogOfHost(name: string): Catalog | undefined {
  // A name may end in the dot of the root.
  const host = name.endsWith('.') ? name.slice(0, -1) : name;
  if (remembered.has(host)) return remembered.get(host);
  const catalog = find(host);
  if (remembered.size >= MAX_REMEMBERED) {
    for (const oldest of remembered.keys()) {
      remembered.delete(oldest);
      break;
    }
  }
  remembered.set(host, catalog);
  return catalog;
}

function find(host: string): Catalog | undefined {
  index ??= indexByHost();
  const exact = index.get(host);
  if (exact !== undefined) return exact;
  // The longest suffix first: a.b.c asks for *.b.c, then for *.c.
  for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
    const catalog = index.get(`*${host.slice(dot)}`);
    if (catalog !== undefined) return catalog;
  }
  return undefined;
}

// The first catalog that names a host keeps it: githubGraphql extends github with all its hosts.
function indexByHost(): ReadonlyMap<string, Catalog> {
  const byHost = new Map<string, Catalog>();
  for (const catalog of allCatalogs) {
    for (const host of catalog.hosts) {
      if (!byHost.has(host)) byHost.set(host, catalog);
    }
  }
  return byHost;
}
