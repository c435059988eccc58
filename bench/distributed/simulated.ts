import { setAlarm } from '../../src/core/clock.ts';
import { leaseQuantum, leaseTerms } from '../../src/adapters/redis/lease-terms.ts';
import { redisTokenBucket } from '../../src/redis.ts';
import { virtualClock } from '../../src/testing.ts';
import { digits, tableOf } from '../table.ts';
import { mostWithin } from './figures.ts';
import { SimulatedStore } from './simulated-store.ts';

/** A fleet of this size, its limit, and how much of it is asked for. */
interface Fleet {
  readonly processes: number;
  readonly ratePerSecond: number;
  readonly burst: number;
  readonly demand: number;
  readonly lastsMs: number;
}

const MS_BEFORE = 3000;
/** What a question costs a server that is busy, in seconds: measured, see docs/distributed.md. */
const QUESTION_SECONDS = 20e-6;

const FLEETS: readonly Fleet[] = [
  { processes: 10, ratePerSecond: 1000, burst: 50, demand: 1.2, lastsMs: 5000 },
  { processes: 10, ratePerSecond: 1000, burst: 50, demand: 0.5, lastsMs: 5000 },
  { processes: 1000, ratePerSecond: 1000, burst: 50, demand: 1.2, lastsMs: 5000 },
  { processes: 1000, ratePerSecond: 1000, burst: 50, demand: 0.5, lastsMs: 5000 },
  { processes: 1000, ratePerSecond: 10_000, burst: 500, demand: 1.2, lastsMs: 4000 },
  { processes: 1000, ratePerSecond: 10_000, burst: 500, demand: 0.5, lastsMs: 4000 },
];

/** The real bucket over a store in virtual time: one fleet after the other, then what the rules say of larger ones. */
export async function simulateFleets(): Promise<void> {
  const rows: string[][] = [];
  for (const fleet of FLEETS) rows.push(await simulate(fleet));
  console.log(
    `\n## N processes, in virtual time, a millisecond from the store\n\n${tableOf(HEADER, rows)}`,
  );
  console.log(
    `\n## 100,000 processes, by the rules of the leases\n\n${tableOf(MODEL_HEADER, model())}`,
  );
}

const HEADER = [
  'processes',
  'limit, a second',
  'asked for',
  'questions/s',
  'store, of a core',
  'unused of what was asked for and allowed',
  'worst second, and the bound',
  'spread of the shares',
];

async function simulate(fleet: Fleet): Promise<string[]> {
  const { processes, ratePerSecond, burst, demand, lastsMs } = fleet;
  const clock = virtualClock({ quietTurns: 1 });
  const store = new SimulatedStore(clock);
  const random = randomFrom(processes);
  const ends = MS_BEFORE + lastsMs;
  const everyMs = (1000 * processes) / (demand * ratePerSecond);
  const counts = new Array<number>(processes).fill(0);
  const starts: number[] = [];
  let arrived = 0;
  const buckets = counts.map((_, index) => {
    const bucket = redisTokenBucket({
      client: store.send,
      ratePerSecond,
      burst,
      name: 'fleet',
      expectedMembers: processes,
      clock,
      random,
    });
    const arrive = (): void => {
      if (clock.now() >= ends) return;
      if (clock.now() >= MS_BEFORE) arrived += 1;
      bucket
        .execute(() => {
          const now = clock.now();
          starts.push(now);
          if (now >= MS_BEFORE && now < ends) counts[index] = (counts[index] ?? 0) + 1;
        })
        .catch(() => {});
      // Calls come by chance, each without regard to the others.
      setAlarm(clock, arrive, clock.now() - everyMs * Math.log(1 - random()));
    };
    setAlarm(clock, arrive, random() * everyMs);
    return bucket;
  });
  await clock.advance(MS_BEFORE);
  const before = store.questions;
  await clock.advance(lastsMs);
  const perSecond = (store.questions - before) / (lastsMs / 1000);
  for (const bucket of buckets) void bucket.close();
  const started = counts.reduce((sum, count) => sum + count, 0);
  const possible = Math.min(arrived, (ratePerSecond * lastsMs) / 1000);
  const mean = started / processes;
  const deviation = Math.sqrt(
    counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / processes,
  );
  return [
    `${processes}`,
    `${ratePerSecond}`,
    `${100 * demand} %`,
    digits(perSecond),
    `${(100 * perSecond * QUESTION_SECONDS).toFixed(2)} %`,
    `${(100 * Math.max(1 - started / possible, 0)).toFixed(1)} %`,
    `${mostWithin(starts, 1000)} of ${burst + ratePerSecond}`,
    // By chance alone calls of so many spread by 1 / √mean.
    `${((100 * deviation) / mean).toFixed(0)} % (${(100 / Math.sqrt(mean)).toFixed(0)} % by chance)`,
  ];
}

const MODEL_HEADER = [
  'arrangement',
  'members of one store key',
  'questions/s under full load, all stores',
  'on the busiest store',
  'of its core',
  'burst + rate × t',
];

/** 100,000 processes that share 100,000 a second, with a burst of 5,000. */
function model(): string[][] {
  const [processes, ratePerSecond, burst] = [100_000, 100_000, 5000];
  const row = (name: string, keys: number, members: number) => {
    const terms = leaseTerms(ratePerSecond / keys, burst / keys);
    const perKey = terms.ratePerSecond / leaseQuantum(terms, members, 1);
    return [
      name,
      `${members}`,
      digits(perKey * keys),
      digits(perKey),
      `${(100 * perKey * QUESTION_SECONDS).toFixed(1)} %`,
      'kept',
    ];
  };
  return [
    row('one key', 1, processes),
    row('100 keys, on 100 stores or a cluster', 100, processes / 100),
    row('one key, and a member for each 100 processes', 1, processes / 100),
    row('10 keys, and a member for each 100 processes', 10, processes / 1000),
  ];
}

/** Numbers from 0 up to 1, the same for the same seed (Park and Miller). */
function randomFrom(seed: number): () => number {
  let state = (seed * 7919) % 2_147_483_647 || 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
