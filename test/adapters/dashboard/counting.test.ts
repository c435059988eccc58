import { describe, expect, test } from '@jest/globals';
import { LatencyWindow } from '../../../src/adapters/dashboard/latency-window.ts';
import { RecentCounts } from '../../../src/adapters/dashboard/recent-counts.ts';
import { COLUMN_MS, COLUMNS } from '../../../src/adapters/dashboard/snapshot.ts';
import { Trouble } from '../../../src/adapters/dashboard/trouble.ts';
import {
  ageWords,
  rateWords,
  shareWords,
  waitWords,
} from '../../../src/adapters/dashboard/words.ts';

const START = 1_000 * COLUMN_MS;

describe('recent counts', () => {
  test('stand in the column of their moment, the newest last', () => {
    const counts = new RecentCounts();
    counts.add('success', START);
    counts.add('success', START + COLUMN_MS);
    counts.add('success', START + COLUMN_MS + 1);
    const series = counts.series('success', START + 2 * COLUMN_MS);
    expect(series.slice(-4)).toEqual([0, 1, 2, 0]);
    expect(series).toHaveLength(COLUMNS);
    expect(counts.sum('success', 2, START + 2 * COLUMN_MS)).toBe(2);
    expect(counts.sum('throttle', COLUMNS, START + 2 * COLUMN_MS)).toBe(0);
  });

  test('are empty after a long silence', () => {
    const counts = new RecentCounts();
    counts.add('fatal', START);
    expect(counts.sum('fatal', COLUMNS, START + 10 * COLUMNS * COLUMN_MS)).toBe(0);
  });
});

describe('a latency window', () => {
  test('gives percentiles to a tenth', () => {
    const window = new LatencyWindow();
    for (let ms = 1; ms <= 1_000; ms += 1) window.add(ms, START);
    const { samples, p50Ms, p90Ms, p99Ms } = window.read(START)!;
    expect(samples).toBe(1_000);
    for (const [found, expected] of [
      [p50Ms, 500],
      [p90Ms, 900],
      [p99Ms, 990],
    ] as const) {
      expect(Math.abs(found / expected - 1)).toBeLessThan(0.11);
    }
  });

  test.each([0, 0.01, 1e9, Infinity])('takes %d ms', (durationMs) => {
    const window = new LatencyWindow();
    window.add(durationMs, START);
    expect(Number.isFinite(window.read(START)?.p50Ms)).toBe(true);
  });

  test('forgets after a minute', () => {
    const window = new LatencyWindow();
    window.add(5, START);
    expect(window.read(START + 49_000)?.samples).toBe(1);
    expect(window.read(START + 70_000)).toBeNull();
  });
});

describe('trouble', () => {
  const failure = (status: number) => ({
    category: 'retryable',
    status,
    errorCode: null,
    message: null,
  });

  test('begins anew after a quiet half minute', () => {
    const trouble = new Trouble();
    trouble.add(failure(500), START);
    trouble.add(failure(500), START + 20_000);
    expect(trouble.read(START + 20_000)).toMatchObject({ since: START, failures: [{ times: 2 }] });
    expect(trouble.read(START + 51_000)).toBeNull();
    trouble.add(failure(500), START + 60_000);
    expect(trouble.read(START + 60_000)).toMatchObject({
      since: START + 60_000,
      failures: [{ times: 1 }],
    });
  });

  test('tells a few failures apart, the most frequent first, and forgets the rarest', () => {
    const trouble = new Trouble();
    for (let status = 500; status < 600; status += 1) {
      trouble.add(failure(status), START);
      trouble.add(failure(500), START);
    }
    const { failures } = trouble.read(START)!;
    expect(failures).toHaveLength(8);
    expect(failures[0]).toMatchObject({ status: 500, times: 101 });
  });
});

describe('words', () => {
  test.each([
    [80.4, '80 ms'],
    [400, '0.4 s'],
    [9_940, '9.9 s'],
    [45_000, '45 s'],
    [200_000, '3 min 20 s'],
    [7_500_000, '2 h 5 min'],
  ])('%d ms is %s', (ms, words) => expect(waitWords(ms)).toBe(words));

  test.each([
    [300, 'less than 1 s'],
    [5_900, '5 s'],
    [12_300, '12 s'],
  ])('an age of %d ms is %s', (ms, words) => expect(ageWords(ms)).toBe(words));

  test.each([
    [0, '0'],
    [0.05, 'less than 0.1'],
    [12.54, '12.5'],
    [840.3, '840'],
  ])('%d a second is %s', (rate, words) => expect(rateWords(rate)).toBe(words));

  test.each([
    [1, '100 %'],
    [0.9999, '> 99 %'],
    [0.001, '< 1 %'],
    [0, '0 %'],
    [0.42, '42 %'],
  ])('a share of %d is %s', (share, words) => expect(shareWords(share)).toBe(words));
});
