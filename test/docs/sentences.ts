import { proseOf, type Page } from './markdown.ts';

/** Something that a page says: a sentence, or a row of a table. */
export interface Statement {
  /** Where it stands, as `README.md:12`. */
  readonly place: string;
  /** The heading above it; empty before the first one. */
  readonly section: string;
  /** Without marks of Markdown; of a row of a table, its first cell. */
  readonly text: string;
  /** The cells after the first one. */
  readonly cells: readonly string[];
}

/** Everything that a page says outside its fenced blocks, in order. */
export function statementsOf(page: Page): readonly Statement[] {
  const lines = proseOf(page);
  let section = '';
  return lines.flatMap((line, index) => {
    const place = `${page.path}:${index + 1}`;
    if (line.startsWith('#')) {
      if (!line.startsWith('# ')) section = plain(line.replace(/^#+ /, ''));
      return [];
    }
    if (line.startsWith('|')) {
      // A header, and the rule below it.
      if (/^\|[\s|:-]+$/.test(line) || /^\|[\s|:-]+$/.test(lines[index + 1] ?? '')) return [];
      const [text = '', ...cells] = line.split(/(?<!\\)\|/).slice(1, -1);
      return [{ place, section, text: plain(text), cells: cells.map(plain) }];
    }
    return plain(line)
      .split(/(?<=[.:])\s+(?=[A-Z“])/)
      .filter((text) => text !== '')
      .map((text) => ({ place, section, text, cells: [] }));
  });
}

const plain = (text: string) =>
  text
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[`*]/g, '')
    .trim();
