import {
  simulatedWorld,
  startFleet,
  type Amount,
  type Fleet,
  type FleetOptions,
  type Load,
  type Server,
  type World,
} from 'holdfast/simulator';
import type { RuleSettings } from '../rules/rule-client.ts';
import type { Contender } from './contenders.ts';
import { withVirtualGlobals } from './virtual-globals.ts';

/** A world in which every contender is put. */
export interface Scenario extends RuleSettings {
  /** How many independent processes call. */
  readonly clients: number;
  /** How long the run is, in virtual milliseconds. */
  readonly untilMs: number;
  readonly networkMs?: Amount;
  readonly weight?: (client: number) => number;
  readonly server: (world: World) => Server;
  readonly load: (world: World) => Load;
}

/** Runs one contender in one world. */
async function play(scenario: Scenario, contender: Contender, seed: number): Promise<Fleet> {
  const { clients, networkMs, weight, server, load, untilMs } = scenario;
  const world = simulatedWorld({ seed });
  const options: FleetOptions = {
    clients,
    makeClient: contender.makeClient(scenario),
    server: server(world),
    load: load(world),
    ...(networkMs !== undefined && { networkMs }),
    ...(weight !== undefined && { weight }),
  };
  const run = async () => {
    const fleet = startFleet(world, options);
    await world.run(untilMs);
    return fleet;
  };
  return contender.kind === 'package' ? withVirtualGlobals(world, run) : run();
}

/** Runs a contender once for each seed, and keeps what is measured of each run. */
export async function measure<Figures>(
  scenario: Scenario,
  contender: Contender,
  seeds: readonly number[],
  figuresOf: (fleet: Fleet) => Figures,
): Promise<readonly Figures[]> {
  const figures: Figures[] = [];
  for (const seed of seeds) figures.push(figuresOf(await play(scenario, contender, seed)));
  return figures;
}
