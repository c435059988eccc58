import type { ScenarioSecond, ScenarioTotals } from 'holdfast/simulator';
import type { ContenderId } from './contenders.ts';
import type { Settings } from './settings.ts';

/** Asks for a run; ends the one before. */
export interface ToWorker {
  /** The number of the run: answers to an earlier one come too late. */
  readonly run: number;
  readonly contender: ContenderId;
  readonly settings: Settings;
}

interface OfRun {
  readonly run: number;
  readonly contender: ContenderId;
}

/** Tells how a run goes. */
export type FromWorker =
  | (OfRun & { readonly type: 'second'; readonly second: ScenarioSecond })
  | (OfRun & { readonly type: 'ended'; readonly totals: ScenarioTotals })
  | (OfRun & { readonly type: 'failed'; readonly message: string });
