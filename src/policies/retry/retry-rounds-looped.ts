import type { RunRounds } from './retry-rounds.ts';

/** Goes round by itself, as p-retry does and without its size. */
export const runRounds: RunRounds = async (round) => {
  let outcome: Awaited<ReturnType<typeof round>>;
  do outcome = await round();
  while (outcome === undefined);
  return outcome;
};
