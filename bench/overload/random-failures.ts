import {
  answeredShare,
  attemptsPerCall,
  exponential,
  failing,
  instantServer,
  poissonLoad,
} from 'holdfast/simulator';
import type { Effort, MeasuredTable, Part } from '../simulated/benchmark.ts';
import { AT_ONCE, BROOKER, FETCH, HOLDFAST } from '../simulated/contenders.ts';
import { meanOf } from '../simulated/figures.ts';
import { measure, type Scenario } from '../simulated/scenario.ts';

const SHARES = [0.01, 0.05, 0.1, 0.2, 0.5, 1];
const LENGTH_MS = 100_000;

/**
 * Marc Brooker's sweep ("Fixing retries with token buckets and circuit breakers", 2022): a service that
 * fails by chance alone; fast errors, or silence until a timeout of a second.
 */
const sweep = (
  share: number,
  clients: number,
  ratePerSecond: number,
  as: 'errors' | 'silence',
): Scenario => ({
  clients,
  untilMs: LENGTH_MS + 30_000,
  attemptTimeoutMs: as === 'silence' ? 1_000 : Infinity,
  maxRetries: 3,
  networkMs: exponential(10),
  server: (world) => failing(world, { share, ...(as === 'silence' && { as }) }, instantServer),
  load: (world) => poissonLoad(world, { ratePerSecond, untilMs: LENGTH_MS }),
});

async function* measureSweep({ quick, seeds, choose }: Effort): AsyncGenerator<MeasuredTable> {
  const fleets = quick
    ? ([[100, 1]] as const)
    : ([
        [10, 100],
        [100, 10],
        [1_000, 1],
        [10, 10],
        [100, 1],
        [1_000, 0.1],
      ] as const);
  for (const as of ['errors', 'silence'] as const) {
    const rows: string[][] = [];
    for (const contender of choose([HOLDFAST, FETCH, AT_ONCE, BROOKER])) {
      for (const [clients, rate] of fleets) {
        const cells: string[] = [];
        for (const share of SHARES) {
          const scenario = sweep(share, clients, clients * rate, as);
          const runs = await measure(scenario, contender, seeds, (fleet) => ({
            success: answeredShare(fleet.calls),
            load: attemptsPerCall(fleet),
          }));
          const success = meanOf(runs.map((run) => run.success)).toFixed(4);
          cells.push(`${success} / ${meanOf(runs.map(({ load }) => load)).toFixed(3)}`);
        }
        rows.push([contender.name, `${clients} × ${rate}/s`, ...cells]);
      }
    }
    yield {
      title: `Failures by chance, ${as === 'errors' ? 'fast errors' : 'silence, attempts of 1 s'}: share of calls answered / requests for each call, by the share f of requests that fail`,
      header: ['client', 'processes', ...SHARES.map((share) => `f = ${share}`)],
      rows,
    };
  }
}

export const RANDOM_FAILURES: Part = { name: 'sweep', measure: measureSweep };
