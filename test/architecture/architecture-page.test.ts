import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { readSourceFiles } from './source-imports.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
const picture = readFileSync(join(ROOT, 'docs/architecture.svg'), 'utf8');

const files = readSourceFiles();

/** The folder directly below `src`, or `entry` for a file that stands in `src` itself. */
function folderOf(path: string): string {
  const [, folder = '', ...rest] = path.split('/');
  return rest.length === 0 ? 'entry' : folder;
}
const folders = [...new Set(files.map(({ path }) => folderOf(path)))].toSorted();

const drawnFolders = [...picture.matchAll(/data-folder="(\w+)"/g)].map(([, name = '']) => name);
const arrows = [...picture.matchAll(/data-from="(\w+)" data-to="(\w+)"/g)].map(
  ([, from = '', to = '']) => ({ from, to }),
);

/** All that the arrows lead to from a folder. */
function below(folder: string): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [folder];
  for (let from = open.pop(); from !== undefined; from = open.pop()) {
    for (const { to } of arrows.filter((arrow) => arrow.from === from)) {
      if (!found.has(to)) open.push(to);
      found.add(to);
    }
  }
  return found;
}

describe('docs/architecture.md', () => {
  test('names paths that exist', () => {
    const named = [...page.matchAll(/`((?:src|test|docs)\/[\w./-]+)`/g)].map(
      ([, path = '']) => path,
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test('names every folder of src', () => {
    const unnamed = folders.filter(
      (folder) => folder !== 'entry' && !page.includes(`\`src/${folder}\``),
    );
    expect(unnamed).toEqual([]);
  });
});

describe('the picture of the architecture', () => {
  test('shows every folder of src, and no other', () => {
    expect(drawnFolders.toSorted()).toEqual(folders);
  });

  test('has an arrow, or several in a row, for every import between folders', () => {
    const undrawn = files.flatMap(({ path, imports }) =>
      imports
        .flatMap(({ path: target }) => (target === undefined ? [] : [target]))
        .filter((target) => {
          const [from, to] = [folderOf(path), folderOf(target)];
          return from !== to && !below(from).has(to);
        })
        .map((target) => `${path} imports ${target}`),
    );
    expect(undrawn).toEqual([]);
  });

  test('has no arrow that no import bears out', () => {
    const idle = arrows.filter(
      ({ from, to }) =>
        !files.some(
          (file) =>
            folderOf(file.path) === from &&
            file.imports.some(({ path }) => path !== undefined && folderOf(path) === to),
        ),
    );
    expect(idle).toEqual([]);
  });

  test('has arrows that lead one way', () => {
    expect(folders.filter((folder) => below(folder).has(folder))).toEqual([]);
  });
});
