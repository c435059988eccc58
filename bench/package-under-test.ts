import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type * as holdfast from 'holdfast';
import type * as holdfastForUndici from 'holdfast/undici';

/** What the entry `holdfast` exports. */
export type Holdfast = typeof holdfast;

// The running bundle, not this source file: see scripts/run.mjs.
const programFolder = dirname(fileURLToPath(import.meta.url));
const packageFolder = join(programFolder, 'node_modules', 'holdfast');

/** The repository, found from the bundle upwards. */
const root = findRoot(programFolder);

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'tsconfig.build.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('the benchmarks run from within the repository');
  return findRoot(parent);
}

/**
 * Puts the built package where the children of this run find it. It is a copy of the run's own, so
 * that a build during the run changes nothing.
 *
 * @param built - the folder of a package that is already built. Without it this repository is built,
 * as `npm run build` does.
 */
export function installPackage(built: string | undefined): void {
  if (built === undefined) {
    const { status } = spawnSync(
      process.execPath,
      [join(root, 'scripts', 'run.mjs'), join(root, 'scripts', 'build.ts')],
      {
        cwd: root,
        stdio: ['ignore', 2, 2],
      },
    );
    if (status !== 0) throw new Error('the build failed; --package=folder takes an older one');
  }
  const source = built === undefined ? root : resolve(built);
  mkdirSync(packageFolder, { recursive: true });
  for (const part of ['package.json', 'dist']) {
    cpSync(join(source, part), join(packageFolder, part), { recursive: true });
  }
}

/** The address of a built entry point, found by the name of its file. */
export const entryOf = (file: string): string =>
  pathToFileURL(join(packageFolder, 'dist', file)).href;

export const loadHoldfast = (): Promise<Holdfast> =>
  importFile(entryOf('index.js')) as Promise<Holdfast>;

export const loadHoldfastForUndici = (): Promise<typeof holdfastForUndici> =>
  importFile(entryOf('undici.js')) as Promise<typeof holdfastForUndici>;

/** A literal here would make the bundler put the sources in. */
const importFile = (address: string): Promise<unknown> => import(address);

/** The version of a package of this repository. */
export function versionOf(name: string): string {
  const path =
    name === 'holdfast'
      ? join(packageFolder, 'package.json')
      : join(root, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

/** The commit that was measured, and whether the sources differ from it; `undefined` without git. */
export function commitMeasured(built: string | undefined): string | undefined {
  const cwd = built ?? root;
  const git = (...words: string[]) =>
    spawnSync('git', words, { cwd, encoding: 'utf8' }).stdout?.trim();
  const commit = git('rev-parse', '--short', 'HEAD');
  if (!commit) return undefined;
  return git('status', '--porcelain', '--', 'src') ? `${commit} with changes in src` : commit;
}
