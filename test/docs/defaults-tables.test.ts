import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { defaultsTablesOf, differencesOf, parseLiteral } from './defaults-tables.ts';
import { readPages, ROOT } from './markdown.ts';

const pages = readPages();
const tables = pages.flatMap(defaultsTablesOf);

async function constantsOf(entry: string): Promise<Readonly<Record<string, unknown>>> {
  const entryFile = `src/${entry === 'holdfast' ? 'index' : entry.slice('holdfast/'.length)}.ts`;
  const file = join(ROOT, entry.startsWith('src/') ? entry : entryFile);
  return existsSync(file) ? ((await import(file)) as Record<string, unknown>) : {};
}

describe('tables of options', () => {
  test('every page of a policy has one', () => {
    const policies = pages.filter(({ path }) => /^docs\/policies\/(?!index|README)/.test(path));
    const bare = policies.filter((page) => defaultsTablesOf(page).length === 0);
    expect(bare.map(({ path }) => path)).toEqual([]);
  });

  for (const table of tables) {
    const { place, constant } = table;
    test(`${place} says what ${constant?.name ?? 'its constant'} says`, async () => {
      if (constant === undefined) {
        throw new Error(`${place}: no comment <!-- defaults: X_DEFAULTS from holdfast --> above`);
      }
      const actual = (await constantsOf(constant.entry))[constant.name];
      if (typeof actual !== 'object' || actual === null) {
        throw new Error(`${place}: ${constant.entry} exports no object ${constant.name}`);
      }
      expect(differencesOf(table, { ...actual })).toEqual([]);
    });
  }

  test('a difference is named by its option, with what the code and the page say', () => {
    const table = {
      place: 'docs/page.md:1',
      constant: { name: 'X_DEFAULTS', entry: 'holdfast' },
      defaults: new Map<string, unknown>([
        ['same', 1],
        ['changed', 1],
        ['gone', 1],
      ]),
      without: ['given', 'none'],
    };
    expect(differencesOf(table, { same: 1, changed: 2, given: 3, added: 4 })).toEqual([
      'changed: X_DEFAULTS says 2, the table says 1',
      'gone: X_DEFAULTS says nothing, the table says 1',
      'given: X_DEFAULTS says 3, the table says nothing',
      'added: X_DEFAULTS says 4, the table says nothing',
    ]);
  });

  test('literals are read as TypeScript reads them', () => {
    expect(
      ['30_000', '0.5', "'full'", 'true', 'Infinity', 'undefined', "['GET', 'PUT']"].map(
        parseLiteral,
      ),
    ).toEqual([30_000, 0.5, 'full', true, Infinity, undefined, ['GET', 'PUT']]);
  });
});
