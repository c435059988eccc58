import type { ScenarioSecond } from 'holdfast/simulator';
import type { ContenderId } from './contenders.ts';
import { PlotArea, type Frame } from './plot-area.ts';

/** Goodput as an area, traffic and demand as lines, and the circuit below. */
export function cardChart(
  id: ContenderId,
  seconds: readonly ScenarioSecond[],
  highest: number,
  frame: Frame,
): string {
  const { width, height, textSize } = frame;
  const strip = Math.round(0.7 * textSize);
  const area = new PlotArea(frame, highest, { top: 2, bottom: strip + 6 });
  const answers = seconds.map(({ ok }) => ok);
  return [
    `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" aria-hidden="true" focusable="false">`,
    area.band(),
    `<path class="goodput of-${id}" d="${area.area(answers)}"/>`,
    `<path class="goodput-line of-${id}" d="${area.line(answers)}"/>`,
    `<path class="demand" d="${area.line(seconds.map(({ started }) => started))}"/>`,
    `<path class="traffic" d="${area.line(seconds.map(({ sent }) => sent))}"/>`,
    `<line class="axis" x1="0" x2="${width}" y1="${area.bottom}" y2="${area.bottom}"/>`,
    ...circuitStrip(seconds, area, height - strip, strip),
    area.cursor(),
    '</svg>',
  ].join('');
}

/** How many circuits are open and half-open, second by second. */
function circuitStrip(
  seconds: readonly ScenarioSecond[],
  area: PlotArea,
  top: number,
  height: number,
): readonly string[] {
  if (!seconds.some(({ circuits }) => circuits !== undefined)) return [];
  // A little more than its second, or the ground shines through between two.
  const width = area.x(1) - area.x(0) + 0.5;
  const cells = seconds.flatMap(({ circuits, openRoutes }, second) => {
    if (circuits === undefined) return [];
    const all = circuits.closed + circuits.halfOpen + circuits.open;
    const routes = Math.max(0, Math.min(all, openRoutes) - circuits.open - circuits.halfOpen);
    let bottom = top + height;
    return (
      [
        ['open', circuits.open],
        ['half-open', circuits.halfOpen],
        ['route', routes],
      ] as const
    ).flatMap(([state, count]) => {
      const part = (height * count) / all;
      bottom -= part;
      return part === 0
        ? []
        : `<rect class="circuit-${state}" x="${area.x(second)}" y="${bottom.toFixed(1)}" width="${width.toFixed(1)}" height="${part.toFixed(1)}"/>`;
    });
  });
  return [
    `<rect class="circuit-closed" x="1" y="${top}" width="${area.frame.width - 2}" height="${height}"/>`,
    ...cells,
  ];
}
