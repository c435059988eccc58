/** Paints text for a terminal, and leaves it alone elsewhere. */
export interface Palette {
  readonly good: Paint;
  readonly bad: Paint;
  readonly warm: Paint;
  readonly cool: Paint;
  readonly dim: Paint;
  readonly strong: Paint;
}

type Paint = (text: string) => string;

const sgr =
  (on: number, off: number): Paint =>
  (text) =>
    text === '' ? '' : `\u001B[${on}m${text}\u001B[${off}m`;

const COLOURED: Palette = {
  good: sgr(32, 39),
  bad: sgr(31, 39),
  warm: sgr(33, 39),
  cool: sgr(36, 39),
  dim: sgr(2, 22),
  strong: sgr(1, 22),
};

const asItIs: Paint = (text) => text;
const PLAIN: Palette = {
  good: asItIs,
  bad: asItIs,
  warm: asItIs,
  cool: asItIs,
  dim: asItIs,
  strong: asItIs,
};

export const paletteFor = (coloured: boolean): Palette => (coloured ? COLOURED : PLAIN);

/** Gives the three categories their colours, wherever they stand in a line. */
export const highlight = (line: string, { bad, warm, cool }: Palette): string =>
  line
    .replaceAll(/\bfatal\b/g, bad)
    .replaceAll(/\bthrottle\b/g, warm)
    .replaceAll(/\bretryable\b/g, cool);
