import {
  attemptsPerCall,
  delayServer,
  latenciesOf,
  logNormal,
  mixed,
  percentile,
  poissonLoad,
  type Amount,
  type CallRecord,
} from 'holdfast/simulator';
import type { Effort, MeasuredTable, Part } from '../simulated/benchmark.ts';
import { countText, percentText, meanOf } from '../simulated/figures.ts';
import { measure, type Scenario } from '../simulated/scenario.ts';
import { TAIL_CONTENDERS } from './tail-contenders.ts';

const LEAVES = 100;
const RATE_PER_SECOND = 200;
const SLOW_SHARE = 0.01;
/** Dean and Barroso's server: ten milliseconds as a rule, a second in one case of a hundred. */
const SLOW_MS = 1_000;
const USUAL: Amount = logNormal(10, 0.3);

const scenarioFor = (calls: number): Scenario => ({
  clients: 1,
  untilMs: (1_000 * calls) / RATE_PER_SECOND + 5_000,
  attemptTimeoutMs: Infinity,
  maxRetries: 3,
  server: (world) => delayServer(world, mixed(SLOW_SHARE, SLOW_MS, USUAL)),
  load: (world) =>
    poissonLoad(world, {
      ratePerSecond: RATE_PER_SECOND,
      untilMs: (1_000 * calls) / RATE_PER_SECOND,
    }),
});

/** The share of user requests, each of a hundred leaves, that take as long as a slow one. */
function slowFanOuts(calls: readonly CallRecord[]): number {
  let slow = 0;
  const count = Math.floor(calls.length / LEAVES);
  for (let index = 0; index < count; index += 1) {
    const leaves = calls.slice(index * LEAVES, (index + 1) * LEAVES);
    if (leaves.some(({ startedAt, endedAt = Infinity }) => endedAt - startedAt >= SLOW_MS)) {
      slow += 1;
    }
  }
  return slow / count;
}

async function* measureTail({ quick, seeds, choose }: Effort): AsyncGenerator<MeasuredTable> {
  const rows: string[][] = [];
  for (const contender of choose(TAIL_CONTENDERS)) {
    const runs = await measure(scenarioFor(quick ? 20_000 : 100_000), contender, seeds, (fleet) => {
      const latencies = latenciesOf(fleet.calls);
      return {
        median: percentile(latencies, 0.5),
        p99: percentile(latencies, 0.99),
        p999: percentile(latencies, 0.999),
        slowFanOuts: slowFanOuts(fleet.calls),
        load: attemptsPerCall(fleet),
      };
    });
    const of = (name: keyof (typeof runs)[number]) => runs.map((run) => run[name]);
    rows.push([
      contender.name,
      countText(of('median')),
      countText(of('p99')),
      countText(of('p999')),
      percentText(of('slowFanOuts'), 1),
      meanOf(of('load')).toFixed(3),
    ]);
  }
  yield {
    title: `One request in a hundred takes a second instead of ten milliseconds, ${RATE_PER_SECOND} calls/s: latency of a call in milliseconds, user requests of ${LEAVES} calls each that take a second, requests for each call`,
    header: ['client', 'p50', 'p99', 'p99.9', `slow with ${LEAVES} leaves`, 'requests'],
    rows,
  };
}

export const ONE_IN_A_HUNDRED: Part = { name: 'hundredth', measure: measureTail };
