import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { defaultsTablesOf } from './defaults-tables.ts';
import { readPages, ROOT } from './markdown.ts';

// That its numbers are those of the code is checked with all other tables of options.
const page = readPages().find(({ path }) => path === 'docs/defaults.md')!;
const tables = defaultsTablesOf(page);

/** The constants of defaults in the source, by name. */
function constantsInSource(): readonly string[] {
  const src = join(ROOT, 'src');
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' });
  const text = files
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(src, name), 'utf8'))
    .join('\n');
  return Array.from(text.matchAll(/^export const (\w+_DEFAULTS)\b/gm), ([, name = '']) => name);
}

describe('docs/defaults.md', () => {
  test('has one table for each constant of defaults in the source', () => {
    const named = new Set(tables.map(({ constant }) => constant?.name));
    expect(named).toEqual(new Set(constantsInSource()));
    expect(tables).toHaveLength(named.size);
  });

  test('says why, what others do and what happens at 2 a.m. for every default', () => {
    const cells = page.lines
      .filter((line) => /^\| `\w+` +\|/.test(line))
      .map((line) => line.split(/(?<!\\)\|/).slice(1, -1));
    expect(cells.length).toBeGreaterThan(0);
    const incomplete = cells.filter((row) => row.length !== 5 || row.some((cell) => !cell.trim()));
    expect(incomplete).toEqual([]);
  });

  test('names the numbers that are no options as the source does', () => {
    const rows = page.lines.flatMap((line) => {
      const [, name, file, value] = /^\| `(\w+)` of `(src\/[^`]+)` +\| `([^`]+)`/.exec(line) ?? [];
      return name === undefined || file === undefined || value === undefined
        ? []
        : [{ name, file, value }];
    });
    expect(rows.length).toBeGreaterThan(0);
    const wrong = rows.flatMap(({ name, file, value }) => {
      const path = join(ROOT, file);
      const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
      const is = new RegExp(`^(?:export )?const ${name} = ([^;]+);`, 'm').exec(text)?.[1];
      return is === value ? [] : [`${name} of ${file}: the source says ${is}, the page ${value}`];
    });
    expect(wrong).toEqual([]);
  });
});
