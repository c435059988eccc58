import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runBounded } from './bounded-process.ts';
import { here, packages } from './places.ts';

interface Lock {
  readonly packages: Readonly<Record<string, { version?: string; optional?: boolean }>>;
}

/** Installs the runtimes of the lock file, unless just these are installed already. */
export async function installRuntimes(): Promise<void> {
  if (isInstalled()) return;
  console.log('installing the runtimes (some 300 MB to fetch, 1.1 GB on disk) …');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  // Miniflare asks for a newer Node than the oldest that may run this; it gets one, so no warning.
  const args = ['ci', '--prefix', here, '--no-progress', '--loglevel=error'];
  const { code, errors } = await runBounded(npm, args, 300_000);
  if (code !== 0) throw new Error(`npm ci ended with ${code}: ${errors}`);
}

function isInstalled(): boolean {
  const installed = join(packages, '.package-lock.json');
  if (!existsSync(installed)) return false;
  const packagesOf = (file: string) => (JSON.parse(readFileSync(file, 'utf8')) as Lock).packages;
  const present = packagesOf(installed);
  return Object.entries(packagesOf(join(here, 'package-lock.json'))).every(
    ([path, { version, optional }]) =>
      path === '' || optional === true || present[path]?.version === version,
  );
}

/** Debian's Chromium, which no package registry has. */
export async function installChromium(): Promise<void> {
  const command = 'apt-get update -q && apt-get install -qy --no-install-recommends chromium';
  const { code, errors } = await runBounded('sh', ['-c', command], 300_000);
  if (code !== 0) throw new Error(`apt-get ended with ${code}: ${errors.slice(-500)}`);
}
