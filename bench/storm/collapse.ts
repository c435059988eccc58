import {
  answersIn,
  callsFrom,
  collapsingServer,
  exponential,
  poissonLoad,
  type Fleet,
  type Span,
} from 'holdfast/simulator';
import type { Effort, MeasuredTable, Part } from '../simulated/benchmark.ts';
import {
  AT_ONCE,
  BREAKER_5,
  BROOKER,
  FETCH,
  HOLDFAST,
  JITTER_OF_BROOKER,
} from '../simulated/contenders.ts';
import { percentText } from '../simulated/figures.ts';
import { COCKATIEL, P_RETRY } from '../simulated/package-contenders.ts';
import { measure, type Scenario } from '../simulated/scenario.ts';

/**
 * Marc Brooker's simple_collapse_sim: latency grows with what is in the server, attempts time out
 * after 3 s, with up to 2 retries.
 */
const collapse = (ratePerSecond: (nowMs: number) => number): Scenario => ({
  clients: 20,
  untilMs: 80_000,
  attemptTimeoutMs: 3_000,
  maxRetries: 2,
  networkMs: exponential(100),
  server: (world) => collapsingServer(world),
  load: (world) => poissonLoad(world, { ratePerSecond, maxRatePerSecond: 80 }),
});

/** 40 a second, and 80 for five seconds. */
const spike = (): Scenario => collapse((nowMs) => (nowMs < 20_000 || nowMs > 25_000 ? 40 : 80));

/** Up to 80 a second at 25 s, and down to 0 at 75 s. */
const ramp = (): Scenario =>
  collapse((nowMs) => Math.max(0, 80 - 1.6 * Math.abs(nowMs / 1_000 - 25)));

const answersOfOffered = ({ calls }: Fleet, span: Span): number =>
  answersIn(calls, span) / callsFrom(calls, span).length;

const answeredOf = ({ calls }: Fleet, span: Span): number => {
  const begun = callsFrom(calls, span);
  return begun.filter(({ answered }) => answered).length / begun.length;
};

async function* measureCollapse({ seeds, choose }: Effort): AsyncGenerator<MeasuredTable> {
  const rows: string[][] = [];
  for (const contender of choose([
    HOLDFAST,
    COCKATIEL,
    P_RETRY,
    FETCH,
    AT_ONCE,
    JITTER_OF_BROOKER,
    BROOKER,
    BREAKER_5,
  ])) {
    const spikes = await measure(spike(), contender, seeds, (fleet) =>
      answersOfOffered(fleet, { fromMs: 60_000, untilMs: 80_000 }),
    );
    const ramps = await measure(ramp(), contender, seeds, (fleet) => ({
      all: answeredOf(fleet, { untilMs: 75_000 }),
      middle: answeredOf(fleet, { fromMs: 40_000, untilMs: 60_000 }),
      end: answersIn(fleet.calls, { fromMs: 60_000, untilMs: 75_000 }) / 15,
    }));
    rows.push([
      contender.name,
      percentText(spikes),
      percentText(ramps.map(({ all }) => all)),
      percentText(ramps.map(({ middle }) => middle)),
      (ramps.reduce((sum, { end }) => sum + end, 0) / ramps.length).toFixed(1),
    ]);
  }
  yield {
    title:
      'A server whose latency grows with its load: after a spike (answers at 60–80 s of those offered), and over a ramp to 80/s and back to 0',
    header: ['client', 'spike', 'ramp: answered', 'ramp: 40–60 s', 'ramp: answers/s at 60–75 s'],
    rows,
  };
}

export const COLLAPSE: Part = { name: 'collapse', measure: measureCollapse };
