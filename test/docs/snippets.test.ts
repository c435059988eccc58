import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ROOT } from './markdown.ts';
import { snippetModules, writeModules } from './snippet-modules.ts';

const modules = snippetModules();
const folder = writeModules(modules);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

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
  test('exist', () => {
    expect(modules.length).toBeGreaterThan(0);
  });

  test('all type-check against the source', () => {
    expect(typeErrors()).toEqual([]);
  }, 90_000);
});
