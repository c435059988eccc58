import { describe, expect, test } from '@jest/globals';
import { plotText } from '../../bench/simulated/plot.ts';

describe('a plot', () => {
  const plot = {
    title: 'a < b',
    across: 'seconds',
    up: 'answers',
    from: 0,
    step: 1,
    series: [
      { name: 'ours', values: [0, 50, 100], isMain: true },
      { name: 'theirs', values: [0, 0, 0] },
    ],
    marked: { from: 1, until: 2, name: 'outage' },
  };

  test('has a line for each series, within its frame', () => {
    const points = Array.from(plotText(plot).matchAll(/points="([^"]+)"/g), ([, all = '']) =>
      all.split(' ').map((point) => point.split(',').map(Number)),
    );
    expect(points.map(({ length }) => length)).toEqual([3, 3]);
    const [, size = ''] = /viewBox="0 0 ([\d ]+)"/.exec(plotText(plot)) ?? [];
    const [width = 0, height = 0] = size.split(' ').map(Number);
    for (const [x = -1, y = -1] of points.flat()) {
      expect(x > 0 && x < width && y > 0 && y < height).toBe(true);
    }
    // The main line is drawn last: on top.
    expect(points[1]?.[2]?.[1]).toBeLessThan(points[0]?.[2]?.[1] ?? 0);
  });

  test('writes text that XML can hold', () => {
    expect(plotText(plot)).toContain('<title>a &lt; b</title>');
  });
});
