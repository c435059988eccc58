import { describe, expect, test } from '@jest/globals';
import { classify } from '../../src/classify/classify.ts';
import { readRows } from '../classify/labelled-rows.ts';
import { CATALOG_OF } from './catalog-of-provider.ts';

const rows = readRows('api-errors.jsonl');

describe("with the provider's own catalog", () => {
  test('knows whose catalog to use for every provider of the rows', () => {
    const unknown = rows.filter(({ provider }) => !Object.hasOwn(CATALOG_OF, provider));
    expect(unknown).toEqual([]);
  });

  test('the category of at least 99.5 % of the documented errors is right', () => {
    const wrong = rows.filter((row) => {
      const { status, headers, body, now, expected, acceptable = [] } = row;
      const { category } = classify(
        { status, headers, body },
        { catalog: CATALOG_OF[row.provider], now },
      );
      return category !== expected && !acceptable.includes(category);
    });
    expect(wrong.map(({ id }) => id).slice(0, 20)).toEqual([]);
    expect(1 - wrong.length / rows.length).toBeGreaterThanOrEqual(0.995);
  });

  test('a catalog never makes worse what is right without one', () => {
    const worse = rows.filter((row) => {
      const { status, headers, body, now, expected, acceptable = [] } = row;
      const right = [expected, ...acceptable];
      const without = classify({ status, headers, body }, { now }).category;
      const { category } = classify(
        { status, headers, body },
        { catalog: CATALOG_OF[row.provider], now },
      );
      return right.includes(without) && !right.includes(category);
    });
    expect(worse.map(({ id }) => id)).toEqual([]);
  });
});
