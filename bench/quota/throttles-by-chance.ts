import {
  answeredShare,
  failing,
  instantServer,
  latenciesOf,
  percentile,
  poissonLoad,
} from 'holdfast/simulator';
import type { Effort, MeasuredTable, Part } from '../simulated/benchmark.ts';
import { meanOf } from '../simulated/figures.ts';
import { measure, type Scenario } from '../simulated/scenario.ts';
import { halfWay, QUOTA_CONTENDERS, QUOTA_SETTINGS } from './limited-world.ts';

const SECONDS = 120;
const SHARES = [0.01, 0.05, 0.2] as const;

/** There is no limit; some requests are throttled whatever anybody does. */
const byChance = (share: number, ratePerSecond: number): Scenario => ({
  ...QUOTA_SETTINGS,
  clients: 1,
  untilMs: 1_000 * (SECONDS + 120),
  networkMs: halfWay(50),
  server: (world) => failing(world, { share, as: { status: 429 } }, instantServer),
  load: (world) => poissonLoad(world, { ratePerSecond, untilMs: 1_000 * SECONDS }),
});

async function* measureChance({ quick, seeds, choose }: Effort): AsyncGenerator<MeasuredTable> {
  const rates = quick ? [100] : [20, 100, 500];
  const rows: string[][] = [];
  for (const contender of choose(QUOTA_CONTENDERS)) {
    for (const rate of rates) {
      const cells: string[] = [];
      for (const share of SHARES) {
        const runs = await measure(byChance(share, rate), contender, seeds, ({ calls }) => ({
          answered: answeredShare(calls),
          p99: percentile(latenciesOf(calls), 0.99),
        }));
        const answered = 100 * meanOf(runs.map((run) => run.answered));
        cells.push(`${answered.toFixed(1)} % / ${meanOf(runs.map(({ p99 }) => p99)).toFixed(0)}`);
      }
      rows.push([contender.name, `${rate}/s`, ...cells]);
    }
  }
  yield {
    title:
      'Throttles by chance, without a limit and without a hint: calls answered / 99th percentile of their latency in ms',
    header: ['client', 'calls', ...SHARES.map((share) => `${100 * share} %`)],
    rows,
  };
}

export const THROTTLES_BY_CHANCE: Part = { name: 'chance', measure: measureChance };
