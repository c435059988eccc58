import { highlight, type Palette } from './colour.ts';
import type { Result } from './situation.ts';
import { callersWords, holdfastWords, serverWords } from './words.ts';
import { wrap } from './wrapping.ts';

export const TABLE_WIDTH = 100;

const COLUMNS = [
  { heading: 'situation', width: 25 },
  { heading: 'what the server did', width: 20 },
  { heading: 'what holdfast did', width: 28 },
  { heading: 'what the caller got', width: 19 },
] as const;

/** The table at the end: one row a situation, in groups, at most 100 columns wide. */
export function resultTable(results: readonly Result[], palette: Palette): string[] {
  const rule = palette.dim('─'.repeat(TABLE_WIDTH));
  const lines = [
    rule,
    palette.strong(
      row(
        ' ',
        COLUMNS.map(({ heading }) => [heading]),
      )[0] ?? '',
    ),
    rule,
  ];
  let group: string | undefined;
  for (const result of results) {
    if (result.situation.group !== group) {
      if (group !== undefined) lines.push('');
      ({ group } = result.situation);
      lines.push(palette.warm(group));
    }
    lines.push(...resultRow(result, palette));
  }
  return [...lines, rule];
}

function resultRow({ situation, seen, differences }: Result, palette: Palette): string[] {
  const [first] = seen;
  if (first === undefined) return [];
  const cells = [
    situation.title,
    serverWords(first),
    holdfastWords(first, situation),
    callersWords(seen),
  ];
  const asDocumented = differences.length === 0;
  const [head = '', ...rest] = row(
    asDocumented ? '✓' : '✗',
    cells.map((cell, index) => wrap(cell, COLUMNS[index]?.width ?? 0)),
  );
  const paintMark = asDocumented ? palette.good : palette.bad;
  return [
    `${paintMark(head.slice(0, 1))}${highlight(head.slice(1), palette)}`,
    ...rest.map((line) => highlight(line, palette)),
    ...differences.flatMap((text) => differenceLines(text, palette)),
  ];
}

export function differenceLines(text: string, palette: Palette): string[] {
  return wrap(text, TABLE_WIDTH - 4).map((line, index) =>
    palette.bad(`${index === 0 ? '  ≠ ' : '    '}${line}`),
  );
}

function row(mark: string, cells: readonly (readonly string[])[]): string[] {
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, index) => {
    const texts = cells.map((lines, column) =>
      (lines[index] ?? '').padEnd(COLUMNS[column]?.width ?? 0),
    );
    return `${index === 0 ? mark : ' '} ${texts.join('  ')}`.trimEnd();
  });
}
