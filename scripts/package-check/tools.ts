import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { bundled, testFile } from './programs.ts';
import type { ScratchProject } from './scratch-project.ts';
import type { Entry } from '../build/manifest.ts';

/**
 * What the scratch project installs for itself, with the versions that are tried: tools, and the
 * optional peer dependency that one of the entry points needs.
 */
export const INSTALLED_TOOLS = ['vite@8.4.0', 'vitest@4.1.12', '@opentelemetry/api@1.9.0'];

/** Engines that bundles for browsers do without, each with text of it that survives minification. */
const ENGINES = { opossum: 'errorThresholdPercentage', 'p-retry': 'shouldConsumeRetry' } as const;

/** Tries test runners and bundlers, each with its default configuration. */
export function checkTools(project: ScratchProject, root: string, entries: readonly Entry[]): void {
  project.step('Jest, with its default configuration', () => {
    project.write('jest/package.json', { name: 'jest-user' });
    project.write('jest/holdfast.test.js', testFile(entries, 'commonjs'));
    project.node([join(root, 'node_modules/jest/bin/jest.js'), '--ci'], 'jest');
  });
  project.step('Vitest, with its default configuration', () => {
    project.write('vitest/package.json', { name: 'vitest-user', type: 'module' });
    project.write('vitest/holdfast.test.js', testFile(entries, 'module'));
    project.node(['../node_modules/vitest/vitest.mjs', 'run'], 'vitest');
  });

  const vite = ['../node_modules/vite/bin/vite.js', 'build', '--logLevel', 'error'];
  project.write('vite/package.json', { name: 'vite-user', type: 'module' });
  project.write('vite/index.html', '<script type="module" src="./main.js"></script>');
  project.write('vite/main.js', bundled);
  project.step('Vite, for a browser', () => {
    project.node(vite, 'vite');
    return browserBundle(textOfBundle(join(project.folder, 'vite/dist/assets')));
  });
  project.step('Vite, for a browser, with timeout alone', () => {
    project.write('vite/main.js', "import { timeout } from 'holdfast';\nconsole.log(timeout);");
    project.node(vite, 'vite');
    const text = textOfBundle(join(project.folder, 'vite/dist/assets'));
    // A catalog's name: a bundler that drops what nobody uses drops the catalogs.
    if (text.includes('anthropic')) throw new Error('what nobody uses is still in the bundle');
    return browserBundle(text);
  });
  project.step('Vite, for a server', () => {
    project.write('vite/main.js', bundled);
    project.node([...vite, '--ssr', 'main.js'], 'vite');
    return opened(project.node(['dist/main.js'], 'vite'));
  });
  project.step('esbuild, for Node', () => {
    const outfile = esbuild(project, 'node');
    const text = readFileSync(outfile, 'utf8');
    for (const [engine, mark] of Object.entries(ENGINES)) {
      if (!text.includes(mark)) throw new Error(`${engine} is not in it`);
    }
    return opened(project.node([outfile], '..'));
  });
  project.step('esbuild, for a browser', () => {
    const outfile = esbuild(project, 'browser');
    opened(project.node([outfile], '..'));
    return browserBundle(readFileSync(outfile, 'utf8'));
  });
}

function esbuild(project: ScratchProject, platform: 'node' | 'browser'): string {
  const outfile = join(project.folder, `esbuild-${platform}.cjs`);
  buildSync({
    entryPoints: [project.write('bundled.mjs', bundled)],
    outfile,
    bundle: true,
    minify: true,
    format: 'cjs',
    platform,
    logLevel: 'error',
  });
  return outfile;
}

function textOfBundle(folder: string): string {
  const scripts = readdirSync(folder).filter((name) => name.endsWith('.js'));
  return scripts.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
}

function browserBundle(text: string): string {
  for (const [engine, mark] of Object.entries(ENGINES)) {
    if (text.includes(mark)) throw new Error(`${engine} is in a bundle for browsers`);
  }
  return `${(text.length / 1000).toFixed(1)} kB`;
}

function opened(printed: string): void {
  if (printed.trim() !== 'function opened') throw new Error(`it printed: ${printed}`);
}
