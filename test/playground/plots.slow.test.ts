import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { scenarioPlots } from '../../scripts/playground/plots.ts';

test('the plots of the scenarios are as `npm run playground -- --plots` draws them', async () => {
  const plots = await scenarioPlots();
  expect(Object.keys(plots)).toHaveLength(2);
  for (const [name, plot] of Object.entries(plots)) {
    expect({ name, plot: readFileSync(join('docs/plots', name), 'utf8') }).toEqual({ name, plot });
  }
}, 60_000);
