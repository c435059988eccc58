// `npm run bench:tail`: the slow one in a hundred, with and without a second request, and what second
// requests do where everything is slow; in simulation, and on loopback in real time.
//   -- hundredth        one of the scenarios       -- --quick      one seed, fewer calls
//   -- --seeds=n        worlds for each cell       -- --write      into docs/performance.md
//   -- --only=a,b       the clients whose names hold one of these
import { runBenchmark } from './simulated/benchmark.ts';
import { EVERYTHING_SLOW } from './tail/everything-slow.ts';
import { LOOPBACK } from './tail/loopback.ts';
import { ONE_IN_A_HUNDRED } from './tail/one-in-a-hundred.ts';

await runBenchmark('tail', [ONE_IN_A_HUNDRED, EVERYTHING_SLOW, LOOPBACK]);
