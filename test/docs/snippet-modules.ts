import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPages, ROOT, snippetsOf } from './markdown.ts';
import type { Snippet } from './markdown.ts';

/** A snippet with what it continues, as one module. */
export interface SnippetModule {
  readonly snippet: Snippet;
  readonly file: string;
  /** The snippet that each line came from, and the line's number in its page. */
  readonly origins: readonly string[];
  readonly code: string;
}

/** Every snippet of README.md and docs, as modules. */
export function snippetModules(): readonly SnippetModule[] {
  return readPages().flatMap((page) => modulesOf(snippetsOf(page)));
}

/** Writes modules into a new folder, and gives its path. The caller removes it. */
export function writeModules(modules: readonly SnippetModule[]): string {
  // Inside the repository, so that packages and `tsconfig.json` are found as from the source.
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.cache', 'snippets-'));
  for (const { file, code } of modules) writeFileSync(join(folder, file), code);
  return folder;
}

function modulesOf(snippets: readonly Snippet[]): readonly SnippetModule[] {
  const made: SnippetModule[] = [];
  for (const [index, snippet] of snippets.entries()) {
    const before = snippet.continues ? made.at(-1) : undefined;
    const own = snippet.code.split('\n');
    made.push({
      snippet,
      file: `${snippet.page.replaceAll(/[^a-z0-9]+/gi, '-')}-${index}.ts`,
      origins: [
        ...(before?.origins ?? []),
        ...own.map((_line, offset) => `${snippet.page}:${snippet.firstLine + offset}`),
      ],
      code: before === undefined ? snippet.code : `${before.code}\n${snippet.code}`,
    });
  }
  return made;
}
