/**
 * Runs rounds, one after the other, until one resolves to something. `#retry-rounds` names one of
 * two: p-retry on Node, Bun and Deno, a loop of ours in bundles for browsers and workers. A test
 * holds both to the same.
 *
 * @param round - never rejects
 * @param mostRounds - the last of them resolves to something; may be `Infinity`
 */
export type RunRounds = <Outcome extends object>(
  round: () => Promise<Outcome | undefined>,
  mostRounds: number,
) => Promise<Outcome>;
