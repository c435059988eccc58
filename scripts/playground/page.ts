import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, transform } from 'esbuild';

/**
 * The playground as one HTML file that loads nothing: style, script, and the script of the workers,
 * with the library as a browser gets it.
 *
 * @param root - the folder of `package.json`
 */
export async function playgroundPage(root: string): Promise<string> {
  const folder = join(root, 'docs', 'playground');
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const worker = await script(root, join(folder, 'simulation-worker.ts'), {});
  const main = await script(root, join(folder, 'main.ts'), {
    WORKER_SOURCE: JSON.stringify(worker),
  });
  const { code: style } = await transform(read('style.css'), { loader: 'css', minify: true });
  return read('page.html')
    .replace('/* STYLE */', () => style.trim())
    .replace('/* SCRIPT */', () => inHtml(main));
}

async function script(
  root: string,
  entry: string,
  define: Readonly<Record<string, string>>,
): Promise<string> {
  const source = join(root, 'src');
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: ['es2022', 'chrome110', 'firefox115', 'safari16.4'],
    define,
    // The tsconfig.json of this repository leads to what Node gets.
    tsconfigRaw: {},
    alias: {
      holdfast: join(source, 'index.ts'),
      'holdfast/simulator': join(source, 'simulator.ts'),
      '#failure-ratio': join(source, 'policies/circuit-breaker/failure-ratio-counted.ts'),
      '#retry-rounds': join(source, 'policies/retry/retry-rounds-looped.ts'),
    },
    logLevel: 'warning',
  });
  return outputFiles.map(({ text }) => text).join('');
}

/** A script as it may stand inside of HTML. */
const inHtml = (code: string): string => code.trim().replaceAll('</script', String.raw`<\/script`);
