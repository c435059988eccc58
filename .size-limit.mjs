// The sizes as a user's bundler makes them: for browsers, minified, with all dependencies, gzip.
// `npm run size` builds and measures.
import { readFileSync } from 'node:fs';

/** The limit of each entry point as a whole. */
const entryLimits = {
  '.': '75 kB',
  './lite': '25.2 kB',
  './result': '26 kB',
  './catalogs': '12 kB',
  './explain': '21 kB',
  './bottleneck': '34.6 kB',
  './redis': '27.3 kB',
  './dashboard': '22 kB',
  './testing': '10 kB',
  './undici': '57.8 kB',
  './simulator': '14 kB',
  './server': '27 kB',
  './opentelemetry': '69 kB',
  './logging': '3.6 kB',
  './diagnostics': '0.4 kB',
};

/** What a program pays that imports one name of an entry point. */
const nameLimits = {
  '.': {
    retry: '10.4 kB',
    timeout: '7.1 kB',
    tokenBucket: '18.2 kB',
    circuitBreaker: '17.5 kB',
    concurrencyLimit: '9.2 kB',
    'concurrencyLimit, adaptiveLimit': '11.4 kB',
    resilientFetch: '58.9 kB',
    classify: '20 kB',
    pipeline: '26.2 kB',
    hedge: '11.6 kB',
    // What it adds to a fetch.
    'resilientFetch, hedge': '61.8 kB',
    fallback: '8 kB',
    lastGood: '4.9 kB',
    coalesce: '5.3 kB',
    // It works inside a fetch only: what it adds to one.
    'resilientFetch, endpoints': '63.3 kB',
  },
  './lite': {
    resilientFetch: '24.5 kB',
    tokenBucket: '10.5 kB',
    circuitBreaker: '10.3 kB',
  },
  './simulator': {
    // Named scenarios are in no bundle that does not name one.
    'simulatedWorld, startFleet, queueServer, poissonLoad': '4.5 kB',
  },
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
  ...Object.entries(nameLimits).flatMap(([path, limits]) =>
    Object.entries(limits).map(([name, limit]) =>
      row({
        name: `holdfast${path.slice(1)}: ${name} alone`,
        path: exports[path].default,
        import: `{ ${name} }`,
        limit,
      }),
    ),
  ),
];
// oxlint-disable-next-line import/no-default-export -- size-limit reads it
export default rows;
