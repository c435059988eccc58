import { inChild } from './child-process.ts';
import { costOf, type CallCost, type Run } from './cost-of-calls.ts';
import { spreadOf, spreadOfRatios, type Spread } from './spread.ts';

/** One way to make a call. */
export interface CallCase {
  readonly name: string;
  /** Loads what it needs, and nothing else, and says how to make one call. */
  readonly prepare: () => Promise<Run>;
}

/** What one case cost in every round, and how that compares with the first case of its section. */
export interface CallResult {
  readonly name: string;
  readonly ratio: Spread;
  readonly sequentialNs: Spread;
  readonly concurrentNs: Spread;
  readonly processorNs: Spread;
  readonly bytes: Spread;
  /** The sequential nanoseconds of each round, in order. */
  readonly rounds: readonly number[];
  /** Names of the warnings that Node raised meanwhile. */
  readonly warnings: readonly string[];
}

/** How thoroughly to measure. */
export interface Effort {
  readonly quick: boolean;
  readonly rounds: number;
  /** Every case of the section runs in the same process before one of them is measured. */
  readonly crowded: boolean;
}

const CROWD_CALLS = 3000;

/** The child's part: measures one case of a section. */
export async function measureCase(
  cases: readonly CallCase[],
  { name, quick, crowded }: { name: string; quick: boolean; crowded: boolean },
): Promise<CallCost> {
  const measured = cases.find((candidate) => candidate.name === name);
  if (measured === undefined) throw new Error(`there is no case ${name}`);
  if (crowded) {
    for (const other of cases) {
      const run = await other.prepare();
      for (let call = 0; call < CROWD_CALLS; call += 1) await run();
    }
  }
  return costOf(await measured.prepare(), quick);
}

/** Measures every case of a section once in each round, each time in a fresh process. */
export async function measureInRounds(
  section: string,
  cases: readonly CallCase[],
  effort: Effort,
  progress: (text: string) => void,
): Promise<readonly CallResult[]> {
  const costs = cases.map((): CallCost[] => []);
  const warnings = cases.map(() => new Set<string>());
  for (let round = 0; round < effort.rounds; round += 1) {
    for (const [index, { name }] of cases.entries()) {
      progress(`${section}: round ${round + 1} of ${effort.rounds}: ${name}`);
      const input = { name, quick: effort.quick, crowded: effort.crowded };
      const { output, warnings: raised } = await inChild<CallCost>(section, input);
      costs[index]?.push(output);
      for (const warning of raised) warnings[index]?.add(warning);
    }
  }
  const bases = costs[0]?.map(({ sequentialNs }) => sequentialNs) ?? [];
  return cases.map(({ name }, index) => {
    const own = costs[index] ?? [];
    const sequential = own.map(({ sequentialNs }) => sequentialNs);
    return {
      name,
      ratio: spreadOfRatios(sequential, bases),
      sequentialNs: spreadOf(sequential),
      concurrentNs: spreadOf(own.map(({ concurrentNs }) => concurrentNs)),
      processorNs: spreadOf(own.map(({ processorNs }) => processorNs)),
      bytes: spreadOf(own.map(({ bytes }) => bytes)),
      rounds: sequential,
      warnings: [...(warnings[index] ?? [])],
    };
  });
}
