#!/usr/bin/env node
// Installs the SDKs where that is needed, then checks types and runs every scenario.
// What follows the script's name goes to Jest: `npm run test:sdks -- openai`.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));

/** Ends this program with the exit code of the first step that fails. */
function run(command, ...args) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** Whether what is installed is what the lock file names, package by package. */
function isInstalled() {
  const installed = `${here}node_modules/.package-lock.json`;
  if (!existsSync(installed)) return false;
  const packages = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
  const present = packages(installed);
  return Object.entries(packages(`${here}package-lock.json`)).every(
    ([path, { version, optional, peer }]) =>
      path === '' || optional || peer || present[path]?.version === version,
  );
}

if (!isInstalled()) run('npm', 'ci', '--prefix', here, '--no-progress');
run('node', 'node_modules/typescript/bin/tsc', '--noEmit', '-p', `${here}tsconfig.json`);
run(
  'node',
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
  '--config',
  `${here}jest.config.ts`,
  ...process.argv.slice(2),
);
