import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Catalog, CatalogRule } from '../../src/classify/catalog/catalog.ts';
import * as entry from '../../src/catalogs.ts';
import { allCatalogs } from '../../src/catalogs/by-host.ts';

function rulesOf(catalog: Catalog): readonly CatalogRule[] {
  return [...Object.values(catalog.codes), ...Object.values(catalog.statuses)].flatMap((row) =>
    typeof row === 'string' ? [{ category: row }] : row,
  ) as readonly CatalogRule[];
}

describe('the catalogs', () => {
  test('are all exported from the entry point, and all known to byHost', () => {
    const exported = Object.values(entry).filter(
      (one) => typeof one === 'object' && 'codes' in one,
    );
    expect(new Set(exported)).toEqual(new Set(allCatalogs));
  });

  test('have names of their own', () => {
    expect(new Set(allCatalogs.map(({ name }) => name)).size).toBe(allCatalogs.length);
  });

  test.each(allCatalogs.map((one) => [one.name, one] as const))(
    '%s says of every rule where it comes from',
    (_name, catalog) => {
      expect(rulesOf(catalog).filter(({ source }) => !source)).toEqual([]);
      expect(rulesOf(catalog).length).toBeGreaterThan(0);
    },
  );

  test('ondemand knows the twelve codes of its contract, and backs off on every method', () => {
    expect(
      Object.fromEntries(
        Object.entries(entry.ondemand.codes).map(([code, row]) => [
          code,
          (row as CatalogRule).category,
        ]),
      ),
    ).toEqual({
      invalid_request: 'fatal',
      context_length_exceeded: 'fatal',
      unauthenticated: 'fatal',
      unauthorized: 'fatal',
      not_found: 'fatal',
      method_not_allowed: 'fatal',
      rate_limit_exceeded: 'throttle',
      server_error: 'retryable',
      model_error: 'retryable',
      bad_gateway: 'retryable',
      resource_unavailable: 'retryable',
      plugin_execution_timeout: 'retryable',
    });
    expect(entry.ondemand.unsafeMethods).toBe('retry');
  });

  test('only APIs that put errors into a 2xx have their successes read', () => {
    const read = allCatalogs.filter(({ errorBodies }) => errorBodies === 'in-success');
    expect(read.map(({ name }) => name).sort()).toEqual([
      'github-graphql',
      'graphql',
      'shopify',
      'slack',
    ]);
  });
});

describe('the documentation of the catalogs', () => {
  const page = readFileSync(new URL('../../docs/catalogs.md', import.meta.url), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  const named = Object.entries(entry).filter(
    (pair): pair is [string, Catalog] => typeof pair[1] === 'object' && 'codes' in pair[1],
  );

  test.each(named)('has a row for %s, with all its hosts', (name, catalog) => {
    const row = rows.find((line) => line.startsWith(`| \`${name}\` `));
    expect(row).toBeDefined();
    // githubGraphql shares the hosts of github.
    const hosts = name === 'githubGraphql' ? ['api.github.com/graphql'] : catalog.hosts;
    for (const host of hosts) expect(row).toContain(`\`${host}\``);
    expect(row?.includes('reads successes')).toBe(catalog.errorBodies === 'in-success');
  });
});
