import { existsSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from '@jest/globals';
import { proseOf, readPages, ROOT } from './markdown.ts';
import type { Page } from './markdown.ts';

const pages = readPages();

/** The anchors that a page's headings get, as repository hosts make them. */
function anchorsOf(page: Page): ReadonlySet<string> {
  const headings = proseOf(page).flatMap((line) => /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1] ?? []);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(/\s/g, '-'),
    ),
  );
}

test('every relative link of README.md and docs leads somewhere', () => {
  const broken = pages.flatMap((page) =>
    proseOf(page).flatMap((line, index) =>
      [...line.matchAll(/\]\(([^)\s]+)\)/g)]
        .map(([, target = '']) => target)
        .filter((target) => !/^[a-z]+:/i.test(target) && !leadsSomewhere(page, target))
        .map((target) => `${page.path}:${index + 1}: ${target}`),
    ),
  );
  expect(broken).toEqual([]);
});

function leadsSomewhere(page: Page, target: string): boolean {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? join(ROOT, page.path) : join(ROOT, dirname(page.path), path);
  if (!existsSync(file)) return false;
  if (anchor === undefined) return true;
  const other = pages.find((candidate) => candidate.path === relative(ROOT, file));
  return other === undefined ? statSync(file).isFile() : anchorsOf(other).has(anchor);
}
