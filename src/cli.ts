#!/usr/bin/env node
import { createReadStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { runProgram } from './cli/program.ts';
import { terminalOf } from './cli/terminal/terminal.ts';

// A reader that has read enough (`| head`) closes the pipe: nothing is wrong, and nothing is left to do.
for (const output of [process.stdout, process.stderr]) {
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}

process.exitCode = await runProgram({
  args: process.argv.slice(2),
  inputIsTerminal: process.stdin.isTTY,
  terminal: terminalOf(process.stdout, process.env),
  read: (path) => (path === '-' ? buffer(process.stdin) : readFile(path)),
  stream: (path) => (path === '-' ? process.stdin : createReadStream(path)),
  write: (path, text) => writeFile(path, text),
  print: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
  currentTime: () => Date.now(),
  untilInterrupted: () =>
    new Promise((resolve) => {
      process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve());
    }),
  version: () => versionAbove(import.meta.url),
});

/** What the manifest of this package says; it stands some folders above the program. */
async function versionAbove(address: string): Promise<string> {
  const folder = new URL('..', address);
  try {
    const manifest: unknown = JSON.parse(await readFile(new URL('package.json', folder), 'utf8'));
    const { name, version } = manifest as { readonly name?: string; readonly version: string };
    if (name === 'holdfast') return version;
  } catch {
    // Not here.
  }
  return folder.pathname === '/' ? 'unknown' : versionAbove(folder.href);
}
