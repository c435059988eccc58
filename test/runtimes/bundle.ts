import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build, stop } from 'esbuild';
import { here, root } from './places.ts';

/**
 * One module out of a neutral program and the package's `dist`, made as a bundler for browsers and
 * Workers makes it.
 *
 * @throws where anything of it imports what is not there on every runtime, a Node built-in above all.
 */
export async function bundleNeutral(name: string): Promise<string> {
  const dist = join(root, 'dist');
  if (!existsSync(join(dist, 'index.js'))) throw new Error('dist is not there: npm run build');
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [join(here, 'program', name)],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'neutral',
    mainFields: ['module', 'main'],
    format: 'esm',
    target: 'es2022',
    // The package as it is published, not its source.
    alias: { holdfast: join(dist, 'index.js'), 'holdfast/result': join(dist, 'result.js') },
    tsconfigRaw: {},
    logLevel: 'silent',
  });
  // Its service is a process of its own.
  await stop();
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  const outside = imports.filter(({ external }) => external).map(({ path }) => path);
  if (outside.length > 0) throw new Error(`the fetch path imports ${outside.join(', ')}`);
  return outputFiles[0]!.text;
}
