#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { runProgram } from './cli/program.ts';

process.exitCode = await runProgram({
  args: process.argv.slice(2),
  inputIsTerminal: process.stdin.isTTY,
  readFile: (path) => readFile(path),
  readInput: () => buffer(process.stdin),
  print: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
  currentTime: () => Date.now(),
});
