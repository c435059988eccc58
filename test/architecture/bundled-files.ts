import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The files of which a bundle of this program holds code: those of `src`, and with `packages:
 * 'bundle'` those of dependencies too, as a browser gets them.
 */
export async function bundledFiles(
  program: string,
  packages: 'external' | 'bundle' = 'external',
): Promise<readonly string[]> {
  const { metafile } = await build({
    stdin: { contents: program, resolveDir: ROOT, loader: 'ts' },
    absWorkingDir: ROOT,
    alias: {
      'holdfast/catalogs': './src/catalogs.ts',
      'holdfast/explain': './src/explain.ts',
      'holdfast/lite': './src/lite.ts',
      holdfast: './src/index.ts',
      // What the conditions of package.json give to a browser.
      '#failure-ratio': './src/policies/circuit-breaker/failure-ratio-counted.ts',
      '#retry-rounds': './src/policies/retry/retry-rounds-looped.ts',
    },
    bundle: true,
    minify: true,
    format: 'esm',
    packages,
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  return Object.values(metafile.outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([file]) => file);
}

/** Those of them that stand in this folder. */
export const within = (files: readonly string[], folder: string): readonly string[] =>
  files.filter((file) => file.startsWith(folder));
