import {
  SCENARIOS,
  simulatedWorld,
  type Scenario,
  type ScenarioSecond,
  type ScenarioTotals,
  type Trouble,
} from 'holdfast/simulator';
import { CONTENDER_IDS, type ContenderId } from './contenders.ts';
import { numberOf, parametersOf, type Settings } from './settings.ts';

/** What is known of one contender's run. */
export interface ContenderRun {
  readonly seconds: readonly ScenarioSecond[];
  /** `undefined` before the end. */
  readonly totals: ScenarioTotals | undefined;
  /** Why it did not run; `undefined` where it did. */
  readonly failure: string | undefined;
}

/** What is known of a run of all contenders. */
export interface RunState {
  readonly settings: Settings;
  /** How many virtual seconds it takes. */
  readonly length: number;
  readonly trouble: Trouble;
  readonly contenders: Readonly<Record<ContenderId, ContenderRun>>;
  /** How long it took, in real milliseconds; `undefined` before the end. */
  readonly tookMs: number | undefined;
}

/** A run of which nothing has happened. */
export function emptyRun(settings: Settings): RunState {
  const none: ContenderRun = { seconds: [], totals: undefined, failure: undefined };
  const scenario: Scenario = SCENARIOS[settings.scenario];
  return {
    settings,
    length: numberOf(settings, 'seconds'),
    trouble: scenario.stage(simulatedWorld(), parametersOf(settings)).trouble,
    contenders: Object.fromEntries(CONTENDER_IDS.map((id) => [id, none])) as Record<
      ContenderId,
      ContenderRun
    >,
    tookMs: undefined,
  };
}

/** How much of it is done, 0 to 1. */
export function progressOf({ contenders, length }: RunState): number {
  const done = CONTENDER_IDS.map((id) => {
    const { seconds, totals, failure } = contenders[id];
    return totals !== undefined || failure !== undefined ? 1 : (0.98 * seconds.length) / length;
  });
  return done.reduce((sum, one) => sum + one, 0) / done.length;
}

/** Whether every contender has ended. */
export const isOver = ({ contenders }: RunState): boolean =>
  CONTENDER_IDS.every((id) => (contenders[id].totals ?? contenders[id].failure) !== undefined);
