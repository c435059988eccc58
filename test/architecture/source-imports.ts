import { readFileSync, readdirSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from '@swc/core';
import { filesOf, readManifest } from '../../scripts/build/manifest.ts';

// The repository's root folder.
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** One import of one source file: `import`, `export … from`, `import()` or an `import('…')` type. */
export interface SourceImport {
  /** The specifier as written. */
  readonly specifier: string;
  /**
   * The path from the root where the specifier is relative or begins with `#`, `undefined` for a
   * package. A `#` name that stands for several files gives an import for each.
   */
  readonly path: string | undefined;
  /** Whether it is loaded with the file, on demand, or only seen by the type checker. */
  readonly kind: 'static' | 'dynamic' | 'type';
}

/** One file of `src`, by its path from the root with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly SourceImport[];
}

/** Reads every TypeScript file of `src` and what it imports. */
export function readSourceFiles(): readonly SourceFile[] {
  return readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .toSorted()
    .map((path) => {
      const text = readFileSync(join(ROOT, path), 'utf8');
      return { path, text, imports: importsOf(path, text) };
    });
}

/** The imports of one file, in the order in which they stand. */
export function importsOf(path: string, text: string): readonly SourceImport[] {
  const found: SourceImport[] = [];
  const add = (specifier: unknown, kind: SourceImport['kind']): void => {
    if (typeof specifier !== 'string') return;
    for (const target of targetsOf(path, specifier)) {
      found.push({ specifier, path: target, kind });
    }
  };
  visit(parseSync(text, { syntax: 'typescript', target: 'es2022' }), (node) => {
    switch (node['type']) {
      case 'ImportDeclaration':
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration':
        add(valueOf(node['source']), node['typeOnly'] === true ? 'type' : 'static');
        break;
      case 'TsImportType':
        add(valueOf(node['argument']), 'type');
        break;
      case 'CallExpression':
        if (isNode(node['callee']) && node['callee']['type'] === 'Import') {
          const [first] = node['arguments'] as readonly { expression: unknown }[];
          add(valueOf(first?.expression), 'dynamic');
        }
        break;
    }
  });
  return found;
}

const { imports: NAMED_TARGETS = {} } = readManifest(ROOT);

function targetsOf(path: string, specifier: string): readonly (string | undefined)[] {
  if (specifier.startsWith('.')) return [posix.join(posix.dirname(path), specifier)];
  if (!specifier.startsWith('#')) return [undefined];
  const sources = filesOf(NAMED_TARGETS[specifier]).map((file) =>
    file.replace(/^\.\/dist\/(.*)\.c?js$/, 'src/$1.ts'),
  );
  return [...new Set(sources)];
}

type SyntaxNode = Readonly<Record<string, unknown>>;

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null;
}

function valueOf(literal: unknown): unknown {
  return isNode(literal) ? literal['value'] : undefined;
}

function visit(value: unknown, onNode: (node: SyntaxNode) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, onNode);
  } else if (isNode(value)) {
    onNode(value);
    for (const item of Object.values(value)) visit(item, onNode);
  }
}
