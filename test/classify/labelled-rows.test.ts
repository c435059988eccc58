import { describe, expect, test } from '@jest/globals';
import { judgeRow, readRows, shareOf } from './labelled-rows.ts';
import type { RowResult } from './labelled-rows.ts';

/** What is promised of any API, with no configuration at all. */
const PROMISED = { category: 0.98, code: 0.95, message: 0.9, wait: 0.95 } as const;

describe.each([
  { file: 'api-errors.jsonl', rows: 288, what: 'the errors that the rules were made from' },
  { file: 'more-api-errors.jsonl', rows: 456, what: 'the errors of 205 other providers' },
])('$what, without configuration', ({ file, rows }) => {
  const results = readRows(file).map((row) => judgeRow(row));
  const wrong = (part: (result: RowResult) => boolean) =>
    results.filter((result) => !part(result)).map(({ row }) => row.id);

  test(`there are ${rows} rows`, () => {
    expect(results).toHaveLength(rows);
  });

  test.each(Object.entries(PROMISED))('%s is right on at least %d of the rows', (part, share) => {
    const key = part as keyof typeof PROMISED;
    expect({
      share: shareOf(results, key) >= share,
      wrong: wrong((result) => result[key]),
    }).toEqual({ share: true, wrong: expect.any(Array) });
  });

  test('no wait is invented', () => {
    expect(wrong((result) => !result.invented)).toEqual([]);
  });

  test('every classification says what decided, in words', () => {
    expect(wrong(({ classification }) => classification.rule.length > 10)).toEqual([]);
  });
});
