/** How a stretch of time ended, or what it was spent on. */
export type Kind = 'answered' | 'failed' | 'given up' | 'stands in' | 'read';

/** A stretch of time in a lane. */
export interface Bar {
  /** In milliseconds, as `until`. */
  readonly from: number;
  readonly until: number;
  readonly kind: Kind;
}

/** What happened to one call, or at one place, over time. */
export interface Lane {
  readonly name: string;
  readonly bars: readonly Bar[];
}

/** Lanes over one time axis. */
export interface Lanes {
  readonly title: string;
  readonly untilMs: number;
  readonly lanes: readonly Lane[];
}

const WIDTH = 860;
const LEFT = 220;
const RIGHT = 24;
const TOP = 62;
const LANE = 34;
const BAR = 18;
/** Readable on light and on dark ground. */
const INK = '#7d8590';
/** Told apart without colour too: by outline and filling. */
const LOOKS: Readonly<Record<Kind, string>> = {
  answered: 'fill="#15803d"',
  failed: 'fill="#c2410c"',
  'given up': 'fill="none" stroke="#c2410c" stroke-width="1.5" stroke-dasharray="4 3"',
  'stands in': 'fill="#1d4ed8"',
  read: 'fill="#15803d55" stroke="#15803d"',
};

/** The lanes as SVG, readable on light and on dark ground. */
export function lanesText({ title, untilMs, lanes }: Lanes): string {
  const bottom = TOP + LANE * lanes.length;
  const x = (ms: number) => round(LEFT + (ms / untilMs) * (WIDTH - LEFT - RIGHT));
  const distance = [10, 25, 50, 100, 250, 500, 1_000, 2_000, 5_000].find((ms) => untilMs / ms <= 8);
  const ticks = Array.from(
    { length: Math.floor(untilMs / (distance ?? untilMs)) + 1 },
    (_, index) => index * (distance ?? untilMs),
  );
  const kinds = (Object.keys(LOOKS) as Kind[]).filter((kind) =>
    lanes.some(({ bars }) => bars.some((bar) => bar.kind === kind)),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + 44}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="${INK}">`,
    `<title>${title}</title>`,
    `<text x="12" y="20" font-weight="bold">${title}</text>`,
    ...kinds.flatMap((kind, index) => [
      `<rect x="${LEFT + 110 * index}" y="32" width="22" height="12" ${LOOKS[kind]}/>`,
      `<text x="${LEFT + 110 * index + 28}" y="42">${kind}</text>`,
    ]),
    ...ticks.flatMap((ms) => [
      `<line x1="${x(ms)}" x2="${x(ms)}" y1="${TOP}" y2="${bottom}" stroke="#8884"/>`,
      `<text x="${x(ms)}" y="${bottom + 18}" text-anchor="middle">${timeText(ms)}</text>`,
    ]),
    ...lanes.flatMap(({ name, bars }, index) => {
      const y = TOP + LANE * index + (LANE - BAR) / 2;
      return [
        `<text x="12" y="${y + 13}">${name}</text>`,
        ...bars.map(
          ({ from, until, kind }) =>
            `<rect x="${x(from)}" y="${y}" width="${round(Math.max(2, x(until) - x(from)))}" height="${BAR}" rx="2" ${LOOKS[kind]}/>`,
        ),
      ];
    }),
    '</svg>',
    '',
  ].join('\n');
}

const round = (value: number): number => Math.round(10 * value) / 10;
const timeText = (ms: number): string => (ms < 1_000 && ms > 0 ? `${ms} ms` : `${ms / 1_000} s`);
