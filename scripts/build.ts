// `npm run build`: an empty `dist`, then all that package.json names in it. An entry point is one
// line in `exports` and one file in `src`. `npm run build -- folder` builds elsewhere.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { bundle } from './build/bundles.ts';
import { bundleCommonJs } from './build/common-js.ts';
import { declarationsOf } from './build/declarations.ts';
import { entriesOf, readManifest } from './build/manifest.ts';

const root = process.cwd();
const dist = resolve(process.argv[2] ?? 'dist');
const manifest = readManifest(root);

rmSync(dist, { recursive: true, force: true });
const stems = entriesOf(manifest).map(({ stem }) => stem);
const declarations = declarationsOf(root, stems);
const modules = await bundle(root, manifest, '.js', []);
const commonJs = await bundleCommonJs(root, manifest);
for (const { path, text } of [...declarations, ...modules.files, ...commonJs]) {
  const file = join(dist, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
