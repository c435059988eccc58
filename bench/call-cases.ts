import { inChild } from './child-process.ts';
import { costOf, type CallCost, type CallFigure, type Run } from './cost-of-calls.ts';
import type { Measured } from './measured.ts';

/** One way to make a call. */
export interface CallCase {
  readonly name: string;
  /** Loads what it needs, and nothing else, and says how to make one call. */
  readonly prepare: () => Promise<Run>;
}

/** What one case cost in every round. */
export interface CallResult extends Measured<CallFigure> {
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
  return cases.map(({ name }, index) => ({
    name,
    costs: costs[index] ?? [],
    warnings: [...(warnings[index] ?? [])],
  }));
}
