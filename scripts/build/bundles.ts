import { readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { filesOf, type Manifest } from './manifest.ts';
import { markPureConstants } from './pure-constants.ts';
import { shortenScripts } from './short-scripts.ts';

/**
 * Entry points that load only what they need. Each other one loads all that `index` loads: that is
 * one file then, and a program loads it anyway. What is imported later, as each command of the program
 * is, loads all of it too.
 */
const LOADED_ALONE = ['./dist/lite', './dist/cli'];

/** One file of a bundle, by its path inside the output folder. */
export interface BundleFile {
  readonly path: string;
  readonly text: string;
}

/** What a bundle is made of. */
export interface Bundle {
  readonly files: readonly BundleFile[];
  /** The source files, ours and of the packages that were bundled in, by their path from the root. */
  readonly sources: readonly string[];
}

/**
 * Bundles each entry point into a file of its own. What several of them load stands in files that
 * they share, since a class or a store that exists twice is a trap. Other packages stay outside.
 *
 * @param root - the folder of `package.json`
 * @param extension - the files that `package.json` names with this extension are built
 * @param bundledIn - packages that do not stay outside
 */
export async function bundle(
  root: string,
  manifest: Manifest,
  extension: '.js' | '.cjs',
  bundledIn: readonly string[],
): Promise<Bundle> {
  const { exports, imports = {}, bin = {}, dependencies = {}, peerDependencies = {} } = manifest;
  const stemsOf = (targets: object): readonly string[] =>
    [...new Set(Object.values(targets).flatMap((target) => filesOf(target)))]
      .filter((file) => file.startsWith('./dist/') && file.endsWith(extension))
      .map((file) => file.slice(0, -extension.length));
  const entries = [...stemsOf(exports), ...stemsOf(bin)];
  const joined = entries.filter((stem) => !LOADED_ALONE.includes(stem));
  const sourceOf = (stem: string): string => resolve(root, `${stem.replace('dist', 'src')}.ts`);
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [...entries, ...stemsOf(imports)].map(sourceOf),
    outbase: 'src',
    outdir: 'dist',
    outExtension: { '.js': extension },
    chunkNames: 'shared/[hash]',
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'neutral',
    target: ['es2022', 'node20'],
    // The conditions of package.json are the user's to resolve, not ours.
    external: ['#*', 'node:*', ...Object.keys({ ...dependencies, ...peerDependencies })].filter(
      (name) => !bundledIn.includes(name),
    ),
    plugins: [sourcePlugin(root, sourceOf('./dist/index'), new Set(joined.map(sourceOf)))],
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    logLevel: 'warning',
  });
  const names = sharedNames(metafile, extension);
  const files = outputFiles.map(({ path, text }) => ({
    path: renamed(relative(join(root, 'dist'), path), names),
    // Imports without a name are for side effects, and there are none.
    text: renamed(text, names).replaceAll(/^import "[^"]+";\n/gm, ''),
  }));
  return { files, sources: Object.keys(metafile.inputs) };
}

/** Marks constants as pure, shortens scripts for Redis, and makes the joined entry points load all that `index` loads. */
function sourcePlugin(root: string, index: string, joined: ReadonlySet<string>): Plugin {
  const importedLater = new Set<string>();
  return {
    name: 'source',
    setup(plugin) {
      // `"sideEffects": false` would drop the imports that are added below.
      plugin.onResolve({ filter: /^\.|\/src\/[^/]+\.ts$/ }, (found) => {
        if (found.importer.includes('node_modules')) return undefined;
        const path = resolve(found.resolveDir, found.path);
        if (found.kind === 'dynamic-import') importedLater.add(path);
        return { path, sideEffects: true };
      });
      plugin.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        if (!path.startsWith(join(root, 'src'))) return undefined;
        const source = markPureConstants(shortenScripts(readFileSync(path, 'utf8')));
        const isJoined = path !== index && (joined.has(path) || importedLater.has(path));
        const addition = isJoined ? `\nimport ${JSON.stringify(index)};\n` : '';
        return { contents: source + addition, loader: 'ts' };
      });
    },
  };
}

/** Names for the shared files that stay when their content changes: the largest is the first. */
function sharedNames(
  { outputs }: Metafile,
  extension: string,
): readonly (readonly [hashed: string, name: string])[] {
  return Object.entries(outputs)
    .filter(([path]) => path.startsWith('dist/shared/'))
    .toSorted(([, one], [, other]) => other.bytes - one.bytes)
    .map(([path], index) => [relative('dist', path), `shared/${index + 1}${extension}`]);
}

function renamed(text: string, names: ReturnType<typeof sharedNames>): string {
  return names.reduce(
    (changed, [hashed, name]) =>
      changed
        .replaceAll(hashed, name)
        .replaceAll(hashed.replace('shared/', './'), name.replace('shared/', './')),
    text,
  );
}
