import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as holdfast from 'holdfast';

/** What `import('holdfast')` gives. */
export type Holdfast = typeof holdfast;

// The running bundle, not this source file: see scripts/run.mjs.
const programFolder = dirname(fileURLToPath(import.meta.url));

/** The repository, found from the bundle upwards. */
export const root = findRoot(programFolder);

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'tsconfig.build.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('the benchmarks run from within the repository');
  return findRoot(parent);
}

/**
 * Compiles `src` as `npm run build` does and puts the package where the benchmarks find it by its
 * name, as an installed one. It is a copy of its own, so that a build during the run changes nothing.
 *
 * @returns a remark if the compiler complained
 */
export function installPackage(): string | undefined {
  const folder = join(programFolder, 'node_modules', 'holdfast');
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const project = join(root, 'tsconfig.build.json');
  const { status } = spawnSync(
    process.execPath,
    [compiler, '-p', project, '--outDir', join(folder, 'dist')],
    { encoding: 'utf8' },
  );
  if (!existsSync(join(folder, 'dist', 'index.js'))) throw new Error('src does not compile');
  return status === 0 ? undefined : 'the source has type errors';
}

/** The installed package, by its own name. */
export const loadHoldfast = (): Promise<Holdfast> => importByName('holdfast') as Promise<Holdfast>;

/** A literal here would make the bundler put the sources in. */
const importByName = (name: string): Promise<unknown> => import(name);

/** The version of a package of this repository. */
export function versionOf(name: string): string {
  const path =
    name === 'holdfast'
      ? join(root, 'package.json')
      : join(root, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

/** The commit that was measured, and whether the sources differ from it; `undefined` without git. */
export function commitMeasured(): string | undefined {
  const git = (...words: string[]) =>
    spawnSync('git', words, { cwd: root, encoding: 'utf8' }).stdout?.trim();
  const commit = git('rev-parse', '--short', 'HEAD');
  if (!commit) return undefined;
  return git('status', '--porcelain', '--', 'src') ? `${commit} with changes in src` : commit;
}
