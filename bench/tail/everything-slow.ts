import {
  attemptsPerCall,
  delayServer,
  latenciesOf,
  logNormal,
  mixed,
  percentile,
  poissonLoad,
  steps,
} from 'holdfast/simulator';
import type { Effort, MeasuredTable, Part } from '../simulated/benchmark.ts';
import { countText } from '../simulated/figures.ts';
import { measure, type Scenario } from '../simulated/scenario.ts';
import { TAIL_CONTENDERS } from './tail-contenders.ts';

const RATE_PER_SECOND = 200;
const SLOW_FROM_MS = 60_000;
const SLOW_UNTIL_MS = 120_000;
const END_MS = 180_000;

/** Everything takes so many times as long for a minute, as it does while a server is overloaded. */
const scenarioFor = (factor: number): Scenario => ({
  clients: 1,
  untilMs: END_MS + 30_000,
  attemptTimeoutMs: Infinity,
  maxRetries: 3,
  server: (world) => {
    const usual = mixed(0.01, 1_000, logNormal(10, 0.3));
    const slow = logNormal(10 * factor, 0.3);
    return delayServer(world, steps([0, usual], [SLOW_FROM_MS, slow], [SLOW_UNTIL_MS, usual]));
  },
  load: (world) => poissonLoad(world, { ratePerSecond: RATE_PER_SECOND, untilMs: END_MS }),
});

async function* measureSlow({ seeds, choose }: Effort): AsyncGenerator<MeasuredTable> {
  const factors = [5, 20, 100];
  const rows: string[][] = [];
  for (const contender of choose(TAIL_CONTENDERS)) {
    const cells: string[] = [];
    for (const factor of factors) {
      const runs = await measure(scenarioFor(factor), contender, seeds, (fleet) => {
        const after = { fromMs: SLOW_UNTIL_MS, untilMs: END_MS };
        return {
          load: attemptsPerCall(fleet, { fromMs: SLOW_FROM_MS, untilMs: SLOW_UNTIL_MS }),
          p999: percentile(latenciesOf(fleet.calls, after), 0.999),
        };
      });
      const most = Math.max(...runs.map(({ load }) => load)).toFixed(3);
      cells.push(`${most} / ${countText(runs.map(({ p999 }) => p999))}`);
    }
    rows.push([contender.name, ...cells]);
  }
  yield {
    title:
      'Everything takes longer for a minute: requests for each call in that minute, the worst world / p99.9 in the minute after, in milliseconds',
    header: ['client', ...factors.map((factor) => `${factor} × as long`)],
    rows,
  };
}

export const EVERYTHING_SLOW: Part = { name: 'slow', measure: measureSlow };
