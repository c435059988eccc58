import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { reportOf, resilientFetch, type ResilienceEvent } from 'holdfast';
import { repeat, scriptedFetch, virtualClock } from 'holdfast/testing';
import { isTitled, testsIn } from '../architecture/test-titles.ts';
import { readPages, ROOT } from './markdown.ts';
import { PROOFS } from './readme-proofs.ts';
import { statementsOf } from './sentences.ts';

const SITUATIONS = 'What happens when';
const SITUATION_TESTS = join(ROOT, 'test/docs/readme-situations.test.ts');

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly version: string;
  readonly engines: { readonly node: string };
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, { readonly default: { readonly default: string } }>>;
};
const statements = statementsOf(readPages().find(({ path }) => path === 'README.md')!);
const situations = statements.filter(
  ({ section, cells }) => section === SITUATIONS && cells.length > 0,
);
const others = statements.filter((statement) => !situations.includes(statement));
const rowOf = (text: string) => others.find((statement) => statement.text === text)?.cells[0] ?? '';

describe('README.md', () => {
  test('has for each situation of its table a test of that title', () => {
    const titles = testsIn(SITUATION_TESTS).map(({ title }) => title);
    expect(titles).toEqual(situations.map(({ text }) => text));
  });

  test('says nothing else that has no entry among the proofs', () => {
    const unknown = others.filter(({ text }) => !Object.hasOwn(PROOFS, text));
    expect(unknown.map(({ place, text }) => `${place}: ${text}`)).toEqual([]);
  });

  test('still says everything that the proofs are for', () => {
    const said = new Set(others.map(({ text }) => text));
    expect(Object.keys(PROOFS).filter((text) => !said.has(text))).toEqual([]);
  });

  test('has proofs that exist', () => {
    const missing: string[] = [];
    for (const [text, { tests = [], command, opinion, open }] of Object.entries(PROOFS)) {
      for (const proof of tests) if (!exists(proof)) missing.push(`${text}: no test “${proof}”`);
      if (command !== undefined && !(command in manifest.scripts)) {
        missing.push(`${text}: no command ${command}`);
      }
      if (tests.length === 0 && !(command ?? opinion ?? open)) missing.push(`${text}: no proof`);
    }
    expect(missing).toEqual([]);
  });
});

function exists(proof: string): boolean {
  const [, file = '', title = ''] = /^(\S+\.test\.ts): (.+)$/s.exec(proof) ?? [];
  const path = join(ROOT, 'test', file);
  return file !== '' && existsSync(path) && testsIn(path).some((one) => isTitled(one, title));
}

describe('holdfast', () => {
  test('is back after an outage as its first picture says', () => {
    const picture = readFileSync(join(ROOT, 'docs/plots/scenario-outage.svg'), 'utf8');
    const curves = picture.matchAll(/<polyline points="([^"]+)"[^]*?<text [^>]*>([^<]+)<\/text>/g);
    const heights = new Map(
      Array.from(curves, ([, points = '', name = '']) => [
        name,
        points.split(' ').map((point) => Number(point.split(',')[1])),
      ]),
    );
    // A value is of two seconds; the network is down from 10 s to 20 s. Above is less.
    const secondOfReturn = (name: string): number => {
      const [first = 0, ...later] = heights.get(name) ?? [];
      const back = later.findIndex(
        (height, index) => 2 * (index + 1) >= 20 && height < 1.2 * first,
      );
      return back < 0 ? Infinity : 2 * (back + 1);
    };
    const returns = ['holdfast', 'Classic breaker', 'Naive retry'].map(secondOfReturn);
    expect(returns).toEqual([22, 32, Infinity]);
  });

  test('is of the version that README.md says', () => {
    const said = others.map(({ text }) => /^Version ([\d.]+):/.exec(text)?.[1]).find(Boolean);
    expect(said).toBe(manifest.version);
  });

  test('needs Node 20 or later, by its manifest', () => {
    expect(manifest.engines.node).toBe('>=20');
  });

  test('has as many dependencies as README.md says', () => {
    expect(Number(rowOf('runtime dependencies'))).toBe(Object.keys(manifest.dependencies).length);
  });

  test('is as small as README.md says', async () => {
    const [, whole, least, most] =
      /^(\d+) kB; a policy alone (\d+) to (\d+) kB$/.exec(rowOf('minified, gzip')) ?? [];
    const policies = ['retry', 'timeout', 'tokenBucket', 'circuitBreaker', 'concurrencyLimit'];
    const sizes = await Promise.all(policies.map(kilobytesOf));
    expect(await kilobytesOf('resilientFetch')).toBeLessThanOrEqual(Number(whole));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(Number(most));
    expect(Math.min(...sizes)).toBeLessThanOrEqual(Number(least));
  });

  test('one classification drives retry, token bucket and circuit breaker', async () => {
    const clock = virtualClock();
    const events: ResilienceEvent[] = [];
    const throttle = { status: 429, headers: { 'retry-after': '5' } };
    const upstream = scriptedFetch([throttle, 500, 200], { clock });
    const fetch = resilientFetch(upstream, { clock, onEvent: (event) => events.push(event) });
    const response = await clock.run(fetch('https://api.example.com/'));
    const [throttled, broken] = reportOf(response)?.attempts ?? [];
    const failuresOf = (told: readonly ResilienceEvent[]) =>
      told
        .filter((event) => event.type === 'attempt-ended')
        .filter(({ classification }) => classification.category !== 'success');
    const failures = failuresOf(events);
    expect(failures.map(({ classification }) => classification)).toEqual([
      throttled?.classification,
      broken?.classification,
    ]);
    expect(failures[0]!.classification).toBe(throttled?.classification);
    expect(upstream.calls[1]!.at).toBeGreaterThanOrEqual(5000);

    // Nothing but throttles: the limiter acts on the classification that the calls got.
    const dead = scriptedFetch([repeat(throttle)], { clock });
    const limited = resilientFetch(dead, { clock, onEvent: (event) => events.push(event) });
    const crowd = Array.from({ length: 20 }, () => limited('https://api.example.com/'));
    await clock.run(Promise.allSettled(crowd));
    const paused = events.find((event) => event.type === 'key-paused');
    expect(failures.concat(failuresOf(events))).toEqual(
      expect.arrayContaining([expect.objectContaining({ classification: paused?.classification })]),
    );
  });
});

/** What browsers get for the imports of package.json that have variants, in the source. */
const browserVariants = Object.fromEntries(
  Object.entries(manifest.imports).map(([name, { default: variant }]) => [
    name,
    variant.default.replace('./dist/', './src/').replace(/\.js$/, '.ts'),
  ]),
);

/** Rounded to whole kilobytes, as a user's bundler for browsers would make it of this one name. */
async function kilobytesOf(name: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: `export { ${name} } from 'holdfast';`, resolveDir: ROOT, loader: 'ts' },
    absWorkingDir: ROOT,
    alias: { holdfast: './src/index.ts', ...browserVariants },
    // That of this repository leads to the variants for Node.
    tsconfigRaw: {},
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    logLevel: 'silent',
  });
  return Math.round(gzipSync(outputFiles[0]!.contents).length / 1000);
}
