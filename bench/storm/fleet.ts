import type { Effort, MeasuredTable, Part } from '../simulated/benchmark.ts';
import { HOLDFAST } from '../simulated/contenders.ts';
import { countText, meanOf, secondsText } from '../simulated/figures.ts';
import { measure } from '../simulated/scenario.ts';
import { sharedBreaker, type StoreTraffic } from '../simulated/shared-breaker.ts';
import { OUTAGE_MS, TRIGGER_MS, hotos, stormFigures } from './hotos.ts';

const NAME = { alone: HOLDFAST.name, shared: 'holdfast, shared breaker' };

/** Questions a second in a span of virtual time. */
function rateOf({ askedAt }: StoreTraffic, fromMs: number, untilMs: number): number {
  const asked = askedAt.filter((moment) => moment >= fromMs && moment < untilMs);
  return (1_000 * asked.length) / (untilMs - fromMs);
}

/** HotOS from few processes and from many: each with a breaker of its own, and with one that they share. */
async function* measureFleet({ quick, seeds, choose }: Effort): AsyncGenerator<MeasuredTable> {
  const rows: string[][] = [];
  const counts = quick ? [20, 1_000] : [5, 20, 100, 1_000];
  const names = choose(Object.values(NAME).map((name) => ({ name })));
  for (const clients of counts) {
    for (const { name } of names) {
      const scenario = hotos({ clients, untilMs: quick ? 70_000 : 120_000 });
      const questions = { before: [] as number[], during: [] as number[] };
      const runs = [];
      for (const seed of seeds) {
        const traffic: StoreTraffic = { askedAt: [] };
        const contender = name === NAME.alone ? HOLDFAST : sharedBreaker(traffic);
        runs.push(
          ...(await measure(scenario, contender, [seed], (fleet) => ({
            ...stormFigures(fleet, scenario),
            sent: fleet.attempts.filter(
              ({ sentAt }) => sentAt >= TRIGGER_MS && sentAt < TRIGGER_MS + OUTAGE_MS,
            ).length,
          }))),
        );
        questions.before.push(rateOf(traffic, TRIGGER_MS / 2, TRIGGER_MS));
        questions.during.push(rateOf(traffic, TRIGGER_MS, TRIGGER_MS + OUTAGE_MS));
      }
      const isShared = name === NAME.shared;
      rows.push([
        name,
        String(clients),
        secondsText(runs.map(({ recovery }) => recovery)),
        countText(runs.map(({ lost }) => lost)),
        countText(runs.map(({ sent }) => sent)),
        isShared ? meanOf(questions.before).toFixed(0) : '–',
        isShared ? meanOf(questions.during).toFixed(0) : '–',
      ]);
    }
  }
  yield {
    title:
      'HotOS from n processes, of which each sees little: 280 calls/s in all, network down for 10 s',
    header: [
      'client',
      'n',
      'recovery s',
      'lost',
      'sent into the outage',
      'questions/s before',
      'questions/s in it',
    ],
    rows,
  };
}

export const FLEET: Part = { name: 'fleet', measure: measureFleet };
