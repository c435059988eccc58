import type { Curve } from './curves.ts';
import { escaped } from './elements.ts';
import { niceCeiling, PlotArea, type Frame } from './plot-area.ts';

/** The chart of a curve as SVG, without words for those who do not see it. */
export function lineChart({ lines, text, atLeast, atMost }: Curve, frame: Frame): string {
  const { width, height, textSize, length, trouble, moment } = frame;
  const values = lines.flatMap((line) => line.values.flatMap((value) => value ?? []));
  const highest = atMost ?? niceCeiling(Math.max(atLeast, ...values));
  const area = new PlotArea(frame, highest, {
    top: Math.round(1.6 * textSize),
    bottom: Math.round(1.7 * textSize),
  });
  const rows = [0, 0.5, 1].map((share) => {
    const y = area.y(share * highest);
    return `<line class="${share === 0 ? 'axis' : 'grid'}" x1="0" x2="${width}" y1="${y}" y2="${y}"/>`;
  });
  const labels = [0.5, 1].map((share) => {
    const y = area.y(share * highest) - textSize / 3;
    return `<text class="tick" x="1" y="${y}">${escaped(text(share * highest))}</text>`;
  });
  const paths = lines.toReversed().map(({ id, values: own, isSecond }) => {
    const kind = isSecond ? ' second' : '';
    return `<path class="line of-${id}${kind}" d="${area.line(own)}"/>`;
  });
  const dots = lines.toReversed().map(({ id, values: own }) => {
    const value = own[moment];
    if (value === undefined) return '';
    return `<circle class="dot of-${id}" cx="${area.x(moment)}" cy="${area.y(value)}" r="${textSize / 3.2}"/>`;
  });
  const middle = area.x((trouble.fromMs / 1_000 + Math.min(trouble.untilMs / 1_000, length)) / 2);
  return [
    `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" aria-hidden="true" focusable="false" font-size="${textSize}">`,
    area.band(),
    `<text class="trouble-name" x="${middle}" y="${textSize}" text-anchor="middle">${escaped(trouble.name)}</text>`,
    ...rows,
    ...secondLabels(area, height - 0.3 * textSize),
    area.cursor(),
    ...paths,
    ...labels,
    ...dots,
    '</svg>',
  ].join('');
}

/** Labels under the axis, every ten seconds or so. */
function secondLabels(area: PlotArea, y: number): readonly string[] {
  const { length, width, textSize } = area.frame;
  const most = Math.max(2, Math.floor(width / (4 * textSize)));
  const distance = Math.max(10, 10 * Math.ceil(length / most / 10));
  const labels: string[] = [];
  for (let second = 0; second < length - 1; second += distance) {
    const anchor = second === 0 ? 'start' : 'middle';
    labels.push(
      `<text class="tick" x="${area.x(second)}" y="${y}" text-anchor="${anchor}">${second === 0 ? '0 s' : second}</text>`,
    );
  }
  return labels;
}
