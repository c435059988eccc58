import { LIMITERS, type LimitTerms } from './limiters.ts';

/** The work of one process. */
export interface WorkerInput extends LimitTerms {
  readonly limiter: string;
  /** Calls a second that come to this process; `Infinity`: one after the other, as fast as it can. */
  readonly demandPerSecond: number | 'as fast as it can';
  /** For how long calls come. */
  readonly lastsMs: number;
}

/** When calls came and started, in milliseconds from the beginning. */
export interface WorkerOutput {
  readonly arrivals: readonly number[];
  /** In the order of arrival; `undefined` for one that had not started at the end. */
  readonly starts: readonly (number | null)[];
  readonly failed: number;
  readonly made: number;
}

/**
 * Does the work of one process.
 *
 * @param begins - called when it is ready; resolves to the beginning, in milliseconds since 1970
 */
export async function work(
  input: WorkerInput,
  begins: () => Promise<number>,
): Promise<WorkerOutput> {
  const make = LIMITERS[input.limiter];
  if (make === undefined) throw new Error(`there is no limiter ${input.limiter}`);
  const limiter = make(input);
  // A limit that is in use: connected, with its scripts loaded, and with a burst saved up.
  await limiter.run(() => {});
  const origin = (await begins()) - performance.timeOrigin;
  const now = () => performance.now() - origin;
  await pause(-now());
  return input.demandPerSecond === 'as fast as it can'
    ? oneAfterTheOther(input, limiter.run, now)
    : openLoop(input, input.demandPerSecond, limiter.run, now);
}

type Run = (start: () => void) => Promise<unknown>;

async function openLoop(
  { lastsMs }: WorkerInput,
  demandPerSecond: number,
  run: Run,
  now: () => number,
): Promise<WorkerOutput> {
  const arrivals: number[] = [];
  const starts: (number | null)[] = [];
  let failed = 0;
  while (now() < lastsMs) {
    const due = Math.floor((Math.min(now(), lastsMs) * demandPerSecond) / 1000);
    while (arrivals.length < due) {
      const place = arrivals.push(now()) - 1;
      starts.push(null);
      run(() => void (starts[place] = now())).catch(() => {
        failed += 1;
      });
    }
    await pause(1);
  }
  // What has not started by now counts as not started: the limiter is not asked to end its queue.
  return { arrivals, starts: [...starts], failed, made: arrivals.length };
}

async function oneAfterTheOther(
  { lastsMs }: WorkerInput,
  run: Run,
  now: () => number,
): Promise<WorkerOutput> {
  let made = 0;
  const begun = now();
  const start = (): void => {};
  while (now() - begun < lastsMs) {
    for (let batch = 0; batch < 100; batch += 1) await run(start);
    made += 100;
  }
  return { arrivals: [], starts: [], failed: 0, made };
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, Math.max(ms, 0));
  });
