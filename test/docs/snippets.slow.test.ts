import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { announcedLines, MAX_PROGRAM_MS, printedLines, runProgram } from './program.ts';
import { snippetModules, writeModules } from './snippet-modules.ts';

const modules = snippetModules().filter(({ snippet }) => snippet.runs);
const folder = writeModules(modules);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('snippets of README.md and docs that say they run', () => {
  test('exist', () => {
    expect(modules.length).toBeGreaterThan(0);
  });

  for (const { snippet, file, code } of modules) {
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
