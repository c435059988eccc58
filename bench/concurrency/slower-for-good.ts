import type { Effort, MeasuredTable, Part } from '../simulated/benchmark.ts';
import { percentText, secondsText } from '../simulated/figures.ts';
import { ADAPTIVE } from './limiters.ts';
import {
  requestP99,
  runTwoClasses,
  shareOfCapacity,
  type TwoClasses,
  type TwoClassesRun,
} from './two-classes.ts';
import { MEAN_MS, workerServer } from './worker-server.ts';

const WORKERS = 40;
const SLOWER_FROM_MS = 40_000;
const END_MS = 120_000;
const LAST_MS = 60_000;
const FACTORS = [1.5, 2, 3, 5] as const;

/** Every request takes longer from a moment on, however few there are. */
const slower = (factor: number): TwoClasses => ({
  server: (world) =>
    workerServer(world, [[0, WORKERS]], (now) => (now < SLOWER_FROM_MS ? 1 : factor)),
  networkMs: 0,
  untilMs: END_MS,
  criticalPerSecond: 20,
  batchCallers: 200,
  processes: 1,
});

async function* measureSlower({ quick, seeds }: Effort): AsyncGenerator<MeasuredTable> {
  const rows: string[][] = [];
  for (const factor of quick ? [3] : FACTORS) {
    const perMs = WORKERS / (MEAN_MS * factor);
    const runs: TwoClassesRun[] = [];
    for (const seed of seeds) runs.push(await runTwoClasses(slower(factor), ADAPTIVE, seed));
    const share = (fromMs: number, untilMs: number) => (run: (typeof runs)[number]) =>
      shareOfCapacity(run, { fromMs, untilMs }, perMs * (untilMs - fromMs));
    const back = runs.map((run) => {
      for (let at = SLOWER_FROM_MS + 1_000; at < END_MS - 2_000; at += 1_000) {
        if (share(at, at + 2_000)(run) >= 0.9) return at - SLOWER_FROM_MS;
      }
      return Infinity;
    });
    rows.push([
      `${factor} ×`,
      secondsText(back),
      percentText(runs.map(share(END_MS - LAST_MS, END_MS)), 1),
    ]);
  }
  yield {
    title:
      'Answers that take longer for good and for another reason than load, 40 workers: how long until 90 % of what the server can do are used again, in s; the share used in the last minute',
    header: ['slower', 'back at 90 %', 'last minute'],
    rows,
  };
}

/** The same server under several processes, each with a limit of its own. */
async function* measureProcesses({ quick, seeds }: Effort): AsyncGenerator<MeasuredTable> {
  const rows: string[][] = [];
  for (const processes of quick ? [5] : [1, 2, 5, 10]) {
    const load = { ...slower(1), batchCallers: 400, processes };
    const runs: TwoClassesRun[] = [];
    for (const seed of seeds) runs.push(await runTwoClasses(load, ADAPTIVE, seed));
    const used = runs.map((run) =>
      shareOfCapacity(run, { fromMs: 0, untilMs: END_MS }, (WORKERS / MEAN_MS) * END_MS),
    );
    const p99 = runs.map((run) => requestP99(run, LAST_MS));
    rows.push([`${processes}`, percentText(used, 1), secondsText(p99)]);
  }
  yield {
    title:
      'Several processes with an adaptive limit each, 40 workers, 400 callers in all: share of the capacity; p99 of requests in the second minute, in s',
    header: ['processes', 'used', 'p99'],
    rows,
  };
}

export const SLOWER_FOR_GOOD: Part = { name: 'slower', measure: measureSlower };
export const PROCESSES: Part = { name: 'processes', measure: measureProcesses };
