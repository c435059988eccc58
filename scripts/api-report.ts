// The public API as text, so that a change of it shows in review: `npm run api` writes
// `etc/holdfast.api.md` from the built declarations, `npm run api -- --check` fails when the two
// differ. Under each entry point stand the declarations that it exports, then the ones that these
// name without the entry point exporting them.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseSync, printSync } from '@swc/core';
import type { Module, ModuleItem } from '@swc/core';
import { format } from 'prettier';
import { entriesOf, readManifest } from './build/manifest.ts';

const REPORT = 'etc/holdfast.api.md';

/** Where a name of one declaration file leads: to a declaration in it, to another file's, or out. */
type Origin =
  | { readonly kind: 'declared'; readonly statements: ModuleItem[] }
  | { readonly kind: 'from'; readonly file: string; readonly name: string }
  | { readonly kind: 'external'; readonly text: string };

interface DeclarationFile {
  readonly module: Module;
  /** Names as this file itself uses them. */
  readonly local: Map<string, Origin>;
  /** Names as others import them: each exported name's local name, or another file's name. */
  readonly exported: Map<string, Origin | { readonly kind: 'local'; readonly name: string }>;
  readonly stars: string[];
}

interface Declaration {
  readonly name: string;
  readonly file: string;
  readonly origin: Origin;
}

type SyntaxNode = Readonly<Record<string, unknown>>;

const read = new Map<string, DeclarationFile>();

function readDeclarations(file: string): DeclarationFile {
  const known = read.get(file);
  if (known !== undefined) return known;
  const module = parseSync(readFileSync(file, 'utf8'), { syntax: 'typescript', target: 'es2022' });
  const made: DeclarationFile = { module, local: new Map(), exported: new Map(), stars: [] };
  read.set(file, made);
  for (const item of module.body) readStatement(file, item, made);
  return made;
}

function readStatement(file: string, item: ModuleItem, into: DeclarationFile): void {
  switch (item.type) {
    case 'ImportDeclaration':
      for (const specifier of item.specifiers) {
        const name =
          specifier.type === 'ImportSpecifier'
            ? (specifier.imported?.value ?? specifier.local.value)
            : 'default';
        into.local.set(specifier.local.value, originIn(file, item.source.value, name));
      }
      break;
    case 'ExportNamedDeclaration':
      for (const specifier of item.specifiers) {
        if (specifier.type !== 'ExportSpecifier') continue;
        const name = specifier.orig.value;
        const origin =
          item.source === null || item.source === undefined
            ? ({ kind: 'local', name } as const)
            : originIn(file, item.source.value, name);
        into.exported.set(specifier.exported?.value ?? name, origin);
      }
      break;
    case 'ExportAllDeclaration':
      into.stars.push(targetOf(file, item.source.value));
      break;
    case 'ExportDeclaration':
      for (const name of declaredNames(item.declaration)) {
        declare(into, name, item);
        into.exported.set(name, { kind: 'local', name });
      }
      break;
    default:
      for (const name of declaredNames(item)) declare(into, name, item);
  }
}

function declare(into: DeclarationFile, name: string, item: ModuleItem): void {
  const before = into.local.get(name);
  if (before?.kind === 'declared') before.statements.push(item);
  else into.local.set(name, { kind: 'declared', statements: [item] });
}

function declaredNames(node: ModuleItem): readonly string[] {
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
      return [node.identifier.value];
    case 'TsInterfaceDeclaration':
    case 'TsTypeAliasDeclaration':
    case 'TsEnumDeclaration':
      return [node.id.value];
    case 'VariableDeclaration':
      return node.declarations.flatMap(({ id }) => (id.type === 'Identifier' ? [id.value] : []));
    default:
      return [];
  }
}

function originIn(file: string, specifier: string, name: string): Origin {
  return specifier.startsWith('.')
    ? { kind: 'from', file: targetOf(file, specifier), name }
    : { kind: 'external', text: `${name} of ${specifier}` };
}

function targetOf(file: string, specifier: string): string {
  return join(dirname(file), specifier.replace(/\.js$/, '.d.ts'));
}

/** Follows an exported name through re-exports to the file that declares it. */
function resolveExport(file: string, name: string): Declaration | undefined {
  const { exported, stars } = readDeclarations(file);
  const found = exported.get(name);
  if (found?.kind === 'local') return resolveLocal(file, found.name);
  if (found?.kind === 'from') return resolveExport(found.file, found.name);
  if (found !== undefined) return { name, file, origin: found };
  for (const star of stars) {
    const there = resolveExport(star, name);
    if (there !== undefined) return there;
  }
  return undefined;
}

function resolveLocal(file: string, name: string): Declaration | undefined {
  const origin = readDeclarations(file).local.get(name);
  if (origin === undefined) return undefined;
  return origin.kind === 'from' ? resolveExport(origin.file, origin.name) : { name, file, origin };
}

function exportedNames(file: string): readonly string[] {
  const { exported, stars } = readDeclarations(file);
  const names = new Set([...exported.keys(), ...stars.flatMap((star) => exportedNames(star))]);
  return [...names].toSorted();
}

/** The declarations that one names: by an identifier of its file, or as `import('./x.js').X`. */
function namedBy(value: unknown, file: string): readonly Declaration[] {
  if (Array.isArray(value)) return value.flatMap((item) => namedBy(item, file));
  if (typeof value !== 'object' || value === null) return [];
  const node = value as SyntaxNode;
  const own =
    node['type'] === 'Identifier'
      ? resolveLocal(file, String(node['value']))
      : node['type'] === 'TsImportType'
        ? resolveImportType(node, file)
        : undefined;
  const inner = Object.values(node).flatMap((item) => namedBy(item, file));
  return own === undefined ? inner : [own, ...inner];
}

function resolveImportType(node: SyntaxNode, file: string): Declaration | undefined {
  const specifier = (node['argument'] as SyntaxNode)['value'];
  const name = (node['qualifier'] as SyntaxNode | undefined)?.['value'];
  return typeof specifier === 'string' && specifier.startsWith('.') && typeof name === 'string'
    ? resolveExport(targetOf(file, specifier), name)
    : undefined;
}

function textOf({ origin, file, name }: Declaration, exportedAs: string): string {
  if (origin.kind !== 'declared') {
    return `// ${exportedAs}: ${origin.kind === 'external' ? origin.text : name}`;
  }
  const { module } = readDeclarations(file);
  const text = origin.statements
    .map((item) => printSync({ ...module, body: [item] }).code.trim())
    .join('\n')
    .replaceAll(/^(export )?(declare )?/gm, '');
  return exportedAs === name ? text : `// as ${exportedAs}\n${text}`;
}

function reportOn(entry: string, file: string): string {
  const shown = new Map<Declaration['origin'], string>();
  const queue: Declaration[] = [];
  const show = (declaration: Declaration, exportedAs: string): void => {
    if (shown.has(declaration.origin)) return;
    shown.set(declaration.origin, textOf(declaration, exportedAs));
    queue.push(declaration);
  };
  for (const name of exportedNames(file)) {
    const declaration = resolveExport(file, name);
    if (declaration === undefined)
      throw new Error(`${file}: cannot find what it exports as ${name}`);
    show(declaration, name);
  }
  const exported = [...shown.values()];
  shownUnexported(queue, show);
  const named = [...shown.values()].slice(exported.length).toSorted();
  return [
    `## ${entry}`,
    ['```ts', exported.join('\n\n'), '```'].join('\n'),
    ...(named.length > 0
      ? ['Named by these, not exported here:', ['```ts', named.join('\n\n'), '```'].join('\n')]
      : []),
  ].join('\n\n');
}

function shownUnexported(
  queue: Declaration[],
  show: (declaration: Declaration, exportedAs: string) => void,
): void {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (next.origin.kind !== 'declared') continue;
    for (const used of namedBy(next.origin.statements, next.file)) {
      if (used.origin.kind === 'declared') show(used, used.name);
    }
  }
}

const sections = entriesOf(readManifest(process.cwd())).map(({ specifier, stem }) =>
  reportOn(specifier, join(`${stem}.d.ts`)),
);
const report = await format(
  `# The public API of holdfast\n\nWritten by \`npm run api\`. Reviewed, not edited.\n\n${sections.join('\n\n')}\n`,
  { ...(JSON.parse(readFileSync('.prettierrc.json', 'utf8')) as object), parser: 'markdown' },
);
const committed = existsSync(REPORT) ? readFileSync(REPORT, 'utf8') : '';
if (!process.argv.includes('--check')) {
  mkdirSync(dirname(REPORT), { recursive: true });
  writeFileSync(REPORT, report);
} else if (report !== committed) {
  mkdirSync('.cache', { recursive: true });
  const fresh = '.cache/holdfast.api.md';
  writeFileSync(fresh, report);
  const known = existsSync(REPORT) ? REPORT : '/dev/null';
  spawnSync('git', ['--no-pager', 'diff', '--no-index', known, fresh], { stdio: 'inherit' });
  console.error(`The public API differs from ${REPORT}: review the change, then run npm run api.`);
  process.exitCode = 1;
}
