import type { Effort, MeasuredTable, Part } from '../simulated/benchmark.ts';
import { BREAKER_5, BROOKER, FETCH, HOLDFAST } from '../simulated/contenders.ts';
import { countText, secondsText } from '../simulated/figures.ts';
import { measure } from '../simulated/scenario.ts';
import { sharedBreaker } from '../simulated/shared-breaker.ts';
import { hotos, stormFigures } from './hotos.ts';
import { osdi } from './osdi.ts';

/** The same load from one process, from a few, and from many, of which each sees little. */
async function* measureProcesses({ quick, seeds, choose }: Effort): AsyncGenerator<MeasuredTable> {
  const counts = quick ? [1, 100] : [1, 5, 20, 100, 1_000];
  const rows: string[][] = [];
  for (const contender of choose([HOLDFAST, sharedBreaker(), FETCH, BROOKER, BREAKER_5])) {
    for (const clients of counts) {
      const scenarios = [
        hotos({ clients, untilMs: 160_000 }),
        osdi('b', { clients }),
        osdi('e', { clients }),
      ];
      const cells: string[] = [];
      for (const scenario of scenarios) {
        const runs = await measure(scenario, contender, seeds, (fleet) =>
          stormFigures(fleet, scenario),
        );
        cells.push(secondsText(runs.map(({ recovery }) => recovery)));
        cells.push(countText(runs.map(({ lost }) => lost)));
      }
      rows.push([contender.name, String(clients), ...cells]);
    }
  }
  yield {
    title: 'The same load from n processes: recovery in s, calls lost',
    header: ['client', 'n', 'HotOS', 'lost', 'OSDI b', 'lost', 'OSDI e', 'lost'],
    rows,
  };
}

export const PROCESSES: Part = { name: 'processes', measure: measureProcesses };
