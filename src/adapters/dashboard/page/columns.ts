import { COLUMNS, SERIES, type KeySnapshot } from '../snapshot.ts';
import { shape } from './dom.ts';

/** From the bottom to the top of a column. */
const STACK = ['success', 'refused', 'throttle', 'retryable', 'fatal'] as const;

/** What the parts of a column are called. */
export const SERIES_WORDS: Readonly<Record<(typeof SERIES)[number], string>> = {
  success: 'success',
  throttle: 'throttle',
  retryable: 'retryable',
  fatal: 'fatal',
  refused: 'refused unasked',
};

/** The most that any column holds; at least 1. */
export const highestColumn = ({ history }: KeySnapshot): number =>
  Math.max(
    1,
    ...Array.from({ length: COLUMNS }, (_none, column) =>
      SERIES.reduce((total, series) => total + (history[series][column] ?? 0), 0),
    ),
  );

/** The columns of five minutes, as one path for each series. */
export function columnPaths(key: KeySnapshot, width: number, height: number): readonly Node[] {
  const highest = highestColumn(key);
  const step = width / COLUMNS;
  const gap = step > 4 ? 1 : 0;
  const bases = new Array<number>(COLUMNS).fill(0);
  return STACK.map((series) => {
    let path = '';
    for (const [column, count] of key.history[series].entries()) {
      if (count === 0) continue;
      const base = bases[column] ?? 0;
      bases[column] = base + count;
      const bottom = height * (1 - base / highest);
      // A single failure among thousands is seen.
      const size = Math.max((height * count) / highest, 1.5);
      path += `M${round(column * step)} ${round(bottom)}v${round(-size)}h${round(step - gap)}v${round(size)}z`;
    }
    return shape('path', { d: path, class: `series ${series}` });
  });
}

/** A stretch of columns in which the circuit was in one state. */
export interface Stretch {
  readonly letter: 'o' | 'h' | 'p';
  readonly from: number;
  readonly columns: number;
}

/** The stretches in which a circuit was not closed. */
export function stretchesOf(letters: string): readonly Stretch[] {
  return [...letters.matchAll(/o+|h+|p+/g)].map((found) => ({
    letter: found[0].charAt(0) as Stretch['letter'],
    from: found.index,
    columns: found[0].length,
  }));
}

/** The share of the strip's height: open, half-open, some routes open. */
const HEIGHTS = { o: 1, h: 0.5, p: 0.25 } as const;

/** The stretches as a strip below the columns. */
export function circuitStrip(key: KeySnapshot, width: number, top: number, height: number) {
  const step = width / COLUMNS;
  return [
    shape('path', { d: `M0 ${top + height / 2}H${round(width)}`, class: 'strip closed' }),
    ...stretchesOf(key.circuitHistory).map(({ letter, from, columns }) =>
      shape('rect', {
        x: String(round(from * step)),
        // The height says it as well as the colour.
        y: String(top + (height * (1 - HEIGHTS[letter])) / 2),
        width: String(round(columns * step)),
        height: String(height * HEIGHTS[letter]),
        class: `strip ${letter === 'h' ? 'half-open' : 'open'}`,
      }),
    ),
  ];
}

const round = (value: number): number => Math.round(value * 100) / 100;
