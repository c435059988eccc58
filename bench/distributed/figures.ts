import type { WorkerOutput } from './worker.ts';

/** What a run came to. */
export interface Figures {
  /** The share of the limit that was used, without the first second, as a ratio. */
  readonly used: number;
  readonly worstSecond: number;
  readonly worst100Ms: number;
  /** The median wait, divided by that of one ideal queue for the same calls. */
  readonly waitRatio: number;
  readonly medianWaitMs: number;
  /** The process that got least and the one that got most, divided by the mean. */
  readonly fairness: readonly [number, number];
  readonly failed: number;
}

/** The first second is the limiter's own: it connects, and finds its pace. */
const WARM_UP_MS = 1000;

export function figuresOf(
  outputs: readonly WorkerOutput[],
  ratePerSecond: number,
  burst: number,
  lastsMs: number,
): Figures {
  const startsOf = ({ starts }: WorkerOutput) => starts.filter((start) => start !== null);
  const starts = outputs.flatMap(startsOf).toSorted((one, other) => one - other);
  const counted = (all: readonly number[]) =>
    all.filter((start) => start >= WARM_UP_MS && start < lastsMs).length;
  const counts = outputs.map((output) => counted(startsOf(output)));
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const waits = outputs.flatMap(({ arrivals, starts: begun }) =>
    begun.flatMap((start, call) => (start === null ? [] : [start - (arrivals[call] ?? 0)])),
  );
  const medianWaitMs = medianOf(waits);
  const arrivals = outputs.flatMap((output) => output.arrivals).toSorted((one, two) => one - two);
  return {
    used: counted(starts) / ((ratePerSecond * (lastsMs - WARM_UP_MS)) / 1000),
    worstSecond: mostWithin(starts, 1000),
    worst100Ms: mostWithin(starts, 100),
    medianWaitMs,
    waitRatio: medianWaitMs / medianOf(idealWaits(arrivals, ratePerSecond, burst, lastsMs)),
    fairness: [Math.min(...counts) / mean, Math.max(...counts) / mean],
    failed: outputs.reduce((sum, { failed }) => sum + failed, 0),
  };
}

/** The waits of those that start in time where all stand in one line before one token bucket. */
function idealWaits(
  arrivals: readonly number[],
  ratePerSecond: number,
  burst: number,
  lastsMs: number,
): number[] {
  const interval = 1000 / ratePerSecond;
  let fullAt = -Infinity;
  const waits: number[] = [];
  for (const arrival of arrivals) {
    const start = Math.max(arrival, fullAt - (burst - 1) * interval);
    fullAt = Math.max(fullAt, start) + interval;
    if (start < lastsMs) waits.push(start - arrival);
  }
  return waits;
}

/** The most of these moments, in order, that lie in any `windowMs` milliseconds. */
export function mostWithin(sorted: readonly number[], windowMs: number): number {
  let most = 0;
  let first = 0;
  for (const [index, moment] of sorted.entries()) {
    while (moment - (sorted[first] ?? 0) >= windowMs) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
