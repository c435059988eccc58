// How long the first import of the built package takes: `npm run cold-import`, or with a number of
// rounds, `npm run cold-import -- 101`. Each import happens in a fresh process, one after the other
// in every round, and the medians are compared with that of an empty module.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { entriesOf, readManifest } from './build/manifest.ts';

const rounds = Number(process.argv[2] ?? 41);
const root = process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'holdfast-import-'));
const empty = join(folder, 'empty.mjs');
writeFileSync(empty, 'export {};\n');

/** One module, and the times of its imports in milliseconds. */
const timed = (name: string, file: string) => ({
  name,
  file: resolve(file),
  wall: [] as number[],
  processor: [] as number[],
});
const modules = [
  timed('an empty module', empty),
  ...entriesOf(readManifest(root)).map(({ specifier, stem }) => timed(specifier, `${stem}.js`)),
  timed('cockatiel', 'node_modules/cockatiel/dist/index.js'),
  timed('opossum', 'node_modules/opossum/index.js'),
  timed('p-retry', 'node_modules/p-retry/index.js'),
];

try {
  for (let round = 0; round < rounds; round += 1) {
    for (const { file, wall, processor } of modules) {
      const program = `
        const used = process.cpuUsage(), began = performance.now();
        await import('${pathToFileURL(file).href}');
        const wall = performance.now() - began, { user, system } = process.cpuUsage(used);
        console.log(JSON.stringify([wall, (user + system) / 1000]));`;
      const printed = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
        encoding: 'utf8',
      });
      const [wallMs = 0, processorMs = 0] = JSON.parse(printed) as readonly number[];
      wall.push(wallMs);
      processor.push(processorMs);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

console.log(`Node ${process.version}, medians of ${rounds} fresh processes, in milliseconds\n`);
console.log(
  `${''.padEnd(22)}${'wall'.padStart(8)}${'fastest'.padStart(10)}${'processor'.padStart(12)}`,
);
for (const { name, wall, processor } of modules) {
  const columns = [
    median(wall).padStart(8),
    Math.min(...wall)
      .toFixed(1)
      .padStart(10),
    median(processor).padStart(12),
  ];
  console.log(name.padEnd(22) + columns.join(''));
}

function median(values: readonly number[]): string {
  const sorted = values.toSorted((one, other) => one - other);
  return (sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(1);
}
