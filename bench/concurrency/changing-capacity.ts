import { latenciesOf, percentile, queueServer, type Server, type World } from 'holdfast/simulator';
import type { Effort, MeasuredTable, Part } from '../simulated/benchmark.ts';
import { meanOf, percentText } from '../simulated/figures.ts';
import { limiters } from './limiters.ts';
import { criticalServed, requestP99, runTwoClasses, shareOfCapacity } from './two-classes.ts';
import type { TwoClasses, TwoClassesRun } from './two-classes.ts';
import { MEAN_MS, workerServer } from './worker-server.ts';

const STEP_MS = 20_000;
const STEPS = 8;
const END_MS = STEPS * STEP_MS;
const MOST = 40;
const LEAST = MOST / 2;
/** Critical calls have to be served within this time, the wait for a place included. */
const IN_TIME_MS = 1_000;
/** The network of the quick server: all but some milliseconds of what an answer takes. */
const HALF_WAY_MS = 50;

/** The capacity halves and doubles: so many of something, from which moment on. */
const stepsOf = (most: number) =>
  Array.from({ length: STEPS }, (_, step) => [step * STEP_MS, step % 2 ? most / 2 : most] as const);

/** A server whose capacity halves and doubles every 20 s. */
interface ChangingServer {
  readonly name: string;
  readonly networkMs: number;
  /** What it can answer in a second at its best. */
  readonly mostPerSecond: number;
  readonly make: (world: World) => Server;
}

const WORKERS_PER_SECOND = (MOST * 1_000) / MEAN_MS;
const QUEUE_PER_SECOND = (MOST * 1_000) / (2 * HALF_WAY_MS);

const SERVERS: readonly ChangingServer[] = [
  {
    name: '40 or 20 workers, 100 ms a request (log-normal, σ 0.3)',
    networkMs: 0,
    mostPerSecond: WORKERS_PER_SECOND,
    make: (world) => workerServer(world, stepsOf(MOST)),
  },
  {
    name: 'one queue of 400/s or 200/s, 100 ms away',
    networkMs: HALF_WAY_MS,
    mostPerSecond: QUEUE_PER_SECOND,
    make: (world) => queueServer(world, { ratePerSecond: stepsOf(QUEUE_PER_SECOND) }),
  },
];

const under = (server: ChangingServer, load: Partial<TwoClasses> = {}): TwoClasses => ({
  server: server.make,
  networkMs: server.networkMs,
  untilMs: END_MS,
  criticalPerSecond: 60,
  batchCallers: 200,
  processes: 1,
  ...load,
});

/** The 99th percentile where hardly anybody calls. */
async function unloadedP99(server: ChangingServer, seed: number): Promise<number> {
  const noLimit = limiters(MOST, LEAST).at(-1)!;
  const load = { criticalPerSecond: 5, batchCallers: 5 };
  const { batch } = await runTwoClasses(under(server, load), noLimit, seed);
  return percentile(latenciesOf(batch), 0.99);
}

async function* measureChanges({ seeds, choose }: Effort): AsyncGenerator<MeasuredTable> {
  for (const server of SERVERS) {
    const unloaded = meanOf(await Promise.all(seeds.map((seed) => unloadedP99(server, seed))));
    const rows: string[][] = [];
    for (const limiter of choose(limiters(MOST, LEAST))) {
      const runs: TwoClassesRun[] = [];
      for (const seed of seeds) runs.push(await runTwoClasses(under(server), limiter, seed));
      const shareAt = (parity: 0 | 1) =>
        runs.map((run) => {
          const shares = stepsOf(server.mostPerSecond)
            .filter((_, step) => step % 2 === parity)
            .map(([fromMs, perSecond]) =>
              shareOfCapacity(
                run,
                { fromMs, untilMs: fromMs + STEP_MS },
                (perSecond * STEP_MS) / 1_000,
              ),
            );
          return meanOf(shares);
        });
      const p99 = meanOf(runs.map((run) => requestP99(run)));
      const criticalP99 = meanOf(runs.map((run) => percentile(latenciesOf(run.critical), 0.99)));
      rows.push([
        limiter.name,
        percentText(shareAt(0), 1),
        percentText(shareAt(1), 1),
        `${p99.toFixed(0)} ms = ${(p99 / unloaded).toFixed(1)} ×`,
        percentText(
          runs.map((run) => criticalServed(run, IN_TIME_MS)),
          2,
        ),
        `${criticalP99.toFixed(0)} ms`,
      ]);
    }
    yield {
      title: `A server whose capacity halves and doubles every 20 s (${server.name}), under 200 batch callers and 60 critical calls/s. Unloaded 99th percentile: ${unloaded.toFixed(0)} ms`,
      header: [
        'limit',
        'answers, share of the whole capacity',
        'of the halved one',
        'p99 of requests, × unloaded',
        'critical served in 1 s',
        'their p99, wait included',
      ],
      rows,
    };
  }
}

export const CHANGING_CAPACITY: Part = { name: 'capacity', measure: measureChanges };
