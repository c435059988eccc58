import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { defaultsTablesOf, parseLiteral } from './defaults-tables.ts';
import { readPages, ROOT } from './markdown.ts';

const pages = readPages();
const tables = pages.flatMap(defaultsTablesOf);

async function constantsOf(entry: string): Promise<Readonly<Record<string, unknown>>> {
  const file = join(
    ROOT,
    'src',
    `${entry === 'holdfast' ? 'index' : entry.slice('holdfast/'.length)}.ts`,
  );
  return existsSync(file) ? ((await import(file)) as Record<string, unknown>) : {};
}

describe('tables of options', () => {
  test('every page of a policy has one', () => {
    const policies = pages.filter(({ path }) => /^docs\/policies\/(?!index|README)/.test(path));
    const bare = policies.filter((page) => defaultsTablesOf(page).length === 0);
    expect(bare.map(({ path }) => path)).toEqual([]);
  });

  for (const { place, constant, defaults, without } of tables) {
    test(`${place} says what ${constant?.name ?? 'its constant'} says`, async () => {
      if (constant === undefined) {
        throw new Error(`${place}: no comment <!-- defaults: X_DEFAULTS from holdfast --> above`);
      }
      const actual = (await constantsOf(constant.entry))[constant.name];
      if (typeof actual !== 'object' || actual === null) {
        throw new Error(`${place}: ${constant.entry} exports no object ${constant.name}`);
      }
      expect(Object.fromEntries(defaults)).toEqual({ ...actual });
      expect(without.filter((option) => Object.hasOwn(actual, option))).toEqual([]);
    });
  }

  test('literals are read as TypeScript reads them', () => {
    expect(
      ['30_000', '0.5', "'full'", 'true', 'Infinity', 'undefined', "['GET', 'PUT']"].map(
        parseLiteral,
      ),
    ).toEqual([30_000, 0.5, 'full', true, Infinity, undefined, ['GET', 'PUT']]);
  });
});
