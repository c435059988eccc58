import { bodies } from './bodies.ts';
import { cancelling } from './cancelling.ts';
import { runCheck, type Check, type CheckResult } from './check.ts';
import { importQuietly } from './importing.ts';
import type { ErrorShape } from './error-shape.ts';
import { networkErrors, thrownBySituation } from './network-errors.ts';
import { policies } from './policies.ts';
import { Scripts } from './protocol.ts';
import { retries } from './retries.ts';
import { timingOut } from './timing-out.ts';
import { transparency } from './transparency.ts';

/** What the program needs to know. */
export interface ProgramInput {
  readonly serverUrl: string;
  readonly refusedUrl: string;
  /** Only the checks whose names contain this. */
  readonly only?: string | undefined;
}

/** What it found: plain data, to be carried out of any runtime as JSON. */
export interface ProgramOutput {
  readonly results: readonly (CheckResult & { readonly group: string })[];
  readonly thrown: Readonly<Record<string, ErrorShape>>;
}

const GROUPS: Readonly<Record<string, readonly Check[]>> = {
  retries,
  bodies,
  aborts: cancelling,
  timeouts: timingOut,
  policies,
  transparency,
  'network errors': networkErrors,
};

/** Runs every check, one after the other. It uses nothing but what all runtimes have. */
export async function runConformance(input: ProgramInput): Promise<ProgramOutput> {
  const { holdfast, result } = await importQuietly();
  const results = [{ group: 'import', ...result }];
  const { serverUrl, refusedUrl, only = '' } = input;
  const tools = { holdfast, scripts: new Scripts(serverUrl), serverUrl, refusedUrl };
  for (const [group, checks] of Object.entries(GROUPS)) {
    for (const check of checks) {
      if (!check.name.includes(only)) continue;
      results.push({ group, ...(await runCheck(check, tools)) });
    }
  }
  return { results, thrown: thrownBySituation };
}
