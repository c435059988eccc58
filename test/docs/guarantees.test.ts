import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { isTitled, testsIn } from '../architecture/test-titles.ts';
import { readPages, ROOT } from './markdown.ts';

const PAGE = 'docs/guarantees.md';
const GROUPS = [
  'Classification',
  'Retry',
  'Limits',
  'Circuit breaker',
  'Time',
  'Errors and events',
  'Cancellation',
  'Streams',
  'Memory and cleanup',
  'Runtimes',
  'Hedge, endpoints, fallback, coalesce',
];

const { lines } = readPages().find(({ path }) => path === PAGE)!;
const items = lines.filter((line) => line.startsWith('- '));
const guarantees = items.map((item) => {
  const [, promise = item, file = ''] = /^- (.+) \(\[proof\]\(\.\.\/(.+)\)\)$/.exec(item) ?? [];
  return { promise, file };
});

describe('docs/guarantees.md', () => {
  test('has promises in every group', () => {
    const groups = lines.flatMap((line, index) =>
      line.startsWith('## ') ? [[line.slice('## '.length), index] as const] : [],
    );
    expect(groups.map(([name]) => name)).toEqual(GROUPS);
    const empty = groups.filter(([, from], index) => {
      const until = groups[index + 1]?.[1] ?? lines.length;
      return !lines.slice(from, until).some((line) => line.startsWith('- '));
    });
    expect(empty).toEqual([]);
  });

  test('names in every line one test that proves it, by its exact title', () => {
    const unproved = guarantees.flatMap(({ promise, file }) => {
      if (!file.endsWith('.test.ts')) return [`${promise}: the line names no test file`];
      const path = join(ROOT, file);
      if (!existsSync(path)) return [`${promise}: there is no ${file}`];
      const proofs = testsIn(path).filter((titled) => isTitled(titled, promise));
      return proofs.length === 1 ? [] : [`${promise}: ${proofs.length} such tests in ${file}`];
    });
    expect(unproved).toEqual([]);
  });

  test('makes no promise twice', () => {
    const promises = guarantees.map(({ promise }) => promise);
    expect(promises.filter((promise, index) => promises.indexOf(promise) !== index)).toEqual([]);
  });
});
