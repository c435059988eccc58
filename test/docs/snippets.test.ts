import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { readPages, ROOT, snippetsOf } from './markdown.ts';
import type { Snippet } from './markdown.ts';
import { announcedLines, MAX_PROGRAM_MS, printedLines, runProgram } from './program.ts';

/** A snippet with what it continues, as one module. */
interface SnippetModule {
  readonly snippet: Snippet;
  readonly file: string;
  /** The snippet that each line came from, and the line's number in its page. */
  readonly origins: readonly string[];
  readonly code: string;
}

// Inside the repository, so that packages and `tsconfig.json` are found as from the source.
mkdirSync(join(ROOT, '.cache'), { recursive: true });
const folder = mkdtempSync(join(ROOT, '.cache', 'snippets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const modules = readPages().flatMap((page) => modulesOf(snippetsOf(page)));
for (const { file, code } of modules) writeFileSync(join(folder, file), code);

function modulesOf(snippets: readonly Snippet[]): readonly SnippetModule[] {
  const made: SnippetModule[] = [];
  for (const [index, snippet] of snippets.entries()) {
    const before = snippet.continues ? made.at(-1) : undefined;
    const own = snippet.code.split('\n');
    made.push({
      snippet,
      file: `${snippet.page.replaceAll(/[^a-z0-9]+/gi, '-')}-${index}.ts`,
      origins: [
        ...(before?.origins ?? []),
        ...own.map((_line, offset) => `${snippet.page}:${snippet.firstLine + offset}`),
      ],
      code: before === undefined ? snippet.code : `${before.code}\n${snippet.code}`,
    });
  }
  return made;
}

function typeErrors(): readonly string[] {
  const needed = new Set(modules.flatMap(({ snippet }) => snippet.needs));
  const ambient = [...needed].map((name) => `declare module '${name}';\n`).join('');
  writeFileSync(join(folder, 'uninstalled.d.ts'), ambient);
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../tsconfig.json',
      files: [...modules.map(({ file }) => file), 'uninstalled.d.ts'],
      include: [],
    }),
  );
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'node_modules/typescript/bin/tsc'), '--pretty', 'false', '-p', folder],
    { cwd: folder, encoding: 'utf8', timeout: 60_000 },
  );
  const byFile = new Map(modules.map((module) => [module.file, module]));
  return `${stdout}${stderr}`
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, file = '', row = '', message = ''] =
        /^([\w-]+\.ts)\((\d+),\d+\): (.*)$/.exec(line) ?? [];
      const origin = byFile.get(file)?.origins[Number(row) - 1];
      return origin === undefined ? line : `${origin}: ${message}`;
    });
}

describe('snippets of README.md and docs', () => {
  test('there are some', () => {
    expect(modules.length).toBeGreaterThan(0);
  });

  test('all type-check against the source', () => {
    expect(typeErrors()).toEqual([]);
  }, 90_000);

  for (const { snippet, file, code } of modules.filter((module) => module.snippet.runs)) {
    test(
      `${snippet.place} runs, ends by itself and prints what it says`,
      async () => {
        const { exit, stdout, stderr } = await runProgram(join(folder, file));
        expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
        const announced = announcedLines(code);
        if (announced.length > 0) expect(printedLines(stdout)).toEqual(announced);
      },
      MAX_PROGRAM_MS + 10_000,
    );
  }
});
