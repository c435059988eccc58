import { expect, test } from '@jest/globals';
import { runProgram } from './run-program.ts';

const MAX_MS = 60_000;
/** What one response and its error take is some twenty kilobytes; this is noise, and fetch's own. */
const NOISE_BYTES = 4000;

test(
  'responses whose bodies broke off are collected with all that hangs on them, repeated or not',
  async () => {
    const left = await runProgram<Record<string, { bare: number; wrapped: number }>>(
      'broken-bodies',
      [],
      { maxMs: MAX_MS },
    );
    expect(Object.keys(left)).toHaveLength(2);
    for (const { bare, wrapped } of Object.values(left)) {
      expect(wrapped).toBeLessThan(Math.max(0, bare) + NOISE_BYTES);
    }
  },
  MAX_MS + 5000,
);
