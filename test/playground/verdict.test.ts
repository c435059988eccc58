import { describe, expect, test } from '@jest/globals';
import { CONTENDER_IDS, type ContenderId } from '../../docs/playground/contenders.ts';
import { emptyRun, type RunState } from '../../docs/playground/run-state.ts';
import { defaultsOf } from '../../docs/playground/settings.ts';
import {
  contenderText,
  headlineOf,
  outcomeText,
  verdictOf,
} from '../../docs/playground/verdict.ts';
import { percentText } from '../../docs/playground/words.ts';
import type { ScenarioTotals } from '../../src/simulator.ts';

const totals = (some: Partial<ScenarioTotals>): ScenarioTotals => ({
  calls: 1_000,
  answered: 990,
  lost: 10,
  refused: 0,
  hopeless: 0,
  answeredShare: 0.99,
  answeredShareAtEnd: 1,
  sent: 1_060,
  retries: 60,
  requestsPerCall: 1.06,
  p50Ms: 20,
  p99Ms: 200,
  recoveryMs: 0,
  ...some,
});

/** A run in which the contenders answered these shares, with these requests a call. */
function runOf(results: Partial<Record<ContenderId, readonly [share: number, requests: number]>>) {
  const run = emptyRun(defaultsOf('outage'));
  const contenders = Object.fromEntries(
    CONTENDER_IDS.map((id) => {
      const [answeredShare, requestsPerCall] = results[id] ?? [];
      const known =
        answeredShare === undefined || requestsPerCall === undefined
          ? undefined
          : totals({ answeredShare, requestsPerCall });
      return [id, { seconds: [], totals: known, failure: undefined }];
    }),
  );
  return { ...run, contenders } as unknown as RunState;
}

describe('the verdict', () => {
  test('says share, requests and outcome of a contender', () => {
    expect(contenderText('holdfast', totals({ answeredShare: 0.992, recoveryMs: 2_000 }))).toBe(
      'holdfast: 99.2 % of calls succeed, 1.06 requests a call, recovers 2 s after the trouble.',
    );
    const { holdfast, naive } = { holdfast: [0.9, 1], naive: [0.4, 3.9] } as const;
    expect(verdictOf(runOf({ holdfast, naive }))).toMatch(
      /^holdfast: 90 %.* Naive retry: 40 %.*3\.9/,
    );
  });

  test.each([
    [{ recoveryMs: Infinity, answeredShareAtEnd: 0 }, 'still down at the end'],
    [{ recoveryMs: Infinity, answeredShareAtEnd: 0.9 }, 'not back to normal at the end'],
    [{ recoveryMs: undefined, answeredShareAtEnd: 0.63 }, '63 % in the last ten seconds'],
    [{ recoveryMs: 0 }, 'recovers as the trouble ends'],
  ])('says of %j: %s', (some, words) => {
    expect(outcomeText(totals(some))).toBe(words);
  });

  test('names the next best where holdfast answers most', () => {
    expect(headlineOf(runOf({ holdfast: [0.8, 1], naive: [0.2, 3], classic: [0.6, 1] }))).toBe(
      'holdfast answers 80 % of calls; classic breaker, the next best, 60 %.',
    );
    expect(headlineOf(runOf({ holdfast: [0.9, 1], naive: [0.3, 3] }))).toBe(
      'holdfast answers 3 times as many calls as naive retry, the next best.',
    );
  });

  test('names whoever answers more than holdfast', () => {
    expect(headlineOf(runOf({ holdfast: [0.6, 1], naive: [0.8, 2] }))).toBe(
      'Naive retry answers most calls here: 80 %, and holdfast 60 %.',
    );
  });

  test('names the fewest requests where some are alike', () => {
    expect(
      headlineOf(
        runOf({ holdfast: [1, 0.97], naive: [1, 1.6], none: [0.995, 1], classic: [0.6, 1] }),
      ),
    ).toBe(
      'holdfast, naive retry and no retry answer about as many calls, 100 %; classic breaker 60 %. holdfast sends the fewest requests, 0.97 a call.',
    );
  });

  test('never says 100 % where a call was lost', () => {
    expect([1, 0.9999, 0.4, NaN].map(percentText)).toEqual(['100 %', '99.9 %', '40 %', '–']);
  });
});
