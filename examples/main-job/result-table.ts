import { highlight, type Palette } from './colour.ts';
import type { Result } from './situation.ts';
import { callersWords, holdfastWords, serverWords } from './words.ts';
import { wrap } from './wrapping.ts';

const HEADINGS = [
  'situation',
  'the server',
  'plain fetch',
  'holdfast did',
  'its caller got',
] as const;

/** How wide each column is at 100; the rest of a wider terminal is shared out in the same way. */
const SHARES: readonly number[] = [23, 16, 15, 19, 17];
const SHARED = SHARES.reduce((sum, share) => sum + share, 0);
/** The mark before the first column, and two spaces between columns. */
const BETWEEN = 2 + 2 * (SHARES.length - 1);
/** In a narrower terminal columns would tear words apart, so each row becomes a few lines. */
const LEAST_FOR_COLUMNS = SHARED + BETWEEN;

/** The results at the end, in groups: a table, or a list where a table has no room. */
export function resultTable(
  results: readonly Result[],
  palette: Palette,
  width = LEAST_FOR_COLUMNS,
): string[] {
  const rule = palette.dim('─'.repeat(width));
  const columns = columnsFor(width);
  const lines = [rule];
  if (columns !== undefined) {
    const headings = HEADINGS.map((heading) => [heading]);
    lines.push(palette.strong(row(' ', headings, columns)[0] ?? ''), rule);
  }
  let group: string | undefined;
  for (const result of results) {
    if (result.situation.group !== group) {
      if (group !== undefined) lines.push('');
      ({ group } = result.situation);
      lines.push(palette.warm(group));
    }
    lines.push(...resultLines(result, palette, width, columns));
  }
  return [...lines, rule];
}

function columnsFor(width: number): readonly number[] | undefined {
  if (width < LEAST_FOR_COLUMNS) return undefined;
  return SHARES.map((share) => Math.floor((share * (width - BETWEEN)) / SHARED));
}

function resultLines(
  result: Result,
  palette: Palette,
  width: number,
  columns: readonly number[] | undefined,
): string[] {
  const { situation, seen, plainly, differences } = result;
  const [first] = seen;
  if (first === undefined) return [];
  const cells = [
    situation.title,
    serverWords(first),
    callersWords([plainly]),
    holdfastWords(first, situation),
    callersWords(seen),
  ];
  const asDocumented = differences.length === 0;
  const mark = asDocumented ? '✓' : '✗';
  const [head = '', ...rest] =
    columns === undefined
      ? list(mark, cells, width)
      : row(
          mark,
          cells.map((cell, index) => wrap(cell, columns[index] ?? 0)),
          columns,
        );
  const paintMark = asDocumented ? palette.good : palette.bad;
  return [
    `${paintMark(head.slice(0, 1))}${highlight(head.slice(1), palette)}`,
    ...rest.map((line) => highlight(line, palette)),
    ...differences.flatMap((text) => differenceLines(text, palette, width)),
  ];
}

export function differenceLines(text: string, palette: Palette, width: number): string[] {
  return wrap(text, width - 4).map((line, index) =>
    palette.bad(`${index === 0 ? '  ≠ ' : '    '}${line}`),
  );
}

function row(
  mark: string,
  cells: readonly (readonly string[])[],
  columns: readonly number[],
): string[] {
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, index) => {
    const texts = cells.map((lines, column) => (lines[index] ?? '').padEnd(columns[column] ?? 0));
    return `${index === 0 ? mark : ' '} ${texts.join('  ')}`.trimEnd();
  });
}

/** The title, and a line or more for each of the other cells. */
function list(mark: string, [title = '', ...cells]: readonly string[], width: number): string[] {
  const indent = Math.max(...HEADINGS.map((heading) => heading.length)) + 4;
  const lines = cells.flatMap((cell, index) =>
    wrap(cell, width - indent).map((line, lineIndex) => {
      const label = lineIndex === 0 ? (HEADINGS[index + 1] ?? '') : '';
      return `  ${label.padEnd(indent - 2)}${line}`;
    }),
  );
  const titles = wrap(title, width - 2).map((line, index) => `${index === 0 ? mark : ' '} ${line}`);
  return [...titles, ...lines];
}
