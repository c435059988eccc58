import { countText, secondsText } from '../simulated/figures.ts';
import type { Effort, MeasuredTable, Part } from '../simulated/benchmark.ts';
import { AT_ONCE } from '../simulated/contenders.ts';
import { measure } from '../simulated/scenario.ts';
import { hotos, stormFigures } from './hotos.ts';

/** Half of what the server can do: with one retry each call is two requests there. */
const PUBLISHED_THRESHOLD = 150;

/**
 * The threshold of "Metastable Failures in Distributed Systems" (HotOS 2021): with one retry at once a
 * server that answers 300 a second comes back by itself below 150 calls a second, and never from there
 * on. It says of the simulator, and not of a client, whether its worlds are those of the paper.
 */
async function* measureThreshold({ quick, seeds, choose }: Effort): AsyncGenerator<MeasuredTable> {
  const rates = quick ? [140, 150] : [140, 145, 148, 150, 152];
  const rows: string[][] = [];
  for (const contender of choose([AT_ONCE])) {
    for (const qps of rates) {
      // Just below the threshold it takes more than ten minutes.
      const scenario = hotos({ qps, untilMs: quick ? 400_000 : 1_200_000 });
      const runs = await measure(scenario, contender, seeds, (fleet) =>
        stormFigures(fleet, scenario),
      );
      rows.push([
        String(qps),
        qps < PUBLISHED_THRESHOLD ? 'recovers' : 'never',
        secondsText(runs.map(({ recovery }) => recovery)),
        countText(runs.map(({ attemptsAtEnd }) => attemptsAtEnd)),
      ]);
    }
  }
  yield {
    title: 'HotOS, its threshold: one retry at once, at rates around half of the capacity (rule)',
    header: ['calls/s', 'published', 'recovery s', 'attempts/s at the end'],
    rows,
  };
}

export const THRESHOLD: Part = { name: 'threshold', measure: measureThreshold };
