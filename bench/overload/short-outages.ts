import { during, lostCalls, poissonLoad, queueServer, refusing } from 'holdfast/simulator';
import type { Effort, MeasuredTable, Part } from '../simulated/benchmark.ts';
import {
  AWS_2026,
  BREAKER_5,
  FETCH,
  GRPC,
  HOLDFAST,
  JITTER_OF_OURS,
} from '../simulated/contenders.ts';
import { meanOf } from '../simulated/figures.ts';
import { COCKATIEL, P_RETRY } from '../simulated/package-contenders.ts';
import { measure, type Scenario } from '../simulated/scenario.ts';

const TRIGGER_MS = 20_000;
const CLIENTS = [HOLDFAST, COCKATIEL, P_RETRY, FETCH, JITTER_OF_OURS, GRPC, AWS_2026, BREAKER_5];

/** A restart: nobody listens for a while, so connections are refused. Default timeouts. */
const restart = (clients: number, ratePerSecond: number, lengthMs: number): Scenario => ({
  clients,
  untilMs: 60_000,
  attemptTimeoutMs: Infinity,
  maxRetries: 3,
  server: (world) =>
    during(
      world,
      { fromMs: TRIGGER_MS, untilMs: TRIGGER_MS + lengthMs },
      refusing(world),
      queueServer(world, { ratePerSecond: 300 }),
    ),
  load: (world) => poissonLoad(world, { ratePerSecond }),
});

async function* measureOutages({ quick, seeds, choose }: Effort): AsyncGenerator<MeasuredTable> {
  const lengths = quick ? [500, 1_000, 2_000] : [200, 500, 1_000, 2_000, 5_000];
  const contenders = choose(CLIENTS);
  const rows: string[][] = [];
  for (const [clients, ratePerSecond] of [
    [1, 10],
    [1, 100],
    [20, 280],
  ] as const) {
    for (const lengthMs of lengths) {
      const cells: string[] = [];
      for (const contender of contenders) {
        const lost = await measure(
          restart(clients, ratePerSecond, lengthMs),
          contender,
          seeds,
          ({ calls }) => lostCalls(calls, { fromMs: TRIGGER_MS, untilMs: 50_000 }),
        );
        cells.push(meanOf(lost).toFixed(1));
      }
      const inIt = (ratePerSecond * lengthMs) / 1_000;
      rows.push([
        `${clients} × ${ratePerSecond / clients}/s, ${lengthMs / 1_000} s`,
        String(inIt),
        ...cells,
      ]);
    }
  }
  yield {
    title: 'Connections refused for a moment: calls that end without an answer',
    header: ['processes × rate, outage', 'calls in it', ...contenders.map(({ name }) => name)],
    rows,
  };
}

export const SHORT_OUTAGES: Part = { name: 'outages', measure: measureOutages };
