import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './places.ts';
import { masked, type ErrorShape } from './program/error-shape.ts';

interface Measured {
  readonly name?: string;
  readonly msg?: string;
  readonly code?: string | number;
  readonly cause?: Measured;
}

interface Cases {
  readonly cases: readonly {
    readonly situation: string;
    readonly by: Readonly<Record<string, Measured | undefined>>;
  }[];
}

/**
 * Holds what a runtime's fetch has just thrown against what was measured before, which lies beside
 * the repository. A difference is news about the runtime, not a failure of holdfast.
 *
 * @returns a line to print, or nothing where there is nothing to compare with.
 */
export function comparedWithMeasured(
  runtime: string,
  thrown: Readonly<Record<string, ErrorShape>>,
): string | undefined {
  let cases: Cases['cases'];
  try {
    const file = join(root, '..', 'shared', 'data', 'cases', 'error-shapes.json');
    ({ cases } = JSON.parse(readFileSync(file, 'utf8')) as Cases);
  } catch {
    return undefined;
  }
  let same = 0;
  const different: string[] = [];
  for (const { situation, by } of cases) {
    const [before, now] = [by[runtime], thrown[situation]];
    if (before === undefined || now === undefined) continue;
    if (wordsOf(now).startsWith(wordsOf(before).replace(/…$/, ''))) same += 1;
    else different.push(`${situation}: was “${wordsOf(before)}”, is “${wordsOf(now)}”`);
  }
  const count = `what fetch throws is as measured before in ${same} of ${same + different.length} situations`;
  return [count, ...different].join('\n    ');
}

// The measured messages were cut after a hundred characters, and name other ports.
const CUT = 90;

function wordsOf(error: Measured | ErrorShape): string {
  const message = 'msg' in error ? error.msg : (error as ErrorShape).message;
  const own = `${error.name} ${error.code ?? ''} ${(masked(message) ?? '').slice(0, CUT)}`;
  return error.cause === undefined ? own : `${own} < ${wordsOf(error.cause)}`;
}
