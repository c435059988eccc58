import { posix } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { bundle, type BundleFile } from '../../scripts/build/bundles.ts';
import { readManifest } from '../../scripts/build/manifest.ts';
import { ROOT } from '../docs/markdown.ts';

let files: ReadonlyMap<string, BundleFile>;
beforeAll(async () => {
  const built = await bundle(ROOT, readManifest(ROOT), '.js', []);
  files = new Map(built.files.map((file) => [file.path, file]));
});

/** The files that a file of the package names, in `import … from` or in `import(…)`. */
function named(path: string, how: RegExp): readonly string[] {
  const { text = '' } = files.get(path) ?? {};
  return [...text.matchAll(how)]
    .map(([, specifier = '']) => specifier)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => posix.join(posix.dirname(path), specifier));
}

const importsOf = (path: string) => named(path, / from "([^"]+)";/g);
const laterImportsOf = (path: string) => named(path, /\bimport\("([^"]+)"\)/g);

/** A file, and all that is loaded with it. */
function loadedWith(path: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const one of importsOf(path)) loadedWith(one, seen);
  return seen;
}

describe('the built program', () => {
  test('loads none of the library until a command runs', () => {
    const loaded = [...loadedWith('cli.js')];
    const library = loadedWith('index.js');
    expect(loaded.filter((path) => library.has(path))).toEqual([]);
    const size = loaded.reduce((sum, path) => sum + (files.get(path)?.text.length ?? 0), 0);
    expect(size).toBeLessThan(80_000);
  });

  test('finds the code of its commands', () => {
    const later = laterImportsOf('cli.js');
    expect(later.length).toBeGreaterThanOrEqual(4);
    expect(later.filter((path) => !files.has(path))).toEqual([]);
  });

  test('does not cut the library into more files', () => {
    // All that only `holdfast` loads, and what `holdfast/lite` shares.
    expect(importsOf('index.js')).toHaveLength(2);
  });
});
