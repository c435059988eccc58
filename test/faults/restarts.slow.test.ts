import { expect, test } from '@jest/globals';
import { runProgram } from './run-program.ts';

/** It takes forty seconds, and longer where the machine is busy. */
const MAX_MS = 120_000;

interface Run {
  readonly answered: number;
  readonly failed: number;
  readonly failures: readonly string[];
  readonly outages: readonly number[];
}

test(
  'no call is lost while a real server restarts twenty times under a hundred calls a second',
  async () => {
    const seed = process.env['HOLDFAST_SEED'] ?? '20260101';
    const run = await runProgram<Run>('restarts', ['20', seed], { maxMs: MAX_MS });
    expect(run.failures).toEqual([]);
    expect(run.failed).toBe(0);
    expect(run.outages).toHaveLength(20);
    // There was traffic, four thousand calls; a busy machine leaves out some of it.
    expect(run.answered).toBeGreaterThan(1000);
  },
  MAX_MS + 5000,
);
