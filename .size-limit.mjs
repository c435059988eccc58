// The sizes as a user's bundler makes them: for browsers, minified, with all dependencies, gzip.
// `npm run size` builds and measures.
import { readFileSync } from 'node:fs';

/** The limit of each entry point as a whole. */
const entryLimits = {
  '.': '53 kB',
  './lite': '18 kB',
  './result': '33 kB',
  './catalogs': '12 kB',
  './explain': '50 kB',
  './bottleneck': '50 kB',
  './testing': '10 kB',
  './undici': '54 kB',
  './server': '35 kB',
};

/** What a program pays that imports one name of `holdfast`. */
const nameLimits = {
  concurrencyLimit: '34 kB',
  retry: '34 kB',
  timeout: '32 kB',
  tokenBucket: '34 kB',
  circuitBreaker: '34 kB',
  resilientFetch: '53 kB',
  classify: '28 kB',
  pipeline: '3 kB',
};

/** A row that is measured as a user's bundler would make it. */
const row = (fields) => ({
  gzip: true,
  // Node's own modules cost nobody anything.
  ignore: ['node:*'],
  // The tsconfig.json of this repository leads to the source, and users do not have it.
  modifyEsbuildConfig: (settings) => ({ ...settings, tsconfigRaw: {} }),
  ...fields,
});

const { exports } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
const entries = Object.entries(exports).filter(([, target]) => typeof target !== 'string');

const rows = [
  ...entries.map(([path, target]) => {
    const limit = entryLimits[path];
    if (limit === undefined) throw new Error(`${path} has no limit in .size-limit.mjs`);
    return row({ name: `holdfast${path.slice(1)}`, path: target.default, limit });
  }),
  ...Object.entries(nameLimits).map(([name, limit]) =>
    row({
      name: `holdfast: ${name} alone`,
      path: exports['.'].default,
      import: `{ ${name} }`,
      limit,
    }),
  ),
];
// oxlint-disable-next-line import/no-default-export -- size-limit reads it
export default rows;
