import {
  answering,
  attemptsPerCall,
  during,
  goodputPerSecond,
  poissonLoad,
  queueServer,
  recoveryMs,
  UNAVAILABLE,
  type Fleet,
} from 'holdfast/simulator';
import type { Effort, MeasuredTable, Part } from '../simulated/benchmark.ts';
import {
  AT_ONCE,
  BREAKER_5,
  BROOKER,
  FETCH,
  HOLDFAST,
  type Contender,
} from '../simulated/contenders.ts';
import { contendersFor } from '../simulated/everybody.ts';
import { percentText, secondsText } from '../simulated/figures.ts';
import { answersOverTime } from '../simulated/over-time.ts';
import { measure, type Scenario } from '../simulated/scenario.ts';

const TRIGGER_MS = 20_000;
const LENGTH_MS = 120_000;
const END_MS = TRIGGER_MS + LENGTH_MS;
const CAPACITY = 300;
/** What one value of the plot is the mean of. */
const STEP_SECONDS = 2;
/** While it lasts, without its beginning and its end. */
const MIDDLE = { fromMs: TRIGGER_MS + 30_000, untilMs: END_MS - 2_000 };
const PLOTTED = new Set([HOLDFAST, FETCH, AT_ONCE, BROOKER, BREAKER_5]);

/** How much is left, and how long an attempt may take. */
interface LastingCase {
  readonly name: string;
  readonly share: number;
  readonly timeoutMs: number;
  /** How many may wait at the server; one more gets a 503 at once. */
  readonly maxWaiting?: number;
}

const CASES: readonly LastingCase[] = [
  { name: '25 %, 1 s', share: 0.25, timeoutMs: 1_000 },
  { name: '50 %, 1 s', share: 0.5, timeoutMs: 1_000 },
  { name: '50 %, 3 s', share: 0.5, timeoutMs: 3_000 },
  { name: '80 %, 1 s', share: 0.8, timeoutMs: 1_000 },
  { name: '80 %, 3 s', share: 0.8, timeoutMs: 3_000 },
  { name: '50 %, fast 503', share: 0.5, timeoutMs: 1_000, maxWaiting: 100 },
];

/** A server that can do 300 a second has a part of that for two minutes, under 280. */
const lasting = (
  { share, timeoutMs, maxWaiting = Infinity }: LastingCase,
  clients = 20,
): Scenario => ({
  clients,
  untilMs: END_MS + 60_000,
  attemptTimeoutMs: timeoutMs,
  maxRetries: 3,
  server: (world) =>
    queueServer(world, {
      ratePerSecond: [
        [0, CAPACITY],
        [TRIGGER_MS, CAPACITY * share],
        [END_MS, CAPACITY],
      ],
      maxWaiting,
    }),
  load: (world) => poissonLoad(world, { ratePerSecond: 280 }),
});

/** The same with a server that answers 503 to everything. */
const dead = (): Scenario => ({
  ...lasting({ name: 'dead', share: 1, timeoutMs: 1_000 }),
  server: (world) =>
    during(
      world,
      { fromMs: TRIGGER_MS, untilMs: END_MS },
      answering(world, UNAVAILABLE),
      queueServer(world, { ratePerSecond: CAPACITY }),
    ),
});

const recoveryOf = ({ calls }: Fleet): number =>
  recoveryMs(calls, { fromMs: END_MS, untilMs: END_MS + 50_000 });

async function* measureLasting({ quick, seeds, choose }: Effort): AsyncGenerator<MeasuredTable> {
  const cases = quick
    ? CASES.filter(({ timeoutMs, maxWaiting }) => timeoutMs === 1_000 && !maxWaiting)
    : CASES;
  const rows: string[][] = [];
  const recoveryRows: string[][] = [];
  const series = [];
  for (const contender of choose(contendersFor({ quick }))) {
    const cells: string[] = [];
    const recoveryCells: string[] = [];
    for (const one of cases) {
      const runs = await measure(lasting(one), contender, seeds, (fleet) => ({
        used: goodputPerSecond(fleet.calls, MIDDLE) / (CAPACITY * one.share),
        recovery: recoveryOf(fleet),
        answers: answersOverTime(fleet.calls, 180, STEP_SECONDS),
      }));
      cells.push(percentText(runs.map(({ used }) => used)));
      recoveryCells.push(secondsText(runs.map(({ recovery }) => recovery)));
      if (one.name === '50 %, 1 s' && PLOTTED.has(contender)) {
        const isMain = contender === HOLDFAST;
        series.push({ name: contender.name, values: runs[0]?.answers ?? [], isMain });
      }
    }
    rows.push([contender.name, ...cells]);
    recoveryRows.push([contender.name, ...recoveryCells, ...(await deadCells(contender, seeds))]);
  }
  yield {
    title:
      'Capacity cut for two minutes under 280 calls/s from 20 processes (300/s before): answers as a share of what the server can do',
    header: ['client', ...cases.map(({ name }) => name)],
    rows,
    plots: {
      'overload-half.svg': {
        title: 'Half of the capacity for two minutes: answers a second',
        across: 'seconds',
        up: 'answers/s',
        from: 0,
        step: STEP_SECONDS,
        marked: { from: TRIGGER_MS / 1_000, until: END_MS / 1_000, name: '150/s of capacity' },
        series,
      },
    },
  };
  yield {
    title:
      'The same: recovery in s after its end; and a server that answers 503 to everything for two minutes: requests sent for each call, recovery',
    header: ['client', ...cases.map(({ name }) => name), 'dead: sent', 'dead'],
    rows: recoveryRows,
  };
}

async function deadCells(contender: Contender, seeds: readonly number[]): Promise<string[]> {
  const runs = await measure(dead(), contender, seeds, (fleet) => ({
    sent: attemptsPerCall(fleet, MIDDLE),
    recovery: recoveryOf(fleet),
  }));
  const sent = runs.reduce((sum, run) => sum + run.sent, 0) / runs.length;
  return [sent.toFixed(3), secondsText(runs.map(({ recovery }) => recovery))];
}

/** One process sees everything, a thousand see little each: at half of the capacity. */
async function* measureProcesses({ quick, seeds, choose }: Effort): AsyncGenerator<MeasuredTable> {
  const counts = quick ? [1, 100] : [1, 5, 20, 100, 1_000];
  const rows: string[][] = [];
  for (const contender of choose([HOLDFAST, BROOKER, BREAKER_5])) {
    const cells: string[] = [];
    for (const clients of counts) {
      const scenario = lasting({ name: '', share: 0.5, timeoutMs: 1_000 }, clients);
      const used = await measure(
        scenario,
        contender,
        seeds,
        ({ calls }) => goodputPerSecond(calls, MIDDLE) / (CAPACITY / 2),
      );
      cells.push(percentText(used));
    }
    rows.push([contender.name, ...cells]);
  }
  yield {
    title:
      'Half of the capacity, attempts of 1 s, from n processes: share of what the server can do',
    header: ['client', ...counts.map((count) => `n = ${count}`)],
    rows,
  };
}

export const LASTING: Part = { name: 'lasting', measure: measureLasting };
export const LASTING_PROCESSES: Part = { name: 'processes', measure: measureProcesses };
