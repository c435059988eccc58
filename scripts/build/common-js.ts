import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { bundle, type BundleFile } from './bundles.ts';
import { readManifest, type Manifest } from './manifest.ts';

/**
 * The package as CommonJS: the same files as the ES modules, each translated, so that what is
 * shared stays shared. Node before 20.19 and Jest cannot `require` an ES module. So packages that
 * are nothing else are bundled in, with their licences beside them.
 */
export async function bundleCommonJs(
  root: string,
  manifest: Manifest,
): Promise<readonly BundleFile[]> {
  const packages = Object.keys(manifest.dependencies ?? {});
  const bundledIn = packages.filter((name) => isOnlyModule(join(root, 'node_modules', name)));
  const { files, sources } = await bundle(root, manifest, '.cjs', bundledIn);
  const translated = files.map(async ({ path, text }) => {
    const { code } = await transform(text, {
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      // Jest gives its modules no way to use `import()`.
      supported: { 'dynamic-import': false },
    });
    return { path, text: code };
  });
  const folders = sources.flatMap(
    (source) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(source)?.[0] ?? [],
  );
  const licences = [...new Set(folders)].map((folder) => licenceOf(join(root, folder)));
  return [
    ...(await Promise.all(translated)),
    { path: 'THIRD-PARTY-LICENSES.txt', text: licences.join('\n') },
  ];
}

/** Whether a package can be imported but, on every Node, not required. */
function isOnlyModule(folder: string): boolean {
  const { type, exports } = readManifest(folder);
  return type === 'module' && !JSON.stringify(exports ?? null).includes('"require"');
}

function licenceOf(folder: string): string {
  const { name, version } = readManifest(folder);
  const file = readdirSync(folder).find((candidate) => /^licen[cs]e/i.test(candidate));
  if (file === undefined) throw new Error(`${name} is to be bundled in and has no licence file`);
  const text = readFileSync(join(folder, file), 'utf8').trim();
  return `${name} ${version}, part of the CommonJS files\n\n${text}\n`;
}
