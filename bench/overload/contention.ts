import { pipeline, retry } from 'holdfast';
import { seededRandom, simulatedWorld, type Random, type World } from 'holdfast/simulator';
import type { Effort, MeasuredTable, Part } from '../simulated/benchmark.ts';
import { meanOf } from '../simulated/figures.ts';

const BASE_MS = 5;
const CAP_MS = 2_000;
const RUNS = 100;

/** Calls a write until it goes through. */
type Writer = (world: World, random: Random, write: () => Promise<boolean>) => Promise<void>;

/** A formula for the wait after the n-th failure, from 1; `before` is the wait before it. */
type Formula = (random: Random, n: number, before: number) => number;

const exponentialOf = (n: number): number => Math.min(CAP_MS, BASE_MS * 2 ** n);

const FORMULAS: Readonly<Record<string, Formula>> = {
  'no backoff': () => 0,
  exponential: (_random, n) => exponentialOf(n),
  'equal jitter': (random, n) => (exponentialOf(n) * (1 + random())) / 2,
  'full jitter': (random, n) => random() * exponentialOf(n),
  'decorrelated jitter': (random, _n, before) =>
    Math.min(CAP_MS, BASE_MS + random() * (before * 3 - BASE_MS)),
};

const byFormula =
  (formula: Formula): Writer =>
  async (world, random, write) => {
    let waitMs = BASE_MS;
    for (let n = 1; !(await write()); n += 1) {
      waitMs = formula(random, n, waitMs);
      await pause(world, waitMs);
    }
  };

const CONFLICT = Object.assign(new Error('somebody else was faster'), { code: 'ECONNRESET' });

/** The library's retry, with the numbers of the simulation. */
const byHoldfast: Writer = async (world, random, write) => {
  const { clock } = world;
  const settings = { maxRetries: 10_000, baseDelayMs: 2 * BASE_MS, maxDelayMs: CAP_MS };
  const policy = pipeline(retry({ ...settings, clock, random }));
  await policy.execute(async () => {
    if (!(await write())) throw CONFLICT;
  });
};

const WRITERS: readonly { readonly name: string; readonly writer: Writer }[] = [
  { name: 'holdfast', writer: byHoldfast },
  ...Object.entries(FORMULAS).map(([name, formula]) => ({
    name: `${name} (rule)`,
    writer: byFormula(formula),
  })),
];

const pause = (world: World, delayMs: number): Promise<void> =>
  new Promise((resolve) => void world.after(delayMs, resolve));

/**
 * "Exponential Backoff And Jitter" (Amazon, 2015), its simulator: each of n clients writes one row
 * once, with optimistic locking; the network takes |N(10, 2)| ms for each message.
 */
async function contend(writer: Writer, clients: number, seed: number) {
  const world = simulatedWorld({ seed });
  const network = world.randomOf('network');
  const travel = () => pause(world, Math.abs(10 + 2 * standardNormal(network)));
  let version = 0;
  let calls = 0;
  let done = 0;
  let lastAt = 0;
  const write = async (): Promise<boolean> => {
    await travel();
    const seen = version;
    await travel();
    await travel();
    calls += 1;
    const isFirst = seen === version;
    if (isFirst) version += 1;
    await travel();
    return isFirst;
  };
  for (let client = 0; client < clients; client += 1) {
    void writer(world, seededRandom(seed, `client ${client}`), write).then(() => {
      done += 1;
      lastAt = world.now;
    });
  }
  while (done < clients) await world.run(world.now + 1_000);
  return { lastAt, calls };
}

const standardNormal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

async function* measureContention({ quick, choose }: Effort): AsyncGenerator<MeasuredTable> {
  const counts = quick ? [10, 100] : [10, 50, 100, 190];
  const runs = quick ? 5 : RUNS;
  const rows: string[][] = [];
  for (const { name, writer } of choose(WRITERS)) {
    const cells: string[] = [];
    for (const clients of counts) {
      const results = [];
      for (let seed = 1; seed <= runs; seed += 1)
        results.push(await contend(writer, clients, seed));
      const ms = meanOf(results.map(({ lastAt }) => lastAt)).toFixed(0);
      cells.push(`${ms} / ${meanOf(results.map(({ calls }) => calls)).toFixed(0)}`);
    }
    rows.push([name, ...cells]);
  }
  yield {
    title: `One row, n writers at once: ms until all are done / writes sent (runs: ${runs})`,
    header: ['backoff', ...counts.map((count) => `n = ${count}`)],
    rows,
  };
}

export const CONTENTION: Part = { name: 'jitter', measure: measureContention };
