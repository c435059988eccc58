import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ROOT } from './markdown.ts';

const readJson = (path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as object;

test('the reference of the site has every public entry point', () => {
  const { exports } = readJson('package.json') as { readonly exports: object };
  const entries = Object.keys(exports)
    .filter((entry) => entry !== './package.json')
    .map((entry) => `../../src/${entry === '.' ? 'index' : entry.slice(2)}.ts`);
  const { entryPoints } = readJson('scripts/docs-site/typedoc.json') as {
    readonly entryPoints: readonly string[];
  };
  expect(entryPoints.toSorted()).toEqual(entries.toSorted());
});
