import { describe, expect, test } from '@jest/globals';
import { bundledFiles, within } from '../architecture/bundled-files.ts';

/** The small table of hosts that a fetch must know beforehand. */
const SMALL_TABLE = [
  'src/catalogs/default-catalog.ts',
  'src/catalogs/host-lookup.ts',
  'src/catalogs/ondemand.ts',
  'src/catalogs/rows.ts',
];

describe('a bundle', () => {
  test('of classify holds no catalog and no reasons', async () => {
    const files = await bundledFiles("export { classify, classifyResponse } from 'holdfast';");
    expect(files).toContain('src/classify/classify.ts');
    expect(within(files, 'src/catalogs')).toEqual([]);
    expect(within(files, 'src/classify/reasons')).toEqual([]);
    expect(within(files, 'src/classify/catalog')).toEqual(['src/classify/catalog/catalog.ts']);
  });

  test('of everything in holdfast holds no catalog but the small table', async () => {
    const files = await bundledFiles("export * from 'holdfast';");
    expect(within(files, 'src/catalogs').toSorted()).toEqual(SMALL_TABLE);
    expect(within(files, 'src/classify/reasons')).toEqual([]);
    expect(within(files, 'src/adapters')).toEqual([]);
  });

  test('of logging holds no policy, no fetch and nothing of Node', async () => {
    const files = await bundledFiles("export { logEvents } from './src/logging.ts';", 'bundle');
    expect(files).toContain('src/adapters/logging/log-events.ts');
    expect(files.filter((file) => !/^src\/(core|adapters)\//.test(file))).toEqual([]);
  });

  test('of one catalog holds no other', async () => {
    const files = await bundledFiles("export { stripe } from 'holdfast/catalogs';");
    expect(within(files, 'src/catalogs').toSorted()).toEqual([
      'src/catalogs/rows.ts',
      'src/catalogs/stripe.ts',
    ]);
  });

  test('of byHost holds them all, and of explain the reasons too', async () => {
    const catalogs = await bundledFiles("export { byHost } from 'holdfast/catalogs';");
    expect(within(catalogs, 'src/catalogs').length).toBeGreaterThan(20);
    const explain = await bundledFiles("export { explain } from 'holdfast/explain';");
    expect(within(explain, 'src/classify/reasons').length).toBeGreaterThan(4);
  });

  test('of resilientFetch holds no byte of the layers that a user hands in', async () => {
    const files = await bundledFiles("export { resilientFetch } from 'holdfast';");
    expect(
      files.filter((file) => /fallback|coalesce|last-good|endpoint|hedg|response-copy/.test(file)),
    ).toEqual([]);
  });

  test.each([
    ['coalesce', /fallback|endpoint|last-good|classify|exchange|catalogs/],
    ['lastGood', /coalesce|endpoint|retry|exchange|catalogs/],
    ['endpoints', /coalesce|fallback|last-good|retry|exchange|catalogs|classify/],
  ])('of %s alone holds neither the other layers nor a fetch', async (name, others) => {
    const files = await bundledFiles(`export { ${name} } from 'holdfast';`);
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => others.test(file))).toEqual([]);
  });

  test.each([
    'retry',
    'timeout',
    'tokenBucket',
    'circuitBreaker',
    'concurrencyLimit',
    'fallback',
    'hedge',
  ])('of %s alone holds no byte of the classifier, of a catalog or of a fetch', async (name) => {
    const files = await bundledFiles(`export { ${name} } from 'holdfast';`);
    const own = files.filter((file) => file.startsWith('src/'));
    expect(own.length).toBeGreaterThan(0);
    expect(own.filter((file) => !/^src\/(core|policies|index\.ts)/.test(file))).toEqual([]);
  });

  test('of one policy holds no other policy', async () => {
    const files = await bundledFiles("export { timeout } from 'holdfast';");
    expect(within(files, 'src/policies')).toEqual([
      'src/policies/discarding-reader.ts',
      'src/policies/timeout.ts',
    ]);
  });

  test('of a fixed concurrency limit holds no byte of the adaptive one', async () => {
    const files = await bundledFiles("export { concurrencyLimit } from 'holdfast';");
    const own = within(files, 'src/policies/concurrency-limit');
    expect(own.length).toBeGreaterThan(0);
    expect(own.filter((file) => /adaptive|gradient|sample/.test(file))).toEqual([]);
    expect(files).not.toContain('src/policies/plain-reader.ts');
  });
});
