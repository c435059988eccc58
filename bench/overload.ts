// `npm run bench:overload`: lasting overload, short outages, failures by chance, false alarms and
// contention, in simulation: holdfast itself, and the published rules of others, in the same worlds.
//   -- lasting outages  some of the scenarios      -- --quick      one seed, fewer cells
//   -- --seeds=n        worlds for each cell       -- --write      into docs/performance.md
//   -- --only=a,b       the clients whose names hold one of these
import { CONTENTION } from './overload/contention.ts';
import { FALSE_ALARMS } from './overload/false-alarms.ts';
import { LASTING, LASTING_PROCESSES } from './overload/lasting.ts';
import { RANDOM_FAILURES } from './overload/random-failures.ts';
import { SHORT_OUTAGES } from './overload/short-outages.ts';
import { runBenchmark } from './simulated/benchmark.ts';

await runBenchmark('overload', [
  LASTING,
  LASTING_PROCESSES,
  SHORT_OUTAGES,
  RANDOM_FAILURES,
  FALSE_ALARMS,
  CONTENTION,
]);
