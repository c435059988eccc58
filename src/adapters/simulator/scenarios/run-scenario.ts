import {
  callable,
  finite,
  objectWith,
  OptionError,
  readOptions,
  type Checks,
} from '../../../core/options.ts';
import { startFleet, type ClientParts } from '../fleet.ts';
import type { Load } from '../loads.ts';
import { simulatedWorld } from '../world.ts';
import { readClient, type ClientReading, type ReadableClient } from './client-reading.ts';
import type { Scenario, Trouble } from './scenario.ts';
import { SecondsOfFleet, type ScenarioSecond } from './scenario-second.ts';
import { totalsOf, type ScenarioTotals } from './scenario-totals.ts';
import { SCENARIOS, type ScenarioName } from './scenarios.ts';

/** A scenario, and who is put into it. */
export interface RunScenarioOptions {
  /** One of the {@link SCENARIOS} by its name, or one of your own. Required. */
  readonly scenario: ScenarioName | Scenario;
  /**
   * Makes the client of one process; called again when the scenario restarts the processes. A fetch
   * that holdfast wrapped is looked at by itself, others may have a `reading`. Required.
   */
  readonly makeClient: (parts: ClientParts) => ReadableClient;
  /** Values for parameters of the scenario. @defaultValue those of the scenario */
  readonly parameters?: Readonly<Record<string, number>>;
  /** The same seed gives the same calls, whichever client is tried. @defaultValue 1 */
  readonly seed?: number;
  /** Told of each virtual second when it is over. */
  readonly onSecond?: (second: ScenarioSecond) => void;
  /** Ends the run before its end; looked at after each virtual second. */
  readonly signal?: AbortSignal;
}

/** A run of a scenario. */
export interface ScenarioRun {
  /** The values of all parameters. */
  readonly parameters: Readonly<Record<string, number>>;
  readonly trouble: Trouble;
  readonly seconds: readonly ScenarioSecond[];
  readonly totals: ScenarioTotals;
}

const CHECKS: Checks<RunScenarioOptions> = {
  scenario: {
    expected: `a scenario, or the name of one: ${Object.keys(SCENARIOS).join(', ')}`,
    accepts: (value) =>
      typeof value === 'string'
        ? Object.hasOwn(SCENARIOS, value)
        : typeof (value as Scenario | null)?.stage === 'function',
  },
  makeClient: callable,
  parameters: {
    expected: 'an object of numbers',
    accepts: (value) => typeof value === 'object' && value !== null,
  },
  seed: finite,
  onSecond: callable,
  signal: objectWith('throwIfAborted'),
};

/** Where all clients of a scenario call, and so the key of their circuit. */
const ORIGIN = 'https://api.example.com';

/** How long calls may go on when no more begin: what has not ended then counts as lost. */
const AFTERMATH_MS = 10_000;

/** In the named scenarios nothing waits for more than promises, since no answer has a body. */
const QUIET_TURNS = 1;

/**
 * Runs a scenario in virtual time and says second by second what a client makes of it.
 *
 * @example
 * const { totals, seconds } = await runScenario({
 *   scenario: 'outage',
 *   makeClient: ({ fetch, clock, random }) =>
 *     resilientFetch(fetch, { clock, random, attemptTimeoutMs: 1_000 }),
 * });
 * console.log(totals.answeredShare, totals.requestsPerCall);
 *
 * @throws OptionError where an option is out of its range; the reason of `signal` when that aborts
 */
export async function runScenario(options: RunScenarioOptions): Promise<ScenarioRun> {
  const settings = readOptions('runScenario', options, { seed: 1 }, CHECKS, [
    'scenario',
    'makeClient',
  ]);
  const { makeClient, seed, onSecond, signal } = settings;
  const scenario: Scenario =
    typeof settings.scenario === 'string' ? SCENARIOS[settings.scenario] : settings.scenario;
  const parameters = valuesOf(scenario, settings.parameters);
  const { seconds: length = 0 } = parameters;

  const isOwn = typeof settings.scenario !== 'string';
  const world = simulatedWorld({ seed, quietTurns: isOwn ? 2 : QUIET_TURNS });
  const staged = scenario.stage(world, parameters);
  const { server, load, clients, networkMs, request, restartAtMs } = staged;
  const living: ReadableClient[] = [];
  const fleet = startFleet(world, {
    clients,
    networkMs,
    server,
    load: upTo(1_000 * length, () => world.now, load),
    makeClient(parts) {
      const { index } = parts;
      living[index] = makeClient(parts);
      if (restartAtMs !== undefined) {
        world.at(restartAtMs, () => (living[index] = makeClient(parts)));
      }
      return (url, init) => (living[index] as ReadableClient)(url, init);
    },
    ...(request !== undefined && { request }),
  });

  const counter = new SecondsOfFleet(fleet);
  const seconds: ScenarioSecond[] = [];
  for (let second = 1; second <= length; second += 1) {
    await world.run(1_000 * second);
    signal?.throwIfAborted();
    const counted = counter.next(living.map((client): ClientReading => readClient(client, ORIGIN)));
    seconds.push(counted);
    onSecond?.(counted);
  }
  await world.run(1_000 * length + AFTERMATH_MS);
  const totals = totalsOf(fleet, staged, 1_000 * length);
  return { parameters, trouble: staged.trouble, seconds, totals };
}

/** A load that starts nothing from a moment on. */
const upTo =
  (untilMs: number, now: () => number, load: Load): Load =>
  (startCall) =>
    load((caller) => (now() < untilMs ? startCall(caller) : Promise.resolve()));

/** The values of all parameters: those that are given, and the scenario's own for the others. */
function valuesOf(
  { name, parameters }: Scenario,
  given: Readonly<Record<string, number>> = {},
): Record<string, number> {
  const values = Object.fromEntries(
    Object.entries(parameters).map(([parameter, own]) => [parameter, own.default]),
  );
  for (const [parameter, value] of Object.entries(given)) {
    const option = `runScenario.parameters.${parameter}`;
    const known = Object.hasOwn(parameters, parameter) ? parameters[parameter] : undefined;
    if (known === undefined) {
      const names = Object.keys(parameters).join(', ');
      throw new OptionError(option, `left out: the parameters of '${name}' are ${names}`, value);
    }
    const { min, max } = known;
    if (!(value >= min && value <= max)) {
      throw new OptionError(option, `a number from ${min} to ${max}`, value);
    }
    values[parameter] = value;
  }
  return values;
}
