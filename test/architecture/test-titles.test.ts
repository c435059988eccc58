import { readdirSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { testsIn } from './test-titles.ts';

const TESTS = join(import.meta.dirname, '..');
/** A rule's letter and number, as `R3`, or a letter in front of a colon. */
const CODE_OF_A_RULE = /\b[BCDEFLPRTWX]\d\b|^[A-Z]: /;

describe('titles of tests', () => {
  test('carry no codes of rules', () => {
    const paths = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.test.ts'))
      .toSorted();
    expect(paths.length).toBeGreaterThan(0);
    const coded = paths.flatMap((path) =>
      testsIn(join(TESTS, path))
        .flatMap(({ blocks, title }) => blocks.concat(title))
        .filter((title) => CODE_OF_A_RULE.test(title))
        .map((title) => `${path}: ${title}`),
    );
    expect([...new Set(coded)]).toEqual([]);
  });
});

describe('the reader of titles', () => {
  test('sees every way to write a test, and no test that is skipped', () => {
    const folder = mkdtempSync(join(tmpdir(), 'titles-'));
    const path = join(folder, 'sample.ts');
    writeFileSync(
      path,
      `
        test('alone', () => {});
        describe('outer', () => {
          it('within', () => {});
          for (const name of ['a', 'b']) test(\`\${name} in a loop\`, () => {});
          describe.each(['x'])('inner %s', () => {
            test.concurrent.each([[1], [2]])('row %d', async () => {}, 1000);
          });
        });
        test.skip('skipped', () => {});
        describe.skip('skipped too', () => {
          test('inside', () => {});
        });
        /test('no title', of.a)/.test('text');
      `,
    );
    try {
      expect(testsIn(path)).toEqual([
        { title: 'alone', blocks: [] },
        { title: 'within', blocks: ['outer'] },
        { title: '${…} in a loop', blocks: ['outer'] },
        { title: 'row %d', blocks: ['outer', 'inner %s'] },
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
