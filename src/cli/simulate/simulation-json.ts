import type { Simulation } from './simulation.ts';

/** A simulation for programs. Members without a value are `null`, and so is a recovery that did not come. */
export function simulationJson({ scenario, seed, policy, runs }: Simulation): object {
  const [first] = runs;
  return {
    scenario,
    seed,
    parameters: first?.run.parameters,
    trouble: first?.run.trouble,
    policy,
    clients: runs.map(({ name, run }) => ({
      name,
      totals: { ...run.totals, recoveryMs: run.totals.recoveryMs ?? null },
      seconds: run.seconds.map((second) =>
        Object.fromEntries(Object.entries(second).map(([key, value]) => [key, value ?? null])),
      ),
    })),
  };
}
