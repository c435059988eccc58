import {
  answeredShare,
  delayServer,
  latenciesOf,
  logNormal,
  mixed,
  pausing,
  poissonLoad,
  steps,
  type Amount,
  type Server,
  type World,
} from 'holdfast/simulator';
import type { Effort, MeasuredTable, Part } from '../simulated/benchmark.ts';
import { BROOKER, HOLDFAST } from '../simulated/contenders.ts';
import { meanOf } from '../simulated/figures.ts';
import { measure, type Scenario } from '../simulated/scenario.ts';

const LENGTH_MS = 120_000;
const STEP_MS = 50_000;

/** Something that looks like trouble and is none. */
interface FalseAlarm {
  readonly name: string;
  readonly timeoutMs: number;
  readonly ratePerSecond: number;
  readonly server: (world: World) => Server;
}

const withLatency =
  (latencyMs: Amount) =>
  (world: World): Server =>
    delayServer(world, latencyMs);

const withPauses =
  (everyMs: number, lengthMs: number) =>
  (world: World): Server =>
    pausing(world, { everyMs, lengthMs }, delayServer(world, 20));

const stepTo = (latencyMs: number) => withLatency(steps([0, 20], [STEP_MS, latencyMs]));

const of = (
  name: string,
  timeoutMs: number,
  ratePerSecond: number,
  server: (world: World) => Server,
): FalseAlarm => ({ name, timeoutMs, ratePerSecond, server });

const CASES: readonly FalseAlarm[] = [
  of('log-normal, median 0.1 s, σ 1.5; T 30 s', 30_000, 100, withLatency(logNormal(100, 1.5))),
  of('log-normal, median 8 s, σ 1; T 300 s', 300_000, 20, withLatency(logNormal(8_000, 1))),
  of('the same; T 30 s, so 8 % time out', 30_000, 20, withLatency(logNormal(8_000, 1))),
  of('1 % take 2 s, others 20 ms; T 10 s', 10_000, 200, withLatency(mixed(0.01, 2_000, 20))),
  of('10 % take 2 s; T 10 s', 10_000, 200, withLatency(mixed(0.1, 2_000, 20))),
  of('10 % take 0.9 s; T 1 s', 1_000, 200, withLatency(mixed(0.1, 900, 20))),
  of('pause of 0.5 s every 5 s; T 1 s', 1_000, 200, withPauses(5_000, 500)),
  of('pause of 0.5 s every 5 s; T 10 s', 10_000, 200, withPauses(5_000, 500)),
  of('pause of 3 s every 30 s; T 10 s', 10_000, 200, withPauses(30_000, 3_000)),
  of('20 ms, from 50 s on 0.4 s; T 1 s', 1_000, 200, stepTo(400)),
  of('20 ms, from 50 s on 0.8 s; T 1 s', 1_000, 200, stepTo(800)),
  of('20 ms, from 50 s on 4 s; T 10 s', 10_000, 200, stepTo(4_000)),
  of('20 ms, from 50 s on 6 s; T 10 s', 10_000, 200, stepTo(6_000)),
  of('half take 5 s, half 20 ms; T 10 s', 10_000, 100, withLatency(mixed(0.5, 5_000, 20))),
];

const scenarioOf = (
  { timeoutMs, ratePerSecond, server }: FalseAlarm,
  clients: number,
): Scenario => ({
  clients,
  // Everything that began in time can end.
  untilMs: LENGTH_MS + 4 * timeoutMs,
  attemptTimeoutMs: timeoutMs,
  maxRetries: 3,
  server,
  load: (world) => poissonLoad(world, { ratePerSecond, untilMs: LENGTH_MS }),
});

async function* measureAlarms({ quick, seeds, choose }: Effort): AsyncGenerator<MeasuredTable> {
  const counts = quick ? [10] : [1, 10, 100];
  const contenders = choose([HOLDFAST, BROOKER]);
  const rows: string[][] = [];
  for (const one of CASES) {
    for (const clients of counts) {
      const cells: string[] = [];
      for (const contender of contenders) {
        const runs = await measure(scenarioOf(one, clients), contender, seeds, ({ calls }) => ({
          answered: answeredShare(calls),
          late: answeredShare(calls, { fromMs: STEP_MS }),
          latency: meanOf(latenciesOf(calls)),
        }));
        const mean = (figure: keyof (typeof runs)[number]) =>
          meanOf(runs.map((run) => run[figure]));
        cells.push(
          mean('answered').toFixed(4),
          mean('late').toFixed(4),
          mean('latency').toFixed(0),
        );
      }
      rows.push([one.name, String(clients), ...cells]);
    }
  }
  yield {
    title:
      'False alarms: share of calls answered over 120 s, over the last 70 s, and mean latency in ms; T is the attempt timeout',
    header: ['server', 'n', ...contenders.flatMap(({ name }) => [name, 'last 70 s', 'ms'])],
    rows,
  };
}

export const FALSE_ALARMS: Part = { name: 'alarms', measure: measureAlarms };
