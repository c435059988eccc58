import { expect, test } from '@jest/globals';
import { bundledFiles, within } from '../architecture/bundled-files.ts';

const files = await bundledFiles("export * from 'holdfast/lite';", 'bundle');

/** All of the classifier that the small reader uses: how a body is read, and what a status means. */
const CLASSIFIER = [
  'src/classify/body/body-copy.ts',
  'src/classify/body/chunks.ts',
  'src/classify/body/node-body.ts',
  'src/classify/catalog/catalog.ts',
  'src/classify/untrusted.ts',
  'src/classify/words/statuses.ts',
];

test('a bundle of holdfast/lite holds no word of the classifier and no catalog', () => {
  expect(within(files, 'src/classify').toSorted()).toEqual(CLASSIFIER);
  expect(within(files, 'src/catalogs')).toEqual([]);
});

test('a bundle of holdfast/lite holds no opossum', () => {
  expect(files.filter((file) => file.includes('opossum'))).toEqual([]);
  expect(files).toContain('src/policies/circuit-breaker/failure-ratio-counted.ts');
});

test('a bundle of holdfast/lite holds nothing that learns from throttles, and no blame or control', () => {
  const named = (path: string) => path.replace(/^src\/policies\//, '').replace(/\.ts$/, '');
  expect(within(files, 'src/policies/rate-limit').map(named).toSorted()).toEqual([
    'rate-limit/alternating-queue',
    'rate-limit/bucket',
    'rate-limit/gcra',
    'rate-limit/leaving-order',
    'rate-limit/line',
    'rate-limit/rate-limited-error',
    'rate-limit/token-bucket-options',
  ]);
  const ofBreaker = within(files, 'src/policies/circuit-breaker').map(named);
  expect(ofBreaker).toContain('circuit-breaker/classic-circuit');
  expect(ofBreaker.filter((name) => /adaptive|key-circuits/.test(name))).toEqual([]);
  expect(files).not.toContain('src/policies/blame.ts');
  expect(files).not.toContain('src/policies/control.ts');
  expect(files).not.toContain('src/http/keyed-hash.ts');
  expect(files).not.toContain('src/http/route.ts');
});
