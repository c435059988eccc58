import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { collectGarbage } from './child-process.ts';
import { spreadOf } from './spread.ts';

/** One call, whatever becomes of it. */
export type Run = () => Promise<unknown>;

/**
 * - `sequentialNs`: nanoseconds a call, each awaited before the next.
 * - `concurrentNs`: nanoseconds a call, 64 under way at any time.
 * - `processorNs`: nanoseconds of processor time a call, sequential. A wait for a timer adds nothing.
 * - `bytes`: the bytes that a sequential call leaves to the garbage collector.
 */
export type CallFigure = 'sequentialNs' | 'concurrentNs' | 'processorNs' | 'bytes';

/**
 * What a call costs in one process. Of the samples of time the least counts, because other work on
 * the machine only ever adds. Each sample is long enough to hold collections of garbage.
 */
export type CallCost = Readonly<Record<CallFigure, number>>;

const CONCURRENCY = 64;
/**
 * After so many calls the event loop turns, as it does in a program that really waits for answers:
 * without it rejections and finalizers pile up and some calls cost ten times as much. A turn costs
 * about a microsecond, two or three nanoseconds a call.
 */
const CALLS_A_TURN = 512;
/** Of those that take turns with samples of concurrent calls: in few of them another program butts in. */
const SAMPLES = 10;
/** The standard stack, for one, runs as optimized code after a tenth of a second. */
const FULL_WARM_UP = { ms: 300, calls: 5000 };
const QUICK_WARM_UP = { ms: 200, calls: 2500 };
/** Slow calls need as many repetitions to be compiled as quick ones, within reason. */
const LONGEST_WARM_UP_MS = 800;
/** Well below the 16 MB of the young generation, so that no collection falls into the sample. */
const SAMPLE_BYTES = 2_000_000;

/** Measures in this process, which should do nothing else. */
export async function costOf(run: Run, quick: boolean): Promise<CallCost> {
  const warmUp = quick ? QUICK_WARM_UP : FULL_WARM_UP;
  const sampleMs = quick ? 8 : 12;
  await callsWithin(sequentially, run, warmUp.ms, warmUp.calls);
  await callsWithin(concurrently, run, warmUp.ms / 3);
  const paced = await callsWithin(sequentially, run, sampleMs);
  const calls = Math.max(16, Math.round((paced.calls / paced.ms) * sampleMs));

  const sequentialNs: number[] = [];
  const processorNs: number[] = [];
  const concurrentNs: number[] = [];
  for (let sample = 0; sample < (quick ? SAMPLES / 2 : SAMPLES); sample += 1) {
    await settle();
    const busyBefore = process.cpuUsage();
    sequentialNs.push((await timed(() => sequentially(run, calls))) / calls);
    const { user, system } = process.cpuUsage(busyBefore);
    processorNs.push(((user + system) * 1000) / calls);
    await settle();
    const { calls: many, ms } = await callsWithin(concurrently, run, sampleMs);
    concurrentNs.push((ms * 1e6) / many);
  }
  return {
    sequentialNs: Math.min(...sequentialNs),
    concurrentNs: Math.min(...concurrentNs),
    processorNs: Math.min(...processorNs),
    bytes: await bytesOf(run, calls),
  };
}

/** Makes so many calls, or a few more, and says how many. */
type Repeat = (run: Run, calls: number) => Promise<number>;

async function sequentially(run: Run, calls: number): Promise<number> {
  for (let call = 1; call <= calls; call += 1) {
    await run();
    if (call % CALLS_A_TURN === 0) await turnOfTheLoop();
  }
  return calls;
}

async function concurrently(run: Run, calls: number): Promise<number> {
  const lane = async () => {
    for (let call = 0; call < CALLS_A_TURN / CONCURRENCY; call += 1) await run();
  };
  let done = 0;
  for (; done < calls; done += CALLS_A_TURN) {
    await Promise.all(Array.from({ length: CONCURRENCY }, lane));
    await turnOfTheLoop();
  }
  return done;
}

/** Repeats in growing portions until the time is over and so many calls are made, or it gets too long. */
async function callsWithin(
  repeat: Repeat,
  run: Run,
  forMs: number,
  leastCalls = 0,
): Promise<{ calls: number; ms: number }> {
  let calls = 0;
  const startedAt = performance.now();
  for (;;) {
    calls += await repeat(run, Math.min(Math.max(calls, 16), 20_480));
    const ms = performance.now() - startedAt;
    if (ms >= LONGEST_WARM_UP_MS || (ms >= forMs && calls >= leastCalls)) return { calls, ms };
  }
}

async function bytesOf(run: Run, mostCalls: number): Promise<number> {
  let calls = Math.min(200, mostCalls);
  const samples: number[] = [];
  for (let sample = 0; sample < 6; sample += 1) {
    await settle();
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    await sequentially(run, calls);
    const bytes = (process.memoryUsage().heapUsed - before) / calls;
    // The first sample only finds out how many calls fill the next ones.
    if (sample > 0) samples.push(bytes);
    else calls = Math.max(16, Math.min(mostCalls, Math.round(SAMPLE_BYTES / Math.max(bytes, 100))));
  }
  return spreadOf(samples).median;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) * 1e6;
}

/** Timers, finalizers and whatever else a library has put off come before the next sample. */
async function settle(): Promise<void> {
  await turnOfTheLoop();
  await turnOfTheLoop();
}
