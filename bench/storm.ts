// `npm run bench:storm`: retry storms, as published, in simulation: holdfast itself, and the published
// rules of others, in the same worlds.
//   -- hotos osdi       some of the scenarios      -- --quick      one seed, shorter
//   -- --seeds=n        worlds for each cell       -- --write      into docs/performance.md
//   -- --only=a,b       the clients whose names hold one of these
import { runBenchmark } from './simulated/benchmark.ts';
import { COLLAPSE } from './storm/collapse.ts';
import { FLEET } from './storm/fleet.ts';
import { HOTOS } from './storm/hotos.ts';
import { OSDI, OSDI_GRID } from './storm/osdi.ts';
import { PROCESSES } from './storm/processes.ts';
import { THRESHOLD } from './storm/threshold.ts';

await runBenchmark('storm', [HOTOS, THRESHOLD, OSDI, OSDI_GRID, COLLAPSE, PROCESSES, FLEET]);
