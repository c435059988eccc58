// `npm run docs`: builds the documentation as a static site with search, and an API reference from
// the docstrings; then serves it on loopback.
//   -- --build      build only: `scripts/docs-site/.cache/site` is what goes to a host
//   -- --port=n     where to serve; any free port where left out
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { serveFolder } from './serve-folder.ts';
import { PAGES_BESIDE_DOCS, pageForSite, placeOnSite, sidebarOf } from './site-pages.ts';

const HERE = join(process.cwd(), 'scripts', 'docs-site');
const STAGE = join(HERE, '.cache', 'stage');
const SITE = join(HERE, '.cache', 'site');

const { values } = parseArgs({
  options: { build: { type: 'boolean', default: false }, port: { type: 'string', default: '0' } },
});

/** Ends this program where a step fails. */
function run(command: string, ...given: readonly string[]): void {
  const { status, error } = spawnSync(command, given, { stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative('.', join(entry.parentPath, entry.name)).split(sep).join('/'));

/** Every page at its place, with everything else that `docs` holds. */
function stagePages(): void {
  for (const path of [...PAGES_BESIDE_DOCS, ...filesBelow('docs')]) {
    const place = placeOnSite(path);
    if (place === undefined || !existsSync(path)) continue;
    const target = join(STAGE, place);
    mkdirSync(dirname(target), { recursive: true });
    if (!path.endsWith('.md')) cpSync(path, target);
    else writeFileSync(target, pageForSite({ path, text: readFileSync(path, 'utf8') }, existsSync));
  }
}

/** The settings of the site, as a module without imports. */
function stageSettings(): void {
  const { version, description } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    version: string;
    description: string;
  };
  const contents = readFileSync('docs/README.md', 'utf8');
  const settings = {
    title: 'holdfast',
    description,
    cleanUrls: true,
    outDir: SITE,
    lastUpdated: false,
    head: [['link', { rel: 'icon', href: 'data:,' }]],
    themeConfig: {
      nav: [
        { text: 'Get started', link: '/getting-started' },
        { text: 'Contents', link: '/contents' },
        { text: 'API', link: '/api/' },
        { text: 'Playground', link: '/try.html', target: '_self' },
        { text: version, link: '/changelog' },
      ],
      sidebar: [
        { text: 'API', items: [{ text: 'Reference', link: '/api/' }] },
        ...sidebarOf(contents),
      ],
      outline: { level: [2, 3] },
      search: { provider: 'local' },
    },
  };
  mkdirSync(join(STAGE, '.vitepress'), { recursive: true });
  // The anchors are those of repository hosts, for which the links are written.
  writeFileSync(
    join(STAGE, '.vitepress', 'config.mjs'),
    `export default {
  ...${JSON.stringify(settings)},
  markdown: {
    anchor: {
      slugify: (heading) =>
        heading.trim().toLowerCase().replaceAll(/[^\\p{L}\\p{N}\\s_-]/gu, '').replaceAll(/\\s/g, '-'),
    },
  },
};
`,
  );
}

/** The playground, as a page beside the others. */
function stagePlayground(): void {
  run(process.execPath, 'scripts/run.mjs', 'scripts/playground.ts', '--build');
  mkdirSync(join(STAGE, 'public'), { recursive: true });
  cpSync('.cache/playground/index.html', join(STAGE, 'public', 'try.html'));
}

/** The API reference, from the docstrings of every entry point. */
function stageReference(): void {
  run(
    process.execPath,
    join(HERE, 'node_modules', 'typedoc', 'bin', 'typedoc'),
    '--options',
    join(HERE, 'typedoc.json'),
    '--out',
    join(STAGE, 'api'),
  );
}

if (!existsSync(join(HERE, 'node_modules', 'vitepress')))
  run('npm', 'ci', '--prefix', HERE, '--no-progress');
rmSync(join(HERE, '.cache'), { recursive: true, force: true });
stagePages();
stageSettings();
stagePlayground();
stageReference();
run(
  process.execPath,
  join(HERE, 'node_modules', 'vitepress', 'bin', 'vitepress.js'),
  'build',
  STAGE,
);
console.log(`built into ${relative('.', SITE)}`);
if (!values.build)
  console.log(`open ${await serveFolder(SITE, Number(values.port))} (Ctrl-C ends it)`);
