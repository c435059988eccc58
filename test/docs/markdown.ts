import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A page of the documentation, by its path from the root. */
export interface Page {
  readonly path: string;
  readonly lines: readonly string[];
}

/**
 * A fenced `ts` block of a page. Its first lines may say, as comments, what it is:
 *
 * - `// runs`: the block is executed as well as type-checked; it must end by itself, with exit
 *   code 0, without any network but loopback. Where it holds comments `// → text`, these are the
 *   lines that it prints, in order.
 * - `// continues`: the block goes on where the page's previous block ended.
 * - `// needs openai, ky`: packages that it imports and this repository does not install.
 *
 * A block without any of them is type-checked as a module of its own, so it imports what it uses.
 * What is no complete program (a signature, say) is no `ts` block but a `text` one.
 */
export interface Snippet {
  /** Where it stands, as `README.md:12`: the line of its first line of code. */
  readonly place: string;
  readonly page: string;
  readonly firstLine: number;
  readonly code: string;
  readonly runs: boolean;
  readonly continues: boolean;
  readonly needs: readonly string[];
}

/** README.md and every page below `docs`. */
export function readPages(): readonly Page[] {
  const docs = join(ROOT, 'docs');
  const below = existsSync(docs) ? readdirSync(docs, { recursive: true, encoding: 'utf8' }) : [];
  return [join(ROOT, 'README.md'), ...below.map((name) => join(docs, name)).toSorted()]
    .filter((path) => path.endsWith('.md') && existsSync(path))
    .map((path) => ({
      path: relative(ROOT, path).split(sep).join('/'),
      lines: readFileSync(path, 'utf8').split('\n'),
    }));
}

/** The `ts` blocks of a page, in order. */
export function snippetsOf({ path, lines }: Page): readonly Snippet[] {
  return fencedBlocks(lines)
    .filter(({ language }) => language === 'ts')
    .map(({ firstLine, code }) => {
      const marks = leadingComments(code);
      return {
        place: `${path}:${firstLine}`,
        page: path,
        firstLine,
        code: code.join('\n'),
        runs: marks.includes('runs'),
        continues: marks.includes('continues'),
        needs: marks.flatMap((mark) =>
          mark.startsWith('needs ') ? mark.slice('needs '.length).split(/, */) : [],
        ),
      };
    });
}

/** The lines of a page outside its fenced blocks; a block's own lines are left empty. */
export function proseOf({ lines }: Page): readonly string[] {
  const prose = [...lines];
  for (const { firstLine, code } of fencedBlocks(lines))
    prose.fill('', firstLine - 2, firstLine + code.length);
  return prose;
}

interface FencedBlock {
  readonly language: string;
  /** The number of its first line of code, counted from 1. */
  readonly firstLine: number;
  readonly code: readonly string[];
}

function fencedBlocks(lines: readonly string[]): readonly FencedBlock[] {
  const blocks: FencedBlock[] = [];
  let open: { fence: string; language: string; from: number } | undefined;
  for (const [index, line] of lines.entries()) {
    const [, fence, language] = /^\s*(`{3,}|~{3,})\s*(\w*)/.exec(line) ?? [];
    if (fence === undefined) continue;
    if (open === undefined) {
      open = { fence, language: language ?? '', from: index + 1 };
    } else if (fence.startsWith(open.fence) && language === '') {
      const code = lines.slice(open.from, index);
      blocks.push({ language: open.language, firstLine: open.from + 1, code });
      open = undefined;
    }
  }
  return blocks;
}

function leadingComments(code: readonly string[]): readonly string[] {
  const end = code.findIndex((line) => !line.startsWith('// '));
  return code.slice(0, end < 0 ? code.length : end).map((line) => line.slice('// '.length).trim());
}
