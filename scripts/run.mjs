// Runs a TypeScript program of this repository on any Node that the package supports (Node 20 cannot
// strip types itself): `node [node options] scripts/run.mjs path/to/program.ts [arguments]`.
// esbuild bundles the program with `src` (through the `paths` of tsconfig.json), leaving packages
// to Node; the bundle then runs in this very process, so signals, the terminal and the exit code
// are the program's own.
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';

const root = realpathSync(fileURLToPath(new URL('..', import.meta.url)));
const [program] = process.argv.splice(2, 1);
if (program === undefined) {
  console.error('usage: node scripts/run.mjs program.ts [arguments]');
  process.exit(2);
}

// Inside node_modules, so that the bundle's imports of packages resolve as the source's do.
const cache = join(root, 'node_modules', '.cache', 'holdfast');
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, `${basename(program, '.ts')}-`));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

const outfile = join(folder, `${basename(program, '.ts')}.mjs`);
try {
  buildSync({
    absWorkingDir: root,
    entryPoints: [resolve(program)],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    tsconfig: join(root, 'tsconfig.json'),
    logLevel: 'warning',
  });
} catch {
  process.exit(1); // esbuild has already printed what is wrong
}

process.setSourceMapsEnabled(true);
process.argv[1] = outfile;
await import(pathToFileURL(outfile).href);
