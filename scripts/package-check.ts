// What a user gets: packs the package, which builds it, installs the tarball in an empty project,
// and tries there all the ways in which it may be loaded: `import`, `require`, TypeScript's
// resolutions, test runners and bundlers. `npm run package:check` runs publint and attw first.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { entriesOf, readManifest } from './build/manifest.ts';
import {
  comparesCopies,
  importsOne,
  opensInCommonJs,
  opensInModule,
  requiresOne,
} from './package-check/programs.ts';
import { OLDER_NODE, ScratchProject } from './package-check/scratch-project.ts';
import { checkTools, INSTALLED_TOOLS } from './package-check/tools.ts';
import { checkTypes } from './package-check/type-checks.ts';

const root = process.cwd();
const manifest = readManifest(root);
const entries = entriesOf(manifest);

/** A file that the package may hold. */
const EXPECTED =
  /^(dist\/.+\.(c?js|d\.c?ts)|dist\/THIRD-PARTY-LICENSES\.txt|docs\/.+\.(md|svg|png|json)|README\.md|LICENSE|CHANGELOG\.md|package\.json)$/;

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

function pack(): string {
  // What an earlier build left must not stand in for what `npm pack` should build.
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const args = ['pack', root, '--json', '--foreground-scripts=false'];
  const [packed] = JSON.parse(project.run('npm', args)) as readonly Packed[];
  if (packed === undefined) throw new Error('npm pack said nothing');
  const files = packed.files.map(({ path }) => path);
  const missing = [
    ...entries.flatMap(({ stem }) => ['.js', '.d.ts', '.cjs', '.d.cts'].map((end) => stem + end)),
    ...Object.values(manifest.bin ?? {}),
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
  ].filter((path) => !files.includes(path.replace(/^\.\//, '')));
  const foreign = files.filter((path) => !EXPECTED.test(path));
  if (missing.length > 0) throw new Error(`missing from the tarball: ${missing.join(', ')}`);
  if (foreign.length > 0) throw new Error(`not expected in the tarball: ${foreign.join(', ')}`);
  project.run('npm', [
    'install',
    '--prefer-offline',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    `./${packed.filename}`,
    ...INSTALLED_TOOLS,
  ]);
  const { size, unpackedSize } = packed;
  return `${files.length} files, ${size} bytes packed, ${unpackedSize} unpacked`;
}

function checkLoading(): void {
  for (const { specifier } of entries) {
    project.step(`import '${specifier}'`, () =>
      project.node([project.write('import.mjs', importsOne(specifier))]).trim(),
    );
    project.step(`require('${specifier}') as on an older Node`, () =>
      project.node([...OLDER_NODE, project.write('require.cjs', requiresOne(specifier))]).trim(),
    );
  }
  project.step('opossum judges in an ES module', () => {
    project.node([project.write('opens.mjs', opensInModule)]);
  });
  project.step('opossum judges in CommonJS as on an older Node', () => {
    project.node([...OLDER_NODE, project.write('opens.cjs', opensInCommonJs)]);
  });
  project.step('import and require give one copy where Node can require an ES module', () => {
    project.node([project.write('copies.cjs', comparesCopies)]);
  });
  for (const name of Object.keys(manifest.bin ?? {})) {
    project.step(`${name} --help`, () => {
      project.run(join(project.folder, 'node_modules', '.bin', name), ['--help']);
    });
  }
}

const project = new ScratchProject();
try {
  project.write('package.json', { name: 'consumer', private: true });
  project.step('npm pack, and npm install of the tarball in an empty project', pack);
  if (project.failures === 0) {
    checkLoading();
    checkTypes(project, root, entries);
    checkTools(project, root, entries);
  }
} finally {
  project.remove();
}
process.exitCode = project.failures === 0 ? 0 : 1;
