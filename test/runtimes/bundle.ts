import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', rootOfThisFile()));

// `scripts/run.mjs` bundles this file to another place, so the program's own address does not help.
function rootOfThisFile(): URL {
  return new URL(`file://${process.cwd()}/test/runtimes/`);
}

/**
 * One module out of a neutral entry point and the package's `dist`, as a bundler for browsers and
 * Workers makes it.
 *
 * @throws where anything of it imports what is not there on every runtime, a Node built-in above all.
 */
export async function bundleNeutral(entry: string): Promise<string> {
  const dist = `${root}dist`;
  if (!existsSync(`${dist}/index.js`)) throw new Error('dist is not there: npm run build');
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'neutral',
    mainFields: ['module', 'main'],
    format: 'esm',
    target: 'es2022',
    // The package as it is published, not its source.
    alias: { holdfast: `${dist}/index.js`, 'holdfast/result': `${dist}/result.js` },
    tsconfigRaw: {},
    logLevel: 'silent',
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  const outside = imports.filter(({ external }) => external).map(({ path }) => path);
  if (outside.length > 0) throw new Error(`the fetch path imports ${outside.join(', ')}`);
  return outputFiles[0]!.text;
}
