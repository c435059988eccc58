import type { ScenarioRun } from '../../adapters/simulator/scenarios/run-scenario.ts';
import type { ScenarioSecond } from '../../adapters/simulator/scenarios/scenario-second.ts';
import type { ScenarioTotals } from '../../adapters/simulator/scenarios/scenario-totals.ts';
import type { ResilientFetchOptions } from '../../http/standard-stack.ts';
import { shortDuration } from '../terminal/duration.ts';

/** One client in the scenario. */
export interface ClientRun {
  readonly name: string;
  readonly run: ScenarioRun;
}

/** A scenario with all clients that were tried in it. */
export interface Simulation {
  readonly scenario: string;
  readonly title: string;
  readonly story: string;
  readonly seed: number;
  readonly policy: ResilientFetchOptions;
  readonly runs: readonly ClientRun[];
}

/** The most calls, or requests, of any second: plots of one world have one scale. */
export const mostOf = ({ runs }: Simulation, amount: (second: ScenarioSecond) => number): number =>
  Math.max(1, ...runs.flatMap(({ run }) => run.seconds.map(amount)));

/** Calls that came to an end in a second. */
export const endedIn = ({ ok, failed, refused }: ScenarioSecond): number => ok + failed + refused;

const percent = (share: number): string => `${Math.floor(share * 1_000) / 10} %`;

/** The whole run in one sentence. */
export function totalsText(totals: ScenarioTotals): string {
  const { answeredShare, lost, refused, hopeless, requestsPerCall, p99Ms, recoveryMs } = totals;
  const parts = [
    `${percent(answeredShare)} answered`,
    `${lost.toLocaleString('en-US')} lost${refused > 0 ? ` (${refused.toLocaleString('en-US')} unsent)` : ''}`,
    `${requestsPerCall.toFixed(2)} requests a call`,
  ];
  if (hopeless > 0) parts.push(`${hopeless.toLocaleString('en-US')} that nobody could answer`);
  if (Number.isFinite(p99Ms)) parts.push(`99 % within ${shortDuration(p99Ms)}`);
  if (recoveryMs !== undefined) {
    parts.push(
      Number.isFinite(recoveryMs)
        ? `well again ${shortDuration(recoveryMs)} after the trouble`
        : 'not well again at the end',
    );
  }
  return parts.join(', ');
}
