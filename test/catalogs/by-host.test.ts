import { describe, expect, test } from '@jest/globals';
import { byHost } from '../../src/catalogs.ts';
import { allCatalogs } from '../../src/catalogs/by-host.ts';

describe('byHost', () => {
  test.each([
    ['https://api.on-demand.io/chat/v1/sessions', 'ondemand'],
    ['https://api.openai.com/v1/responses', 'openai'],
    ['https://eu.api.openai.com/v1/responses', 'openai'],
    ['https://api.anthropic.com/v1/messages', 'anthropic'],
    ['https://generativelanguage.googleapis.com/v1beta/models', 'google'],
    ['https://www.googleapis.com/drive/v3/files', 'google'],
    ['https://dynamodb.eu-central-1.amazonaws.com/', 'aws'],
    ['https://bucket.s3.us-east-1.amazonaws.com/key', 'aws'],
    ['https://s3.cn-north-1.amazonaws.com.cn/bucket', 'aws'],
    ['https://management.azure.com/subscriptions', 'azure'],
    ['https://mine.openai.azure.com/openai/deployments', 'azure'],
    ['https://account.blob.core.windows.net/container', 'azure'],
    ['https://models.inference.ai.azure.com/chat/completions', 'github'],
    ['https://api.github.com/repos/a/b', 'github'],
    ['https://api.github.com/graphql', 'github-graphql'],
    ['https://api.stripe.com/v1/charges', 'stripe'],
    ['https://api.cohere.com/v2/chat', 'cohere'],
    ['https://api.mistral.ai/v1/chat/completions', 'mistral'],
    ['https://api.groq.com/openai/v1/chat/completions', 'groq'],
    ['https://router.huggingface.co/v1/chat/completions', 'huggingface'],
    ['https://openrouter.ai/api/v1/chat/completions', 'openrouter'],
    ['https://slack.com/api/chat.postMessage', 'slack'],
    ['https://discord.com/api/v10/channels/1', 'discord'],
    ['https://mine.myshopify.com/admin/api/2026-01/graphql.json', 'shopify'],
    ['https://graph.microsoft.com/v1.0/me', 'microsoft-graph'],
    ['https://kubernetes.default.svc/api/v1/pods', 'kubernetes'],
  ])('%s is %s', (url, name) => {
    expect(byHost(url)?.name).toBe(name);
    expect(byHost(new URL(url))?.name).toBe(name);
  });

  test('knows no catalog for a host that nobody documented', () => {
    expect(byHost('https://api.example.com/')).toBeUndefined();
    expect(byHost('http://127.0.0.1:8080/')).toBeUndefined();
  });

  test('does not take a suffix of a name, or the bare domain, for a subdomain', () => {
    expect(byHost('https://notapi.openai.com.evil.test/')).toBeUndefined();
    expect(byHost('https://evilgoogleapis.com/')).toBeUndefined();
    expect(byHost('https://googleapis.com/')).toBeUndefined();
    expect(byHost('https://xapi.openai.com/')).toBeUndefined();
  });

  test('reads a host in any case, with a port, with user information and with the dot of the root', () => {
    expect(byHost('HTTPS://API.OpenAI.com:443/v1')?.name).toBe('openai');
    expect(byHost('https://user:pass@api.openai.com/')?.name).toBe('openai');
    expect(byHost('https://api.openai.com./v1')?.name).toBe('openai');
  });

  test('never throws: what is no address has no catalog', () => {
    for (const url of ['', 'api.openai.com', '/v1/responses', 'http://[', 'data:,']) {
      expect(byHost(url)).toBeUndefined();
    }
  });

  test('gives the same catalog again and again, for more hosts than it remembers', () => {
    for (let round = 0; round < 2; round += 1) {
      for (let n = 0; n < 1_200; n += 1) {
        expect(byHost(`https://shop${n}.myshopify.com/`)?.name).toBe('shopify');
      }
    }
  });

  test('finds every catalog by each of its hosts', () => {
    for (const catalog of allCatalogs) {
      for (const host of catalog.hosts) {
        const found = byHost(`https://${host.replace('*', 'some')}/`);
        // githubGraphql shares the hosts of github, and is chosen by its path.
        expect(catalog.name.startsWith(found?.name ?? 'nothing')).toBe(true);
      }
    }
  });
});
