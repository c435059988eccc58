import type { Entry } from '../build/manifest.ts';

/** Opens a circuit, which takes opossum or the lines that stand in for it. */
const USE_OF_THE_BREAKER = `
async function openedCircuit({ circuitBreaker }) {
  const breaker = circuitBreaker({ failureRatio: 0.5, minimumCalls: 2 });
  const fail = () => Promise.reject(Object.assign(new Error('down'), { status: 503 }));
  for (let call = 0; call < 2; call += 1) await breaker.execute(fail).catch(() => {});
  if (breaker.state() !== 'open') throw new Error('the circuit is ' + breaker.state());
}`;

/** Says whether a module of Node's CommonJS loader has been loaded from a package. */
const LOADED = `const loaded = (name) =>
  Object.keys(cache).some((file) => file.includes('/node_modules/' + name + '/'));`;

/** Imports one entry point, which must start nothing that keeps the process alive. */
export const importsOne = (specifier: string): string => `
const entry = await import('${specifier}');
const busy = () =>
  process.getActiveResourcesInfo().filter((kind) => !/^(TTYWrap|PipeWrap|Immediate)$/.test(kind));
// The loader itself takes some turns to close the files that it read.
for (let turn = 0; turn < 1000 && busy().length > 0; turn++) await new Promise(setImmediate);
if (busy().length > 0) throw new Error('importing it left behind: ' + busy().join(', '));
const names = Object.keys(entry);
if (names.length === 0 || names.includes('default')) throw new Error('exports ' + names.join(', '));
console.log(names.length + ' exports');`;

/** Requires one entry point. */
export const requiresOne = (specifier: string): string => `
const names = Object.keys(require('${specifier}'));
if (names.length === 0 || names.includes('default')) throw new Error('exports ' + names.join(', '));
console.log(names.length + ' exports');`;

/** Opens a circuit in an ES module. */
export const opensInModule = `
import { createRequire } from 'node:module';
import * as holdfast from 'holdfast';
${USE_OF_THE_BREAKER}
await openedCircuit(holdfast);
const { cache } = createRequire(import.meta.url);
${LOADED}
if (!loaded('opossum')) throw new Error('opossum has not been loaded');`;

/** Opens a circuit in CommonJS. */
export const opensInCommonJs = `
const holdfast = require('holdfast');
${USE_OF_THE_BREAKER}
openedCircuit(holdfast).then(() => {
  const { cache } = require;
  ${LOADED}
  if (!loaded('opossum')) throw new Error('opossum has not been loaded');
});`;

/** Tells whether \`import\` and \`require\` give the same functions. */
export const comparesCopies = `
const required = require('holdfast');
import('holdfast').then((imported) => {
  if (imported.retry !== required.retry) throw new Error('two copies in one process');
});`;

/** Opens a circuit and prints so: what bundlers are given. */
export const bundled = `
import * as holdfast from 'holdfast';
import { resultFetch } from 'holdfast/result';
${USE_OF_THE_BREAKER}
openedCircuit(holdfast).then(() => console.log(typeof resultFetch, 'opened'));`;

/** A test for Jest and Vitest, as CommonJS or as an ES module. */
export function testFile(entries: readonly Entry[], kind: 'commonjs' | 'module'): string {
  const load = (specifier: string): string =>
    kind === 'commonjs' ? `require('${specifier}')` : `await import('${specifier}')`;
  const imports = kind === 'commonjs' ? '' : "import { expect, test } from 'vitest';";
  const tests = entries.map(
    ({ specifier }) => `test('${specifier}', async () => {
  expect(Object.keys(${load(specifier)}).length).toBeGreaterThan(0);
});`,
  );
  return `${imports}
${USE_OF_THE_BREAKER}
${tests.join('\n')}
test('a circuit opens', async () => {
  await openedCircuit(${load('holdfast')});
});
test('a local server can be asked', async () => {
  const { faultyServer } = ${load('holdfast/testing')};
  const { resilientFetch } = ${load('holdfast')};
  const server = await faultyServer();
  try {
    expect((await resilientFetch()(server.url)).status).toBeGreaterThan(0);
  } finally {
    await server.close();
  }
});`;
}

/** A TypeScript program that uses every entry point. */
export const typedConsumer = (entries: readonly Entry[]): string => `
${entries.map(({ specifier }, index) => `import * as entry${index} from '${specifier}';`).join('\n')}
import { classify, pipeline, resilientFetch, retry } from 'holdfast';

export const entries = [${entries.map((_entry, index) => `entry${index}`).join(', ')}];
export const sameSignature: typeof fetch = resilientFetch(fetch);
export const category: 'success' | 'retryable' | 'throttle' | 'fatal' = classify({ status: 429 }).category;
export const answer: Promise<number> = pipeline(retry({ maxRetries: 1 })).execute(async ({ signal }) =>
  signal?.aborted === true ? 0 : 1,
);
`;
