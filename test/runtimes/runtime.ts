import type { CheckResult } from './program/check.ts';
import type { ProgramInput, ProgramOutput } from './program/program.ts';

/** What every runtime is given to run. */
export interface Assignment {
  readonly input: ProgramInput;
  /** The program as one module that exports `runConformance`. */
  readonly program: string;
  /** More modules, for hosts that have more to check. */
  readonly modules: { readonly sharedFetch: string; readonly askSharedFetch: string };
  /** A folder for this run alone. */
  readonly folder: string;
}

export interface RuntimeRun {
  /** As the runtime says it itself. */
  readonly version: string;
  readonly output: ProgramOutput;
  /** What only its host can see: that it ends by itself, that requests do not disturb one another. */
  readonly hostResults: readonly CheckResult[];
}

/** One of the runtimes that holdfast promises to run on. */
export interface Runtime {
  /** As on the command line: `node20`. */
  readonly id: string;
  readonly title: string;
  /** Why it cannot be run here, and how to get it; `undefined` if it can. */
  missing(): Promise<string | undefined> | string | undefined;
  run(assignment: Assignment): Promise<RuntimeRun>;
}

/** How long a whole run may take. */
export const RUN_MS = 180_000;
