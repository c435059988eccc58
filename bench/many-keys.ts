import { setTimeout as pause } from 'node:timers/promises';
import { collectGarbage, inChild } from './child-process.ts';
import { KEY_CASES, type KeyCase } from './key-cases.ts';
import type { Measured } from './measured.ts';

/**
 * What 10,000 keys that were used once cost while they are kept.
 *
 * - `heapBytes`: bytes of heap a key, the key's own string not counted.
 * - `timeoutsSet`, `intervalsSet`: calls of `setTimeout` and `setInterval` while the keys were used.
 * - `activeTimers`: timers that keep the process alive afterwards (`process.getActiveResourcesInfo`).
 * - `idlePercent`: processor time of the idle process, in percent of one core.
 */
export type KeyFigure =
  'heapBytes' | 'timeoutsSet' | 'intervalsSet' | 'activeTimers' | 'idlePercent';
type KeyCost = Readonly<Record<KeyFigure, number>>;
export type KeyResult = Measured<KeyFigure>;

export const KEYS = 10_000;
const TOGETHER = 500;
const PROCESSES = 3;

/**
 * One fresh process for each case, a few at a time: heap and the processor time of one's own do not
 * depend on the neighbours.
 */
export async function measureManyKeys(
  cases: readonly KeyCase[],
  quick: boolean,
  progress: (text: string) => void,
): Promise<{ results: readonly KeyResult[]; idleMs: number }> {
  const idleMs = quick ? 1100 : 2500;
  const results: KeyResult[] = [];
  for (let first = 0; first < cases.length; first += PROCESSES) {
    const names = cases.slice(first, first + PROCESSES).map(({ name }) => name);
    progress(`keys: ${names.join(', ')}`);
    const answers = await Promise.all(
      names.map((name) => inChild<KeyCost>('keys', { name, idleMs })),
    );
    for (const [index, { output }] of answers.entries()) {
      results.push({ name: names[index] ?? '', costs: [output] });
    }
  }
  return { results, idleMs };
}

/** The child's part. */
export async function keepKeys({
  name,
  idleMs,
}: {
  name: string;
  idleMs: number;
}): Promise<KeyCost> {
  const keyCase = KEY_CASES.find((candidate) => candidate.name === name);
  if (keyCase === undefined) throw new Error(`there is no case ${name}`);
  const timers = countTimers();
  const use = await keyCase.prepare(KEYS);
  const keys = Array.from({ length: KEYS }, (_, index) => `https://host-${index}.example.com`);

  const heapBefore = await heapUsed();
  for (let first = 0; first < KEYS; first += TOGETHER) {
    await Promise.allSettled(keys.slice(first, first + TOGETHER).map(use));
  }
  const heapBytes = (await heapUsed()) - heapBefore;
  const { timeoutsSet, intervalsSet } = timers;
  const activeTimers = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

  const busyBefore = process.cpuUsage();
  const idleFrom = performance.now();
  await pause(idleMs);
  const { user, system } = process.cpuUsage(busyBefore);
  const idlePercent = (user + system) / 10 / (performance.now() - idleFrom);
  // What was measured must be held until now: the last key is asked once more.
  await Promise.allSettled([use(keys.at(-1) ?? '')]);
  return {
    heapBytes: heapBytes / KEYS,
    timeoutsSet,
    intervalsSet,
    activeTimers,
    idlePercent,
  };
}

/** Before any library is loaded, so that none has kept the originals. */
function countTimers(): { timeoutsSet: number; intervalsSet: number } {
  const counts = { timeoutsSet: 0, intervalsSet: 0 };
  const { setTimeout, setInterval } = globalThis;
  globalThis.setTimeout = Object.assign(
    (...input: Parameters<typeof setTimeout>) => {
      counts.timeoutsSet += 1;
      return setTimeout(...input);
    },
    { __promisify__: setTimeout.__promisify__ },
  ) as typeof setTimeout;
  globalThis.setInterval = ((...input: Parameters<typeof setInterval>) => {
    counts.intervalsSet += 1;
    return setInterval(...input);
  }) as typeof setInterval;
  return counts;
}

/** Twice, with a pause: what a finalizer frees is garbage only afterwards. */
async function heapUsed(): Promise<number> {
  collectGarbage();
  await pause(20);
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
