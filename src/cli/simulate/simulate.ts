import {
  breakingClient,
  retryingClient,
  withoutRetries,
} from '../../adapters/simulator/scenarios/plain-clients.ts';
import {
  runScenario,
  type RunScenarioOptions,
  type ScenarioRun,
} from '../../adapters/simulator/scenarios/run-scenario.ts';
import { SCENARIOS } from '../../adapters/simulator/scenarios/scenarios.ts';
import { OptionError } from '../../core/options.ts';
import { resilientFetch } from '../../http/resilient-fetch.ts';
import type { ResilientFetchOptions } from '../../http/standard-stack.ts';
import type { ExitCode } from '../command.ts';
import { painter } from '../terminal/paint.ts';
import { UsageError } from '../usage-error.ts';
import type { World } from '../world.ts';
import type { SimulateLine } from './options.ts';
import { requestOf, type SimulationRequest } from './request.ts';
import { simulationJson } from './simulation-json.ts';
import { simulationSvg } from './simulation-svg.ts';
import { simulationText } from './simulation-text.ts';
import type { ClientRun, Simulation } from './simulation.ts';

/** Runs `holdfast simulate`. */
export async function simulate(line: SimulateLine, world: World): Promise<ExitCode> {
  const { file, svg, json } = line.values;
  const text = file === undefined ? undefined : new TextDecoder().decode(await world.read(file));
  const simulation = await simulated(requestOf(line, text));
  // Before anything is printed: a reader that closes the pipe ends the program.
  if (svg !== undefined) await world.write(svg, simulationSvg(simulation));
  const { columns, hasColours } = world.terminal;
  world.print(
    json
      ? `${JSON.stringify(simulationJson(simulation), null, 2)}\n`
      : simulationText(simulation, { columns, paint: painter(hasColours) }),
  );
  return 0;
}

type MakeClient = RunScenarioOptions['makeClient'];

/** Runs holdfast, and whoever stands beside it, in the same world. */
async function simulated(request: SimulationRequest): Promise<Simulation> {
  const { title, story, attemptTimeoutMs: fitting } = SCENARIOS[request.scenario];
  const policy = { attemptTimeoutMs: fitting, ...request.policy };
  // Before a long run: a policy that cannot work.
  await asUsage(
    () => resilientFetch(globalThis.fetch, policy),
    (message) => `policy: ${message.replace(/^resilientFetch\./, '')}`,
  );
  const runs: ClientRun[] = [{ name: 'holdfast', run: await runOf(request, wrapping(policy)) }];
  const rival = rivalOf(request.against, policy);
  if (rival !== undefined) {
    runs.push({ name: rival.name, run: await runOf(request, rival.makeClient) });
  }
  return { scenario: request.scenario, title, story, seed: request.seed, policy, runs };
}

const wrapping =
  (policy: ResilientFetchOptions): MakeClient =>
  ({ fetch, clock, random }) =>
    resilientFetch(fetch, { ...policy, clock, random });

interface Rival {
  readonly name: string;
  readonly makeClient: MakeClient;
}

/** The others have the timeout of the policy, and as many retries as others have by default. */
function rivalOf(
  against: SimulationRequest['against'],
  { attemptTimeoutMs }: ResilientFetchOptions,
): Rival | undefined {
  const options = { attemptTimeoutMs: attemptTimeoutMs || 300_000, maxRetries: 3 };
  if (against === 'retries') {
    return { name: 'retries with backoff', makeClient: retryingClient(options) };
  }
  if (against === 'no-retries')
    return {
      name: 'no retries',
      makeClient: withoutRetries({ attemptTimeoutMs: options.attemptTimeoutMs }),
    };
  if (against === 'classic') {
    return { name: 'retries and a classic breaker', makeClient: breakingClient(options) };
  }
  return undefined;
}

async function runOf(request: SimulationRequest, makeClient: MakeClient): Promise<ScenarioRun> {
  const { scenario, parameters, seed } = request;
  const run = () => runScenario({ scenario, parameters, seed, makeClient });
  return asUsage(run, (message) => message.replace(/^runScenario\.parameters\./, '--set '));
}

/** An option that cannot work was the user's: it is told as wrong usage. */
async function asUsage<Result>(
  work: () => Result | Promise<Result>,
  told: (message: string) => string,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof OptionError ? new UsageError(told(error.message)) : error;
  }
}
