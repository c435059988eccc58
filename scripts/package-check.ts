// What a user gets: packs the built package, installs the tarball in an empty project, imports
// every entry point there, and type-checks a program that uses them under `nodenext` and `bundler`,
// for a browser (lib.dom, no @types/node) and for Node (no lib.dom).
// `npm run package:check` builds first.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<
    Record<string, string | { readonly types: string; readonly default: string }>
  >;
  readonly bin?: Readonly<Record<string, string>>;
}

const root = process.cwd();
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const entries = Object.entries(manifest.exports).flatMap(([path, target]) =>
  typeof target === 'string' ? [] : [{ specifier: `${manifest.name}${path.slice(1)}`, target }],
);
const project = mkdtempSync(join(tmpdir(), 'holdfast-consumer-'));
let failures = 0;

function step(what: string, act: () => string | undefined): void {
  try {
    const detail = act();
    console.log(`ok      ${what}${detail === undefined ? '' : `: ${detail}`}`);
  } catch (error) {
    failures += 1;
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    const said = [stdout, stderr].filter((text) => text !== undefined && text !== '');
    console.log(`FAILED  ${what}\n${said.length > 0 ? said.join('\n') : String(error)}`);
  }
}

function run(file: string, args: readonly string[], cwd = project): string {
  return execFileSync(file, args, { cwd, encoding: 'utf8', timeout: 120_000, stdio: 'pipe' });
}

function write(name: string, text: string): string {
  const path = join(project, name);
  writeFileSync(path, text);
  return path;
}

function checkFiles(files: readonly string[]): string {
  const targets = [
    ...entries.flatMap(({ target }) => [target.types, target.default]),
    ...Object.values(manifest.bin ?? {}),
  ].map((path) => path.replace(/^\.\//, ''));
  const missing = [...targets, 'README.md', 'LICENSE', 'CHANGELOG.md'].filter(
    (path) => !files.includes(path),
  );
  const foreign = files.filter(
    (path) =>
      !/^(dist\/.+\.(js|d\.ts)|docs\/.+\.(md|svg|png)|README\.md|LICENSE|CHANGELOG\.md|package\.json)$/.test(
        path,
      ),
  );
  if (missing.length > 0) throw new Error(`missing from the tarball: ${missing.join(', ')}`);
  if (foreign.length > 0) throw new Error(`not expected in the tarball: ${foreign.join(', ')}`);
  return `${files.length} files`;
}

// Each entry point is imported by a process of its own, which must then end by itself at once:
// importing starts nothing.
function importEntry(specifier: string): string {
  const program = write(
    'import.mjs',
    `const entry = await import('${specifier}');
     const busy = () =>
       process.getActiveResourcesInfo().filter((kind) => !/^(TTYWrap|PipeWrap|Immediate)$/.test(kind));
     // The loader itself takes some turns to close the files that it read.
     for (let turn = 0; turn < 1000 && busy().length > 0; turn++) await new Promise(setImmediate);
     if (busy().length > 0) throw new Error('importing it left behind: ' + busy().join(', '));
     const names = Object.keys(entry);
     if (names.length === 0 || names.includes('default')) throw new Error('exports ' + names.join(', '));
     console.log(names.length + ' exports');`,
  );
  return run(process.execPath, [program]).trim();
}

const consumer = `
${entries.map(({ specifier }, index) => `import * as entry${index} from '${specifier}';`).join('\n')}
import { classify, pipeline, resilientFetch, retry } from 'holdfast';

export const entries = [${entries.map((_entry, index) => `entry${index}`).join(', ')}];
export const sameSignature: typeof fetch = resilientFetch(fetch);
export const category: 'success' | 'retryable' | 'throttle' | 'fatal' = classify({ status: 429 }).category;
export const answer: Promise<number> = pipeline(retry({ maxRetries: 1 })).execute(async ({ signal }) =>
  signal?.aborted === true ? 0 : 1,
);
`;

const resolutions = { nodenext: 'nodenext', bundler: 'esnext' };
const platforms = {
  browser: { lib: ['esnext', 'dom', 'dom.iterable'], types: [] },
  Node: { lib: ['esnext'], types: ['node'], typeRoots: [join(root, 'node_modules', '@types')] },
};

function typeCheck(
  moduleResolution: keyof typeof resolutions,
  platform: keyof typeof platforms,
): undefined {
  const config = write(
    'tsconfig.json',
    JSON.stringify({
      compilerOptions: {
        ...platforms[platform],
        target: 'es2022',
        module: resolutions[moduleResolution],
        moduleResolution,
        strict: true,
        exactOptionalPropertyTypes: true,
        // Our own declarations are judged as well; those of packages that ours name, too.
        skipLibCheck: false,
        noEmit: true,
      },
      files: ['consumer.ts'],
    }),
  );
  run(process.execPath, [
    join(root, 'node_modules/typescript/bin/tsc'),
    '--pretty',
    'false',
    '-p',
    config,
  ]);
}

try {
  let tarball = '';
  step('npm pack', () => {
    const [packed] = JSON.parse(
      run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], root),
    ) as readonly {
      filename: string;
      size: number;
      unpackedSize: number;
      files: { path: string }[];
    }[];
    if (packed === undefined) throw new Error('npm pack said nothing');
    tarball = join(project, packed.filename);
    const contents = checkFiles(packed.files.map(({ path }) => path));
    return `${contents}, ${packed.size} bytes packed, ${packed.unpackedSize} unpacked`;
  });
  if (existsSync(tarball)) {
    mkdirSync(project, { recursive: true });
    write('package.json', JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
    write('consumer.ts', consumer);
    step('npm install of the tarball in an empty project', () => {
      run('npm', [
        'install',
        '--prefer-offline',
        '--ignore-scripts',
        '--no-audit',
        '--no-fund',
        tarball,
      ]);
      return undefined;
    });
    for (const { specifier } of entries)
      step(`import '${specifier}'`, () => importEntry(specifier));
    for (const name of Object.keys(manifest.bin ?? {})) {
      step(`${name} --help`, () => {
        run(join(project, 'node_modules', '.bin', name), ['--help']);
        return undefined;
      });
    }
    for (const moduleResolution of Object.keys(resolutions) as (keyof typeof resolutions)[]) {
      for (const platform of Object.keys(platforms) as (keyof typeof platforms)[]) {
        step(`type-checks under ${moduleResolution} for ${platform}`, () =>
          typeCheck(moduleResolution, platform),
        );
      }
    }
  }
} finally {
  rmSync(project, { recursive: true, force: true });
}
process.exitCode = failures === 0 ? 0 : 1;
