// `npm run bench:concurrency`: limits on concurrency, in simulation: the adaptive one of holdfast beside
// fixed ones and cockatiel's bulkhead, in the same worlds.
//   -- capacity slower  some of the scenarios      -- --quick      one seed, fewer cells
//   -- --seeds=n        worlds for each cell       -- --write      into docs/performance.md
//   -- --only=a,b       the limits whose names hold one of these
import { CHANGING_CAPACITY } from './concurrency/changing-capacity.ts';
import { PROCESSES, SLOWER_FOR_GOOD } from './concurrency/slower-for-good.ts';
import { runBenchmark } from './simulated/benchmark.ts';

await runBenchmark('concurrency', [CHANGING_CAPACITY, SLOWER_FOR_GOOD, PROCESSES]);
