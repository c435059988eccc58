import type { ScenarioSecond } from '../../adapters/simulator/scenarios/scenario-second.ts';
import { endedIn, mostOf, totalsText, type ClientRun, type Simulation } from './simulation.ts';

const WIDTH = 900;
const LEFT = 60;
const RIGHT = 20;
const TOP = 70;
/** A panel: its heading, the calls, the requests. */
const PANEL = 230;
const CALLS = 110;
const REQUESTS = 40;

/** Told apart by lightness too, so that nobody needs to see colours. */
const COLOURS = { ok: '#1f7a3d', failed: '#d1495b', refused: '#f2b134', line: '#2b2d42' } as const;

/** A simulation as a picture: a panel for each client, all to one scale. */
export function simulationSvg(simulation: Simulation): string {
  const { title, story, runs, seed } = simulation;
  const height = TOP + runs.length * PANEL + 40;
  const mostEnded = mostOf(simulation, endedIn);
  const mostSent = mostOf(simulation, ({ sent }) => sent);
  const panels = runs.map((one, index) => panel(one, TOP + index * PANEL, { mostEnded, mostSent }));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13">
<title>${escaped(title)}</title>
<desc>${escaped(story)} ${escaped(runs.map(({ name, run }) => `${name}: ${totalsText(run.totals)}.`).join(' '))}</desc>
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="${LEFT}" y="28" font-size="18" font-weight="600" fill="${COLOURS.line}">${escaped(title)}</text>
<text x="${LEFT}" y="48" fill="#555555">calls that ended in each second, and requests on the wire; virtual time, seed ${seed}</text>
${panels.join('\n')}
${legend(height - 16)}
</svg>
`;
}

interface Scale {
  readonly mostEnded: number;
  readonly mostSent: number;
}

function panel({ name, run }: ClientRun, top: number, { mostEnded, mostSent }: Scale): string {
  const { seconds, trouble, totals } = run;
  const bottom = top + 40 + CALLS;
  const requestsBottom = bottom + 20 + REQUESTS;
  const x = (second: number) => LEFT + (second / seconds.length) * (WIDTH - LEFT - RIGHT);
  const y = (count: number) => bottom - (count / mostEnded) * CALLS;
  const [from, until] = [trouble.fromMs, Math.min(trouble.untilMs, seconds.length * 1_000)].map(
    (ms) => x(ms / 1_000),
  ) as [number, number];
  const layer = (colour: string, below: Amount, above: Amount) =>
    `<path fill="${colour}" d="${stepsBetween(
      seconds,
      x,
      (one) => y(below(one)),
      (one) => y(above(one)),
    )}"/>`;
  return `<g>
<text x="${LEFT}" y="${top + 14}" font-weight="600" fill="${COLOURS.line}">${escaped(name)}</text>
<text x="${LEFT}" y="${top + 31}" fill="#555555">${escaped(totalsText(totals))}</text>
<rect x="${round(from)}" y="${top + 38}" width="${round(until - from)}" height="${requestsBottom - top - 38}" fill="#f1e9e9"/>
<text x="${round(from + 4)}" y="${top + 50}" fill="#8a5a5a" font-size="11">${escaped(trouble.name)}</text>
${layer(
  COLOURS.ok,
  () => 0,
  ({ ok }) => ok,
)}
${layer(
  COLOURS.failed,
  ({ ok }) => ok,
  ({ ok, failed }) => ok + failed,
)}
${layer(COLOURS.refused, ({ ok, failed }) => ok + failed, endedIn)}
<path fill="none" stroke="${COLOURS.line}" stroke-width="1.5" d="${line(seconds, x, ({ sent }) => requestsBottom - (sent / mostSent) * REQUESTS)}"/>
<text x="${LEFT - 6}" y="${bottom - CALLS + 10}" text-anchor="end" fill="#555555" font-size="11">${mostEnded}/s</text>
<text x="${LEFT - 6}" y="${bottom}" text-anchor="end" fill="#555555" font-size="11">calls</text>
<text x="${LEFT - 6}" y="${requestsBottom - REQUESTS + 10}" text-anchor="end" fill="#555555" font-size="11">${mostSent}/s</text>
<text x="${LEFT - 6}" y="${requestsBottom}" text-anchor="end" fill="#555555" font-size="11">requests</text>
${ticks(seconds.length, x, requestsBottom)}
</g>`;
}

type Amount = (second: ScenarioSecond) => number;

/** The area between two lines that go on level for each second. */
function stepsBetween(
  seconds: readonly ScenarioSecond[],
  x: (second: number) => number,
  below: Amount,
  above: Amount,
): string {
  const along = (line: Amount) =>
    seconds.flatMap((one, index) => [
      `${round(x(index))} ${round(line(one))}`,
      `${round(x(index + 1))} ${round(line(one))}`,
    ]);
  return `M${[...along(above), ...along(below).toReversed()].join('L')}Z`;
}

const line = (
  seconds: readonly ScenarioSecond[],
  x: (second: number) => number,
  y: Amount,
): string =>
  `M${seconds.map((one, index) => `${round(x(index + 0.5))} ${round(y(one))}`).join('L')}`;

function ticks(length: number, x: (second: number) => number, bottom: number): string {
  const texts: string[] = [];
  for (let second = 0; second <= length; second += 10) {
    texts.push(
      `<text x="${round(x(second))}" y="${bottom + 15}" text-anchor="middle" fill="#555555" font-size="11">${second} s</text>`,
    );
  }
  return texts.join('\n');
}

function legend(y: number): string {
  const entries: readonly (readonly [string, string])[] = [
    [COLOURS.ok, 'answered'],
    [COLOURS.failed, 'failed'],
    [COLOURS.refused, 'refused, unsent'],
  ];
  return entries
    .map(
      ([colour, text], index) =>
        `<rect x="${LEFT + index * 130}" y="${y - 10}" width="12" height="12" fill="${colour}"/><text x="${LEFT + index * 130 + 18}" y="${y}" fill="${COLOURS.line}">${text}</text>`,
    )
    .join('\n');
}

const round = (value: number): number => Math.round(value * 10) / 10;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
