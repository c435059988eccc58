import {
  fixedWindowLimit,
  gcraLimit,
  slidingLogLimit,
  tokenBucketLimit,
  type Limit,
} from 'holdfast/simulator';
import type { Effort, MeasuredTable, Part } from '../simulated/benchmark.ts';
import { FETCH, HOLDFAST } from '../simulated/contenders.ts';
import { measure } from '../simulated/scenario.ts';
import { limitedWorld, QUOTA_CONTENDERS, useOf, useText, type Demand } from './limited-world.ts';

const LAWS: Readonly<Record<string, (rate: number) => Limit>> = {
  'token bucket': (rate) => tokenBucketLimit({ ratePerSecond: rate }),
  'windows of 1 s': (rate) => fixedWindowLimit({ limit: rate, windowMs: 1_000 }),
  'sliding log, 1 s': (rate) => slidingLogLimit({ limit: rate, windowMs: 1_000 }),
  'windows of 60 s': (rate) => fixedWindowLimit({ limit: 60 * rate, windowMs: 60_000 }),
  'GCRA, burst 3': (rate) => gcraLimit({ ratePerSecond: rate, burst: 3 }),
};

const demandsOf = (rate: number): Readonly<Record<string, Demand>> => ({
  '4 callers': { callers: 4 },
  '64 callers': { callers: 64 },
  '× 1.05': { ratePerSecond: 1.05 * rate },
  '× 2': { ratePerSecond: 2 * rate },
  '× 10': { ratePerSecond: 10 * rate },
});

/** Long enough for the clients to learn a slow limit, and for several windows of a minute. */
const secondsFor = (law: string, rate: number): number =>
  Math.min(1_200, Math.max(law.endsWith('60 s') ? 600 : 60, 1_200 / rate));

/** What others are measured at. Many of them send so much that the entire grid would take hours. */
const OF_OTHERS = {
  laws: ['token bucket', 'windows of 1 s'],
  rates: [10, 100],
  latencies: [50],
  demands: ['64 callers', '× 2'],
};

async function* measureUnknown({ quick, seeds, choose }: Effort): AsyncGenerator<MeasuredTable> {
  const rates = quick ? [10, 100] : [2, 10, 100, 1_000];
  const latencies = quick ? [50] : [50, 500];
  const laws = Object.entries(LAWS).slice(0, quick ? 2 : undefined);
  for (const [law, limitOf] of laws) {
    const rows: string[][] = [];
    for (const contender of choose(QUOTA_CONTENDERS)) {
      const isOurs = contender === HOLDFAST;
      if (!isOurs && (contender === FETCH || !OF_OTHERS.laws.includes(law))) continue;
      for (const latencyMs of isOurs ? latencies : OF_OTHERS.latencies) {
        for (const rate of isOurs ? rates : OF_OTHERS.rates) {
          const seconds = secondsFor(law, rate);
          const cells: string[] = [];
          for (const [name, demand] of Object.entries(demandsOf(rate))) {
            // Too few callers to reach the limit, or more calls than the run is worth.
            const most = 'callers' in demand ? (demand.callers * 1_000) / latencyMs : Infinity;
            const calls = 'callers' in demand ? 0 : demand.ratePerSecond * seconds;
            const isLeftOut = !isOurs && !OF_OTHERS.demands.includes(name);
            if (isLeftOut || most < rate || calls > 200_000) {
              cells.push('–');
              continue;
            }
            const limit = () => limitOf(rate);
            const scenario = limitedWorld({ limit, demand, seconds, latencyMs });
            const uses = await measure(scenario, contender, seeds, (fleet) =>
              useOf(fleet, rate, seconds),
            );
            cells.push(useText(uses));
          }
          rows.push([contender.name, `${rate}/s, ${latencyMs} ms`, ...cells]);
        }
      }
    }
    yield {
      title: `A limit that is not announced, ${law}: share of it that is used / 429s for each thousand successes`,
      header: ['client', 'limit, latency', ...Object.keys(demandsOf(1))],
      rows,
    };
  }
}

export const UNKNOWN_LIMITS: Part = { name: 'unknown', measure: measureUnknown };
