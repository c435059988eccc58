// `npm run bench:quota`: rate limits, announced and silent, in simulation: holdfast itself, packages and
// published rules of others, in the same worlds.
//   -- unknown route    some of the scenarios      -- --quick      one seed, fewer cells
//   -- --seeds=n        worlds for each cell       -- --write      into docs/performance.md
//   -- --only=a,b       the clients whose names hold one of these
import { ANNOUNCED_LIMITS } from './quota/announced-limits.ts';
import { BAD_ROUTE, TWO_TENANTS } from './quota/blame.ts';
import { BAN, CHANGING_LIMIT, EXHAUSTED_QUOTA, SHARED_LIMIT } from './quota/events-of-a-limit.ts';
import { THROTTLES_BY_CHANCE } from './quota/throttles-by-chance.ts';
import { TOKEN_LIMITS } from './quota/token-limits.ts';
import { UNKNOWN_LIMITS } from './quota/unknown-limits.ts';
import { runBenchmark } from './simulated/benchmark.ts';

await runBenchmark('quota', [
  UNKNOWN_LIMITS,
  ANNOUNCED_LIMITS,
  THROTTLES_BY_CHANCE,
  BAD_ROUTE,
  TWO_TENANTS,
  EXHAUSTED_QUOTA,
  CHANGING_LIMIT,
  SHARED_LIMIT,
  BAN,
  TOKEN_LIMITS,
]);
