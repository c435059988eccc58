import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

/** Where each entry point's own dependency may show: the package that the user brings along. */
const MAY_NAME: Readonly<Record<string, readonly string[]>> = {
  result: ['neverthrow'],
  bottleneck: ['bottleneck'],
  undici: ['undici'],
};
const ENGINES = ['p-retry', 'opossum', 'bottleneck'];

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-declarations-'));
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = [
    '-p',
    join(ROOT, 'tsconfig.build.json'),
    '--outDir',
    folder,
    '--emitDeclarationOnly',
  ];
  // An error elsewhere in the source is another test's to report; declarations come all the same.
  await run(process.execPath, [compiler, ...options], { timeout: 60_000 }).catch(() => undefined);
}, 70_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The modules that a declaration file names, comments left out. */
function named(path: string): readonly string[] {
  const text = readFileSync(path, 'utf8').replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '');
  return [...text.matchAll(/\b(?:from\s*|import\s*\(?\s*)['"]([^'"]+)['"]/g)].map(
    (match) => match[1]!,
  );
}

/** The packages that the types of an entry point lead to, each with the file that names it. */
function packagesBehind(entry: string): ReadonlyMap<string, string> {
  const packages = new Map<string, string>();
  const seen = new Set<string>();
  const waiting = [join(folder, `${entry}.d.ts`)];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    for (const name of named(path)) {
      if (!name.startsWith('.')) packages.set(name, relative(folder, path));
      else waiting.push(join(dirname(path), name.replace(/\.(ts|js)$/, '.d.ts')));
    }
  }
  return packages;
}

const entries = (): string[] =>
  readdirSync(join(ROOT, 'src'))
    .filter((name) => name.endsWith('.ts') && name !== 'cli.ts')
    .map((name) => name.slice(0, -3));

describe('the declarations', () => {
  test('are made for every entry point', () => {
    for (const entry of entries()) expect(existsSync(join(folder, `${entry}.d.ts`))).toBe(true);
  });

  test.each(entries())('of holdfast/%s name no type of an engine', (entry) => {
    const strangers = [...packagesBehind(entry)].filter(
      ([name]) => ENGINES.includes(name) && !MAY_NAME[entry]?.includes(name),
    );
    expect(strangers).toEqual([]);
  });

  test.each(['index', 'catalogs', 'testing'])('of holdfast/%s need no package at all', (entry) => {
    const strangers = [...packagesBehind(entry)].filter(([name]) => !name.startsWith('node:'));
    expect(strangers).toEqual([]);
  });

  test('of holdfast need nothing of Node', () => {
    expect([...packagesBehind('index')]).toEqual([]);
  });
});
