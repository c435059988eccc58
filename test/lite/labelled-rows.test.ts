import { expect, test } from '@jest/globals';
import type { Category } from '../../src/core/classification.ts';
import type { Catalog } from '../../src/classify/catalog/catalog.ts';
import { liteReader } from '../../src/lite/outcome-reader.ts';
import { CATALOG_OF } from '../catalogs/catalog-of-provider.ts';
import { readRows, type LabelledRow } from '../classify/labelled-rows.ts';
import { virtualClock } from '../../src/testing.ts';

const clock = virtualClock();

async function categoryOf(
  { status, headers, body }: LabelledRow,
  catalog: Catalog | undefined,
): Promise<Category> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = new Response(text, { headers });
  // A constructor allows fewer statuses than a server.
  Object.defineProperty(response, 'status', { value: status });
  const reader = liteReader(clock, catalog && [catalog]);
  return (await reader.classifyValue(response)).category;
}

/** The share of the rows of a file that get their category, and of those that are repeated in vain. */
async function judge(file: string, catalogOf: (row: LabelledRow) => Catalog | undefined) {
  const rows = readRows(file);
  let right = 0;
  let inVain = 0;
  for (const row of rows) {
    const category = await categoryOf(row, catalogOf(row));
    if (category === row.expected || row.acceptable?.includes(category)) right += 1;
    else if (row.expected === 'fatal' && category !== 'success') inVain += 1;
  }
  return { right: right / rows.length, repeatedInVain: inVain / rows.length };
}

test.each([
  { file: 'api-errors.jsonl', least: 0.8, mostInVain: 0.04 },
  { file: 'more-api-errors.jsonl', least: 0.84, mostInVain: 0.02 },
])(
  'without a catalog lite reads $least of the rows of $file as labelled, and rarely repeats in vain',
  async ({ file, least, mostInVain }) => {
    const { right, repeatedInVain } = await judge(file, () => undefined);
    expect(right).toBeGreaterThanOrEqual(least);
    expect(repeatedInVain).toBeLessThanOrEqual(mostInVain);
  },
);

test('with the catalog of the provider lite reads at least 93 % of the rows as labelled', async () => {
  const { right, repeatedInVain } = await judge(
    'api-errors.jsonl',
    ({ provider }) => CATALOG_OF[provider],
  );
  expect(right).toBeGreaterThanOrEqual(0.93);
  expect(repeatedInVain).toBeLessThanOrEqual(0.02);
});
