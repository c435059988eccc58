import { builtinModules } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import { importsOf, readSourceFiles } from './source-imports.ts';
import type { SourceFile } from './source-imports.ts';

/**
 * The layers, innermost first, each with the layers that it may import besides itself.
 * Entry points are the files that stand directly in `src`; `src/cli` is the program behind one.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  classify: ['core'],
  catalogs: ['core', 'classify'],
  policies: ['core'],
  http: ['core', 'classify', 'catalogs', 'policies'],
  lite: ['core', 'classify', 'policies', 'http'],
  adapters: ['core', 'classify', 'catalogs', 'policies', 'http'],
  cli: ['core', 'classify', 'catalogs', 'policies', 'http', 'adapters'],
  entry: ['core', 'classify', 'catalogs', 'policies', 'http', 'lite', 'adapters', 'cli'],
};

const NAMES_OF_NOTHING = /^(utils?|helpers?|common|misc|types?|shared|lib)$/;
const MAX_LINES = 300;

const files = readSourceFiles();
const byPath = new Map(files.map((file) => [file.path, file]));

function layerOf(path: string): string {
  const [, folder, ...rest] = path.split('/');
  return rest.length === 0 ? 'entry' : (folder ?? '');
}

function localImports(file: SourceFile): readonly string[] {
  return file.imports.flatMap(({ path }) => (path === undefined ? [] : [path]));
}

describe('layers', () => {
  test('are judged by files that exist', () => {
    expect(files.length).toBeGreaterThan(0);
  });

  test('every file belongs to a known layer', () => {
    const strangers = files.filter(({ path }) => !Object.hasOwn(MAY_IMPORT, layerOf(path)));
    expect(strangers.map(({ path }) => path)).toEqual([]);
  });

  test('imports go one way: core, classify or policies, http, lite and adapters, entry points', () => {
    const wrong = files.flatMap((file) =>
      localImports(file)
        .filter((target) => {
          const [from, to] = [layerOf(file.path), layerOf(target)];
          return from !== to && !MAY_IMPORT[from]?.includes(to);
        })
        .map((target) => `${file.path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test('relative imports name an existing file of src, with its extension', () => {
    const missing = files.flatMap((file) =>
      localImports(file)
        .filter((target) => !byPath.has(target))
        .map((target) => `${file.path} imports ${target}`),
    );
    expect(missing).toEqual([]);
  });

  test('no import leads back to where it started, types included', () => {
    const finished = new Set<string>();
    const trail: string[] = [];
    const cycles: string[] = [];
    const walk = (path: string): void => {
      if (finished.has(path)) return;
      const start = trail.indexOf(path);
      if (start >= 0) {
        cycles.push([...trail.slice(start), path].join(' → '));
        return;
      }
      trail.push(path);
      const file = byPath.get(path);
      if (file !== undefined) for (const target of localImports(file)) walk(target);
      trail.pop();
      finished.add(path);
    };
    for (const { path } of files) walk(path);
    expect(cycles).toEqual([]);
  });
});

describe('the fetch path', () => {
  test('loads no Node built-in', () => {
    const builtIns: string[] = [];
    const seen = new Set<string>();
    const walk = (path: string): void => {
      if (seen.has(path)) return;
      seen.add(path);
      for (const { specifier, path: target, kind } of byPath.get(path)?.imports ?? []) {
        if (kind !== 'static') continue;
        if (target !== undefined) walk(target);
        else if (specifier.startsWith('node:') || builtinModules.includes(specifier))
          builtIns.push(`${path} imports ${specifier}`);
      }
    };
    walk('src/index.ts');
    expect(builtIns).toEqual([]);
  });

  test('uses no AbortSignal.timeout, whose timer no clock can drive', () => {
    // In code, not in a comment that explains the absence.
    const users = files.filter(({ text }) =>
      /^(?!\s*(\*|\/\/)).*AbortSignal\.timeout\(/m.test(text),
    );
    expect(users.map(({ path }) => path)).toEqual([]);
  });
});

describe('files', () => {
  test('have no name that says nothing', () => {
    const vague = files.filter(({ path }) =>
      path.split('/').some((part) => NAMES_OF_NOTHING.test(part.replace(/\.ts$/, ''))),
    );
    expect(vague.map(({ path }) => path)).toEqual([]);
  });

  test(`are no longer than ${MAX_LINES} lines`, () => {
    const long = files.filter(({ text }) => text.trimEnd().split('\n').length > MAX_LINES);
    expect(long.map(({ path }) => path)).toEqual([]);
  });
});

describe('the reader of imports', () => {
  test('sees every way to import and tells types from values', () => {
    const text = `
      import type { A } from './a.ts';
      import b, { type C } from '../b.ts';
      export * from 'c';
      export type { D } from './d.ts';
      export { e } from './e.ts';
      export const local = 1;
      const f = await import('./f.ts');
      type G = import('./g.ts').G;
      import { h } from '#failure-ratio';
    `;
    expect(
      importsOf('src/x/y.ts', text).map(({ specifier, path, kind }) => [specifier, path, kind]),
    ).toEqual([
      ['./a.ts', 'src/x/a.ts', 'type'],
      ['../b.ts', 'src/b.ts', 'static'],
      ['c', undefined, 'static'],
      ['./d.ts', 'src/x/d.ts', 'type'],
      ['./e.ts', 'src/x/e.ts', 'static'],
      ['./f.ts', 'src/x/f.ts', 'dynamic'],
      ['./g.ts', 'src/x/g.ts', 'type'],
      ['#failure-ratio', 'src/policies/circuit-breaker/failure-ratio-opossum.ts', 'static'],
      ['#failure-ratio', 'src/policies/circuit-breaker/failure-ratio-counted.ts', 'static'],
    ]);
  });
});
