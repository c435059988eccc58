import type { CallRequest, FleetOptions } from '../fleet.ts';
import type { Load } from '../loads.ts';
import type { Server } from '../server.ts';
import type { World } from '../world.ts';

/** A number of a scenario that may be changed, and the range in which the scenario makes sense. */
export interface ScenarioParameter {
  /** A few words for a form: `calls per second`. */
  readonly label: string;
  /** The unit behind the number: `/s`, `s`, `ms`, `%`, or an empty string for a count. */
  readonly unit: string;
  readonly default: number;
  readonly min: number;
  readonly max: number;
  /** The distance between two values of a slider. */
  readonly step: number;
}

/** The trouble of a scenario, in virtual milliseconds from the start. */
export interface Trouble {
  /** A few words for a chart: `network down`. */
  readonly name: string;
  readonly fromMs: number;
  /** `Infinity` where it never ends. */
  readonly untilMs: number;
}

/** A scenario with its numbers, in a world. */
export interface StagedScenario {
  readonly server: Server;
  readonly load: Load;
  readonly clients: number;
  readonly networkMs: NonNullable<FleetOptions['networkMs']>;
  readonly trouble: Trouble;
  /** The request of each call. */
  readonly request?: NonNullable<FleetOptions['request']>;
  /**
   * When every process ends and starts again, and so forgets what its client has learned; the calls
   * that are under way go on. Left out, none does.
   */
  readonly restartAtMs?: number;
  /** Whether no client could get an answer to this call. Left out, every call might be answered. */
  readonly isHopeless?: (call: CallRequest) => boolean;
}

/** A situation in which clients can be compared: who calls whom, and how it goes wrong. */
export interface Scenario<Name extends string = string> {
  /** In kebab case: `bad-endpoint`. */
  readonly name: string;
  /** A few words. */
  readonly title: string;
  /** One or two sentences: how it goes wrong, and why that is hard for clients. */
  readonly story: string;
  /** A timeout that fits the scenario, in milliseconds: clients that are compared have the same. */
  readonly attemptTimeoutMs: number;
  readonly parameters: Readonly<Record<Name, ScenarioParameter>>;
  /** Puts it into a world. */
  readonly stage: (world: World, values: Readonly<Record<Name, number>>) => StagedScenario;
}

/** The parameters that every scenario has. */
export type CommonParameter = 'seconds' | 'processes' | 'callsPerSecond';

/** The parameters that every scenario has, with this load. */
export const commonParameters = (
  callsPerSecond: number,
  processes = 10,
): Record<CommonParameter, ScenarioParameter> => ({
  seconds: { label: 'length', unit: 's', default: 60, min: 40, max: 180, step: 5 },
  processes: { label: 'processes', unit: '', default: processes, min: 1, max: 200, step: 1 },
  callsPerSecond: {
    label: 'calls per second',
    unit: '/s',
    default: callsPerSecond,
    min: 1,
    max: 200,
    step: 1,
  },
});

/** Every trouble begins here, when clients know a healthy server. */
export const TROUBLE_FROM_MS = 10_000;

/** How long a request, and its answer, is on the way. */
export const NETWORK_MS = 10;
