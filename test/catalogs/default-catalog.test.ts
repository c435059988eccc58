import { describe, expect, test } from '@jest/globals';
import { allCatalogs } from '../../src/catalogs/by-host.ts';
import { DEFAULT_CATALOGS, defaultCatalog } from '../../src/catalogs/default-catalog.ts';
import { ondemandContract } from '../../src/catalogs/ondemand-contract.ts';
import { ondemand } from '../../src/catalogs/ondemand.ts';
import { defineCatalog } from '../../src/classify/catalog/catalog.ts';

describe('the catalog of a fetch that is given none', () => {
  test('is there for every provider whose errors come in a 2xx or whose POSTs back off', () => {
    const needed = allCatalogs.filter(
      ({ hosts, errorBodies, unsafeMethods }) =>
        hosts.length > 0 && (errorBodies === 'in-success' || unsafeMethods === 'retry'),
    );
    expect(DEFAULT_CATALOGS.map(({ name }) => name).toSorted()).toEqual(
      needed.map(({ name }) => name).toSorted(),
    );
    for (const { name, errorBodies, unsafeMethods, idempotencyHeader } of needed) {
      const small = DEFAULT_CATALOGS.find((one) => one.name === name);
      expect(small).toMatchObject({ errorBodies, unsafeMethods, idempotencyHeader });
    }
  });

  test.each([
    ['https://api.on-demand.io/chat/v1/sessions', 'ondemand'],
    ['https://gateway.on-demand.io/chat/v1/sessions', 'ondemand'],
    ['https://slack.com/api/chat.postMessage', 'slack'],
    ['https://mine.myshopify.com/admin/api/2026-01/graphql.json', 'shopify'],
    ['https://api.github.com/graphql', 'github-graphql'],
  ])('%s is %s', (url, name) => {
    expect(defaultCatalog(url)?.name).toBe(name);
    expect(defaultCatalog(new URL(url))?.name).toBe(name);
  });

  test('is none for every other host: the general rules read those', () => {
    for (const url of [
      'https://api.openai.com/v1/responses',
      'https://api.stripe.com/v1/charges',
      'https://dynamodb.eu-central-1.amazonaws.com/',
      'https://api.github.com/repos/a/b',
      'https://api.example.com/',
      'http://127.0.0.1:8080/',
      'no address',
    ]) {
      expect(defaultCatalog(url)).toBeUndefined();
    }
  });

  test('has the hosts of the whole catalogs', () => {
    for (const small of DEFAULT_CATALOGS) {
      const whole = allCatalogs.find(({ name }) => name === small.name);
      for (const host of small.hosts) expect(whole?.hosts).toContain(host);
      // Only one of GitHub's hosts speaks GraphQL.
      if (small.name !== 'github-graphql') expect(small.hosts).toEqual(whole?.hosts);
    }
  });

  test('has the error contract of ondemand, without the reading of its streams', () => {
    expect(DEFAULT_CATALOGS).toContain(ondemandContract);
    // The reading would be in every bundle: docs/decisions/streams-are-carried.md.
    expect(ondemandContract).not.toHaveProperty('streams');
    const { streams, ...contract } = ondemand;
    expect(streams).toBeDefined();
    expect(contract).toEqual(ondemandContract);
  });

  test('has the catalog of ondemand as defineCatalog would make it', () => {
    const made = defineCatalog({ ...ondemand });
    expect({ ...made, codes: { ...made.codes }, statuses: { ...made.statuses } }).toEqual(ondemand);
    expect(Object.isFrozen(ondemand)).toBe(true);
  });
});
