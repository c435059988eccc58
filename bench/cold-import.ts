import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Measured } from './measured.ts';
import { entryOf } from './package-under-test.ts';

/** Milliseconds that an `import()` takes in a process that has imported nothing else. */
export type ImportFigure = 'ms';
export type ImportResult = Measured<ImportFigure>;

interface ImportCase {
  readonly name: string;
  readonly specifier: () => string;
}

export const HOLDFAST_ENTRY = 'holdfast';

export const IMPORT_CASES: readonly ImportCase[] = [
  { name: HOLDFAST_ENTRY, specifier: () => entryOf('index.js') },
  { name: 'holdfast/undici', specifier: () => entryOf('undici.js') },
  { name: 'holdfast/result', specifier: () => entryOf('result.js') },
  { name: 'cockatiel', specifier: () => 'cockatiel' },
  { name: 'ky', specifier: () => 'ky' },
  { name: 'p-retry', specifier: () => 'p-retry' },
  { name: 'opossum', specifier: () => 'opossum' },
];

/** The clock starts when the process is ready to import, so that Node's own start does not count. */
const program = (specifier: string) => `
  const startedAt = performance.now();
  await import(${JSON.stringify(specifier)});
  process.stdout.write(String(performance.now() - startedAt));
`;

/**
 * Each entry in a fresh process in every round. A round before the first, which does not count, warms
 * the cache of the file system.
 */
export function measureImports(
  cases: readonly ImportCase[],
  quick: boolean,
  progress: (text: string) => void,
): { results: readonly ImportResult[]; rounds: number } {
  const rounds = quick ? 7 : 15;
  const costs = cases.map((): { ms: number }[] => []);
  for (let round = -1; round < rounds; round += 1) {
    for (const [index, { name, specifier }] of cases.entries()) {
      progress(`import: round ${round + 1} of ${rounds}: ${name}`);
      const ms = importOnce(specifier());
      if (round >= 0) costs[index]?.push({ ms });
    }
  }
  return {
    results: cases.map(({ name }, index) => ({ name, costs: costs[index] ?? [] })),
    rounds,
  };
}

function importOnce(specifier: string): number {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', program(specifier)],
    // From here the peers are found by their names.
    { cwd: dirname(fileURLToPath(import.meta.url)), encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`import of ${specifier} ended with ${status}\n${stderr}`);
  return Number(stdout);
}
