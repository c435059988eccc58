import {
  announcedByRateLimit,
  announcedByXRateLimit,
  fixedWindowLimit,
  tokenBucketLimit,
  type Limit,
} from 'holdfast/simulator';
import type { Effort, MeasuredTable, Part } from '../simulated/benchmark.ts';
import { FETCH, HOLDFAST } from '../simulated/contenders.ts';
import { measure } from '../simulated/scenario.ts';
import { limitedWorld, QUOTA_CONTENDERS, useOf, useText } from './limited-world.ts';

const LAWS: Readonly<Record<string, (rate: number) => Limit>> = {
  'token bucket, 1 s': (rate) => tokenBucketLimit({ ratePerSecond: rate }),
  'token bucket, 60 s': (rate) => tokenBucketLimit({ ratePerSecond: rate, burst: 60 * rate }),
  'windows of 1 s': (rate) => fixedWindowLimit({ limit: rate, windowMs: 1_000 }),
  'windows of 60 s': (rate) => fixedWindowLimit({ limit: 60 * rate, windowMs: 60_000 }),
};

const WAYS = {
  'not announced': undefined,
  'x-ratelimit, exact': announcedByXRateLimit('exact'),
  'x-ratelimit, whole s': announcedByXRateLimit('whole-seconds'),
  'RateLimit, whole s': announcedByRateLimit,
} as const;

const WORLDS = [
  { rate: 2, callers: 4, latencyMs: 50 },
  { rate: 10, callers: 16, latencyMs: 50 },
  { rate: 100, callers: 64, latencyMs: 50 },
  { rate: 100, callers: 64, latencyMs: 500 },
] as const;

/** Long enough to learn a limit, and for several windows of a minute. */
const secondsFor = (law: string, rate: number): number =>
  law.endsWith('60 s') ? 360 : Math.max(60, 600 / rate);

async function* measureAnnounced({ quick, seeds, choose }: Effort): AsyncGenerator<MeasuredTable> {
  const rows: string[][] = [];
  for (const contender of choose(QUOTA_CONTENDERS)) {
    if (contender === FETCH) continue;
    // Others are as they are without it, but for the wait after a throttle: one world shows that.
    const worlds = quick || contender !== HOLDFAST ? [WORLDS[1]] : WORLDS;
    for (const [law, limitOf] of Object.entries(LAWS)) {
      for (const { rate, callers, latencyMs } of worlds) {
        const cells: string[] = [];
        const seconds = secondsFor(law, rate);
        for (const announce of Object.values(WAYS)) {
          const scenario = limitedWorld({
            limit: () => limitOf(rate),
            demand: { callers },
            seconds,
            latencyMs,
            ...(announce !== undefined && { announce }),
          });
          const uses = await measure(scenario, contender, seeds, (fleet) =>
            useOf(fleet, rate, seconds),
          );
          cells.push(useText(uses));
        }
        rows.push([contender.name, law, `${rate}/s × ${callers}, ${latencyMs} ms`, ...cells]);
      }
    }
  }
  yield {
    title:
      'A limit that is announced on every answer: share of it that is used / 429s for each thousand successes',
    header: ['client', 'limit', 'rate × callers, latency', ...Object.keys(WAYS)],
    rows,
  };
}

export const ANNOUNCED_LIMITS: Part = { name: 'announced', measure: measureAnnounced };
