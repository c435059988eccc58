import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ROOT } from './markdown.ts';
import { announcedLines, MAX_PROGRAM_MS, printedLines, runProgram } from './program.ts';

const folder = join(ROOT, 'examples');
// Folders are programs of their own with their own way to be run (`npm start`).
const examples = existsSync(folder)
  ? readdirSync(folder).filter((name) => name.endsWith('.ts'))
  : [];

describe('examples', () => {
  test('exist', () => {
    expect(examples.length).toBeGreaterThan(0);
  });

  for (const name of examples) {
    test(
      `examples/${name} runs, ends by itself and prints what it says`,
      async () => {
        const path = join(folder, name);
        const { exit, stdout, stderr } = await runProgram(path);
        expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
        const announced = announcedLines(readFileSync(path, 'utf8'));
        if (announced.length > 0) expect(printedLines(stdout)).toEqual(announced);
      },
      MAX_PROGRAM_MS + 10_000,
    );
  }
});
