import { describe, expect, test } from '@jest/globals';
import { allCatalogs } from '../../src/catalogs/by-host.ts';
import { judgeHostileRow, readHostileRows } from './hostile-rows.ts';

const rows = readHostileRows();

/** The catalog of the provider of a row (`aws-lambda` is of AWS). */
const catalogOf = (provider: string) =>
  allCatalogs.find(({ name }) => provider === name || provider.startsWith(`${name}-`));

describe.each([
  ['without configuration', () => undefined],
  ['with the catalogs of their providers', catalogOf],
])('hostile but realistic 4xx texts, %s', (_how, catalogFor) => {
  const results = rows.map((row) => judgeHostileRow(row, catalogFor(row.provider)));
  const having = (harm: string) =>
    results.filter(({ harms }) => harms.some((one) => one === harm)).map(({ row }) => row.id);

  test('there are 331', () => {
    expect(results).toHaveLength(331);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(331);
  });

  test('none of them repeats a POST', () => {
    const repeated = results
      .filter(({ row, classification }) => row.status !== 429 && classification.unprocessed)
      .map(({ row }) => row.id);
    expect([...having('repeat-post'), ...repeated]).toEqual([]);
  });

  test('none of them pauses others', () => {
    expect(having('pause-others')).toEqual([]);
    const throttled = results
      .filter(({ row }) => row.status !== 429)
      .filter(
        ({ classification: { category, decidedBy } }) =>
          category === 'throttle' && decidedBy !== 'prose',
      );
    expect(throttled.map(({ row }) => row.id)).toEqual([]);
  });

  test('none that passes by waiting is given up', () => {
    expect(having('stop')).toEqual([]);
  });

  test('at most five repeat a GET in vain, by their words', () => {
    expect(having('retry').length).toBeLessThanOrEqual(5);
  });
});
