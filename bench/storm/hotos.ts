import {
  blackHole,
  lostCalls,
  poissonLoad,
  queueServer,
  recoveryMs,
  type Fleet,
} from 'holdfast/simulator';
import type { Effort, MeasuredTable, Part } from '../simulated/benchmark.ts';
import { AT_ONCE, BREAKER_5, BROOKER, FETCH, GRPC, HOLDFAST } from '../simulated/contenders.ts';
import { contendersFor } from '../simulated/everybody.ts';
import { countText, meanOf, secondsText } from '../simulated/figures.ts';
import { answersOverTime } from '../simulated/over-time.ts';
import { measure, type Scenario } from '../simulated/scenario.ts';

export const TRIGGER_MS = 20_000;
export const OUTAGE_MS = 10_000;
/** What one value of the plot is the mean of. */
const STEP_SECONDS = 2;
const PLOTTED = new Set([HOLDFAST, FETCH, AT_ONCE, GRPC, BROOKER, BREAKER_5]);

/**
 * "Metastable Failures in Distributed Systems" (HotOS 2021): a database that answers 300 a second, at
 * 280; the network holds everything back for 10 s and delivers it at once; attempts time out after a
 * second, with one retry where a rule has no number of its own.
 */
export const hotos = ({ clients = 20, untilMs = 240_000, qps = 280 } = {}): Scenario => ({
  clients,
  untilMs,
  attemptTimeoutMs: 1_000,
  maxRetries: 1,
  server: (world) =>
    blackHole(
      world,
      { fromMs: TRIGGER_MS, untilMs: TRIGGER_MS + OUTAGE_MS },
      queueServer(world, { ratePerSecond: 300 }),
    ),
  load: (world) => poissonLoad(world, { ratePerSecond: qps }),
});

/** The figures of a run with a trigger. */
export function stormFigures({ calls, attempts }: Fleet, scenario: Scenario) {
  const span = { fromMs: TRIGGER_MS, untilMs: scenario.untilMs - 10_000 };
  const late = attempts.filter(
    ({ sentAt }) => sentAt >= span.untilMs - 30_000 && sentAt < span.untilMs,
  );
  return {
    recovery: recoveryMs(calls, span),
    strictRecovery: recoveryMs(calls, { ...span, withinMs: scenario.attemptTimeoutMs }),
    lost: lostCalls(calls, span),
    attemptsAtEnd: late.length / 30,
  };
}

async function* measureHotos({ quick, seeds, choose }: Effort): AsyncGenerator<MeasuredTable> {
  const scenario = hotos({ untilMs: quick ? 90_000 : 240_000 });
  const plottedSeconds = quick ? 60 : 200;
  const rows: string[][] = [];
  const series = [];
  for (const contender of choose(contendersFor({ quick }))) {
    const runs = await measure(scenario, contender, seeds, (fleet) => ({
      ...stormFigures(fleet, scenario),
      answers: answersOverTime(fleet.calls, plottedSeconds, STEP_SECONDS),
    }));
    rows.push([
      contender.name,
      secondsText(runs.map(({ recovery }) => recovery)),
      secondsText(runs.map(({ strictRecovery }) => strictRecovery)),
      countText(runs.map(({ lost }) => lost)),
      meanOf(runs.map(({ attemptsAtEnd }) => attemptsAtEnd)).toFixed(0),
    ]);
    if (PLOTTED.has(contender)) {
      const isMain = contender === HOLDFAST;
      series.push({ name: contender.name, values: runs[0]?.answers ?? [], isMain });
    }
  }
  yield {
    title: `HotOS: 280 calls/s at 300/s of capacity from 20 processes, network down for 10 s; calls lost up to ${scenario.untilMs / 1_000 - 30} s after the trigger`,
    header: ['client', 'recovery s', 'strict s', 'lost', 'attempts/s at the end'],
    rows,
    plots: {
      'storm-hotos.svg': {
        title: 'HotOS: answers a second',
        across: 'seconds',
        up: 'answers/s',
        from: 0,
        step: STEP_SECONDS,
        marked: { from: 20, until: 30, name: 'network down' },
        series,
      },
    },
  };
}

export const HOTOS: Part = { name: 'hotos', measure: measureHotos };
