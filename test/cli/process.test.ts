import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';

const start = (...args: readonly string[]) =>
  spawn(process.execPath, ['scripts/run.mjs', 'src/cli.ts', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });

test('a reader that has left, as head does, makes the program print no stack trace', async () => {
  const program = start('explain', '--status', '503', '--max-retries', '100');
  program.stdout.destroy();
  const [complained, [code]] = await Promise.all([text(program.stderr), once(program, 'close')]);
  expect({ complained, code }).toEqual({ complained: '', code: 0 });
});

test('--version is that of package.json', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(await text(start('--version').stdout)).toBe(`${version}\n`);
});
