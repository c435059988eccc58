import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { BundleFile } from './bundles.ts';

/** A relative specifier in a declaration file that ends in `.ts`. */
const SPECIFIER = /(\bfrom |\bimport |\bimport\(|\bdeclare module )(['"])(\.[^'"]*)\.ts\2/g;

/**
 * The declarations of entry points and of all that they name, once as `.d.ts` and once as `.d.cts`.
 *
 * @param root - the folder of `tsconfig.build.json`
 * @param stems - the entry points: `./dist/index`
 * @throws where the compiler finds an error, which it has printed then
 */
export function declarationsOf(root: string, stems: readonly string[]): readonly BundleFile[] {
  const folder = mkdtempSync(join(root, 'node_modules', '.cache', 'declarations-'));
  try {
    emitDeclarations(root, folder);
    const texts = new Map<string, string>();
    const waiting = stems.map((stem) => stem.replace('./dist/', ''));
    for (let stem = waiting.pop(); stem !== undefined; stem = waiting.pop()) {
      if (texts.has(stem)) continue;
      const text = readFileSync(join(folder, `${stem}.d.ts`), 'utf8');
      texts.set(stem, text);
      for (const [, , , named = ''] of text.matchAll(SPECIFIER)) {
        waiting.push(posix.join(posix.dirname(stem), named));
      }
    }
    return [...texts].flatMap(([stem, text]) => [
      { path: `${stem}.d.ts`, text: withExtension(text, '.js') },
      { path: `${stem}.d.cts`, text: withExtension(text, '.cjs') },
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Renames the relative `.ts` files that a declaration file names. The compiler does so in code but
 * not in declarations, and other readers of declarations know `x.d.ts` by `x.js` only.
 */
export function withExtension(declaration: string, extension: '.js' | '.cjs'): string {
  return declaration.replaceAll(SPECIFIER, `$1$2$3${extension}$2`);
}

function emitDeclarations(root: string, folder: string): void {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['--emitDeclarationOnly', '--noEmitOnError', '--outDir', folder];
  const { status } = spawnSync(
    process.execPath,
    [compiler, '-p', join(root, 'tsconfig.build.json'), ...options],
    { stdio: 'inherit' },
  );
  if (status !== 0) throw new Error('the source has errors');
}
