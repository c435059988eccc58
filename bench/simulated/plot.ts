/** One line of a plot. */
export interface Series {
  readonly name: string;
  /** Values at even distances, from the left edge on. */
  readonly values: readonly number[];
  /** Whether it is the one that the plot is about. */
  readonly isMain?: boolean;
}

/** A plot of lines over time. */
export interface Plot {
  readonly title: string;
  /** What the horizontal axis shows, with its unit. */
  readonly across: string;
  /** What the vertical axis shows, with its unit. */
  readonly up: string;
  readonly from: number;
  /** The distance between values. */
  readonly step: number;
  readonly series: readonly Series[];
  /** A period that is marked, on the horizontal axis. */
  readonly marked?: { readonly from: number; readonly until: number; readonly name: string };
}

const WIDTH = 860;
const HEIGHT = 380;
const LEFT = 60;
const RIGHT = 260;
const TOP = 44;
const BOTTOM = 52;
const MAIN_COLOUR = '#c2410c';
/** Readable on light and on dark ground. */
const INK = '#7d8590';
/** Lines that lie on each other show through each other's gaps: the upper ones are more gap than line. */
const DASHES = ['2 5', '6 6', '10 5', '18 5', 'none'];
const COLOURS = ['#1d4ed8', '#15803d', '#7e22ce', '#0e7490', '#a16207', '#be185d', '#4d7c0f'];

/** The plot as SVG, readable on light and on dark ground. */
export function plotText(plot: Plot): string {
  const { title, across, up, from, step, series, marked } = plot;
  const longest = Math.max(...series.map(({ values }) => values.length));
  const until = from + step * Math.max(1, longest - 1);
  const highest = niceCeiling(Math.max(1e-9, ...series.flatMap(({ values }) => values)));
  const x = (value: number) =>
    round(LEFT + ((value - from) / (until - from)) * (WIDTH - LEFT - RIGHT));
  const y = (value: number) => round(HEIGHT - BOTTOM - (value / highest) * (HEIGHT - TOP - BOTTOM));

  const lines = series.map(({ name, values, isMain }, index) => {
    const colour = isMain ? MAIN_COLOUR : (COLOURS[index % COLOURS.length] ?? MAIN_COLOUR);
    const points = values.map((value, place) => `${x(from + step * place)},${y(value)}`).join(' ');
    const legendY = TOP + 8 + 20 * index;
    const width = isMain ? 3 : 1.8;
    const dash = isMain ? 'none' : (DASHES[(index - 1) % DASHES.length] ?? 'none');
    const stroke = `stroke="${colour}" stroke-width="${width}" stroke-dasharray="${dash}"`;
    return [
      `<polyline points="${points}" fill="none" ${stroke} stroke-linejoin="round"/>`,
      `<line x1="${WIDTH - RIGHT + 14}" x2="${WIDTH - RIGHT + 44}" y1="${legendY}" y2="${legendY}" ${stroke}/>`,
      text(WIDTH - RIGHT + 50, legendY + 4, name, 'start', isMain ? 'bold' : undefined),
    ].join('\n');
  });
  const rows = ticks(0, highest).map((value) =>
    [
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value)}" y2="${y(value)}" stroke="#8884"/>`,
      text(LEFT - 8, y(value) + 4, label(value), 'end'),
    ].join('\n'),
  );
  const columns = ticks(from, until).map((value) =>
    text(x(value), HEIGHT - BOTTOM + 20, label(value), 'middle'),
  );
  const band =
    marked === undefined
      ? []
      : [
          `<rect x="${x(marked.from)}" y="${TOP}" width="${round(x(marked.until) - x(marked.from))}" height="${HEIGHT - TOP - BOTTOM}" fill="#8883"/>`,
          text(x((marked.from + marked.until) / 2), TOP - 4, marked.name, 'middle'),
        ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="${INK}">`,
    `<title>${escaped(title)}</title>`,
    text(LEFT, 20, title, 'start', 'bold'),
    ...band,
    ...rows,
    ...columns,
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, across, 'middle'),
    `<text transform="translate(16 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">${escaped(up)}</text>`,
    // The last line that is drawn is on top.
    ...lines.toReversed(),
    '</svg>',
    '',
  ].join('\n');
}

const round = (value: number): number => Math.round(10 * value) / 10;
const label = (value: number): string => String(Number(value.toPrecision(6)));

function text(
  x: number,
  y: number,
  content: string,
  anchor: 'start' | 'middle' | 'end',
  weight?: 'bold',
): string {
  const bold = weight === undefined ? '' : ` font-weight="${weight}"`;
  return `<text x="${x}" y="${y}" text-anchor="${anchor}"${bold}>${escaped(content)}</text>`;
}

const escaped = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** The next of 1, 2, 2.5, 4, 5, 8, 10 times a power of ten. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 2.5, 4, 5, 8, 10].find((nice) => nice * power >= value) ?? 10);
}

/** Round values along an axis, four to seven of them. */
function ticks(from: number, until: number): readonly number[] {
  const distance = niceCeiling((until - from) / 6);
  const count = Math.floor((until - from) / distance + 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => from + distance * index);
}
