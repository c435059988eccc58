// The sizes as a user's bundler makes them: for browsers, minified, with all dependencies, gzip.
// `npm run size` builds and measures.
import { readFileSync } from 'node:fs';

/** The limit of each entry point as a whole. */
const entryLimits = {
  '.': '80.7 kB',
  './lite': '25.9 kB',
  './result': '26 kB',
  './catalogs': '18 kB',
  './explain': '27.8 kB',
  './bottleneck': '34.9 kB',
  './redis': '42.5 kB',
  './dashboard': '22.4 kB',
  './testing': '10 kB',
  './undici': '58.4 kB',
  './simulator': '14 kB',
  './usage': '28.2 kB',
  './server': '27 kB',
  './opentelemetry': '69.4 kB',
  './logging': '3.8 kB',
  './diagnostics': '0.4 kB',
};

/** What a program pays that imports one name of an entry point. */
const nameLimits = {
  '.': {
    retry: '10.5 kB',
    timeout: '7.2 kB',
    tokenBucket: '18.5 kB',
    circuitBreaker: '17.8 kB',
    concurrencyLimit: '9.2 kB',
    'concurrencyLimit, adaptiveLimit': '11.6 kB',
    resilientFetch: '59.9 kB',
    classify: '20 kB',
    pipeline: '26.5 kB',
    hedge: '11.7 kB',
    // What it adds to a fetch.
    'resilientFetch, hedge': '62.4 kB',
    fallback: '8.2 kB',
    lastGood: '4.9 kB',
    coalesce: '5.4 kB',
    // What it adds to a fetch. The catalogs of AI providers bring the same.
    'resilientFetch, eventStreams': '64.4 kB',
    // It works inside a fetch only: what it adds to one.
    'resilientFetch, endpoints': '64.4 kB',
  },
  './redis': {
    redisTokenBucket: '31 kB',
    redisCircuitBreaker: '23.6 kB',
  },
  './lite': {
    resilientFetch: '25.2 kB',
    tokenBucket: '10.8 kB',
    circuitBreaker: '10.5 kB',
  },
  './simulator': {
    // Named scenarios are in no bundle that does not name one.
    'simulatedWorld, startFleet, queueServer, poissonLoad': '4.5 kB',
  },
  './usage': {
    usageLimits: '27.6 kB',
    estimateTokens: '1 kB',
    usageOf: '1 kB',
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
