import {
  answersIn,
  banning,
  callsFrom,
  closedLoad,
  exhaustedLimit,
  HINTS,
  instantServer,
  isAnswered,
  jainIndex,
  limited,
  poissonLoad,
  shareUsed,
  throttlesPerThousand,
  tokenBucketLimit,
  type CallRecord,
  type Hint,
} from 'holdfast/simulator';
import type { Effort, MeasuredTable, Part } from '../simulated/benchmark.ts';
import { meanOf } from '../simulated/figures.ts';
import { FETCH, HOLDFAST } from '../simulated/contenders.ts';
import { measure, type Scenario } from '../simulated/scenario.ts';
import { halfWay, limitedWorld, QUOTA_CONTENDERS, QUOTA_SETTINGS } from './limited-world.ts';

const HOUR_MS = 3_600_000;

/** When the first call was answered: not always the first that was made. */
const firstAnswerOf = (calls: readonly CallRecord[]): number =>
  calls
    .filter((call) => isAnswered(call))
    .reduce((first, { endedAt = Infinity }) => Math.min(first, endedAt), Infinity);

/** A quota that is used up for an hour, under 5 calls/s. */
const exhausted = (hint: Hint): Scenario => ({
  ...QUOTA_SETTINGS,
  clients: 1,
  untilMs: HOUR_MS + 300_000,
  networkMs: halfWay(50),
  server: (world) => {
    const next = tokenBucketLimit({ ratePerSecond: 50 });
    const limit = exhaustedLimit({ untilMs: HOUR_MS, limit: 5_000, next });
    return limited(world, { limit, hint }, instantServer);
  },
  load: (world) => poissonLoad(world, { ratePerSecond: 5 }),
});

async function* measureHour({ seeds, choose }: Effort): AsyncGenerator<MeasuredTable> {
  const rows: string[][] = [];
  for (const contender of choose(QUOTA_CONTENDERS)) {
    const cells: string[] = [];
    for (const hint of [HINTS.exact, HINTS.none]) {
      const runs = await measure(exhausted(hint), contender, seeds, ({ calls, attempts }) => ({
        wasted: attempts.filter(({ sentAt }) => sentAt < HOUR_MS).length,
        backAfterMs: firstAnswerOf(calls) - HOUR_MS,
      }));
      cells.push(meanOf(runs.map(({ wasted }) => wasted)).toFixed(0));
      cells.push((meanOf(runs.map(({ backAfterMs }) => backAfterMs)) / 1_000).toFixed(1));
    }
    rows.push([contender.name, ...cells]);
  }
  yield {
    title:
      'A quota that is used up for an hour, 5 calls/s: requests wasted, and the first answer after its end in s',
    header: ['client', 'hint: wasted', 'back', 'no hint: wasted', 'back'],
    rows,
  };
}

/** A limit of 100/s that is halved after three minutes and whole again after six. */
async function* measureChange({ seeds, choose }: Effort): AsyncGenerator<MeasuredTable> {
  const rows: string[][] = [];
  const scenario = limitedWorld({
    limit: () =>
      tokenBucketLimit({
        ratePerSecond: [
          [0, 100],
          [180_000, 50],
          [360_000, 100],
        ],
        burst: 100,
      }),
    demand: { callers: 64 },
    seconds: 540,
  });
  for (const contender of choose(QUOTA_CONTENDERS)) {
    const runs = await measure(scenario, contender, seeds, ({ attempts }) =>
      [
        shareUsed(attempts, 100, { fromMs: 90_000, untilMs: 180_000 }),
        shareUsed(attempts, 50, { fromMs: 240_000, untilMs: 360_000 }),
        shareUsed(attempts, 100, { fromMs: 360_000, untilMs: 380_000 }),
        shareUsed(attempts, 100, { fromMs: 400_000, untilMs: 540_000 }),
      ].concat(throttlesPerThousand(attempts, { fromMs: 90_000 })),
    );
    const mean = (index: number) => meanOf(runs.map((run) => run[index] ?? NaN));
    rows.push([
      contender.name,
      ...[0, 1, 2, 3].map((index) => `${(100 * mean(index)).toFixed(0)} %`),
      mean(4).toFixed(0),
    ]);
  }
  yield {
    title:
      'A limit of 100/s that is halved, and doubled again, 64 callers: share of it that is used',
    header: [
      'client',
      'before',
      'halved',
      'doubled: first 20 s',
      'after 40 s',
      '429s per thousand',
    ],
    rows,
  };
}

const PROCESSES = 4;

/** Four processes with one limit; shares of some minutes, after some more to find them. */
async function* measureSharing({ seeds, choose }: Effort): AsyncGenerator<MeasuredTable> {
  const rows: string[][] = [];
  const span = { fromMs: 300_000, untilMs: 600_000 };
  for (const contender of choose(QUOTA_CONTENDERS)) {
    if (contender === FETCH) continue;
    for (const rate of contender === HOLDFAST ? [10, 100] : [100]) {
      const scenario = limitedWorld({
        limit: () => tokenBucketLimit({ ratePerSecond: rate }),
        demand: { callers: 64 },
        seconds: 600,
        clients: PROCESSES,
        hint: HINTS.none,
      });
      const runs = await measure(scenario, contender, seeds, ({ calls, attempts }) => ({
        used: shareUsed(attempts, rate, span),
        throttles: throttlesPerThousand(attempts, span),
        jain: jainIndex(
          Array.from({ length: PROCESSES }, (_, client) =>
            answersIn(
              calls.filter((call) => call.client === client),
              span,
            ),
          ),
        ),
      }));
      const jains = runs.map(({ jain }) => jain);
      rows.push([
        contender.name,
        `${rate}/s`,
        `${(100 * meanOf(runs.map(({ used }) => used))).toFixed(0)} %`,
        meanOf(runs.map(({ throttles }) => throttles)).toFixed(0),
        `${meanOf(jains).toFixed(2)} (${Math.min(...jains).toFixed(2)}–${Math.max(...jains).toFixed(2)})`,
      ]);
    }
  }
  yield {
    title: 'Four processes, one limit, 64 callers in all, no hint',
    header: ['client', 'limit', 'used', '429s per thousand', 'Jain’s index'],
    rows,
  };
}

/** A server that bans for ten minutes whoever meets it with more than a hundred throttled calls a minute. */
const withBan = (): Scenario => ({
  ...QUOTA_SETTINGS,
  clients: 1,
  untilMs: 1_200_000,
  networkMs: halfWay(50),
  server: (world) => {
    const limit = tokenBucketLimit({ ratePerSecond: 10 });
    return banning(
      world,
      { afterThrottles: 100, banMs: 600_000, hint: HINTS.roundedUp },
      limited(world, { limit, hint: HINTS.roundedUp }, instantServer),
    );
  },
  load: (world) => closedLoad(world, { callers: 16 }),
});

async function* measureBan({ seeds, choose }: Effort): AsyncGenerator<MeasuredTable> {
  const rows: string[][] = [];
  for (const contender of choose(QUOTA_CONTENDERS)) {
    const runs = await measure(withBan(), contender, seeds, ({ calls, attempts }) => ({
      used: shareUsed(attempts, 10, { fromMs: 0, untilMs: 1_200_000 }),
      throttled: attempts.filter(({ status }) => status === 429).length,
      calls: callsFrom(calls, {}).length,
    }));
    rows.push([
      contender.name,
      `${(100 * meanOf(runs.map(({ used }) => used))).toFixed(0)} %`,
      meanOf(runs.map(({ throttled }) => throttled)).toFixed(0),
      meanOf(runs.map((run) => run.calls)).toFixed(0),
    ]);
  }
  yield {
    title:
      'A limit of 10/s, 16 callers for 20 minutes; more than 100 throttled calls in a minute are banned for ten',
    header: ['client', 'used', 'requests throttled or banned', 'calls'],
    rows,
  };
}

export const EXHAUSTED_QUOTA: Part = { name: 'hour', measure: measureHour };
export const CHANGING_LIMIT: Part = { name: 'change', measure: measureChange };
export const SHARED_LIMIT: Part = { name: 'processes', measure: measureSharing };
export const BAN: Part = { name: 'ban', measure: measureBan };
