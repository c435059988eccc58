import { describe, expect, test } from '@jest/globals';
import {
  answeredShare,
  answersIn,
  attemptsPerCall,
  goodputPerSecond,
  jainIndex,
  latenciesOf,
  lostCalls,
  percentile,
  recoveryMs,
  shareUsed,
  throttlesPerThousand,
  type AttemptRecord,
  type CallRecord,
} from '../../../src/simulator.ts';

const call = (startedAt: number, endedAt: number | undefined, answered: boolean): CallRecord => ({
  url: 'https://api.example.com/things',
  client: 0,
  caller: undefined,
  startedAt,
  endedAt,
  answered,
  end: undefined,
  attempts: 1,
});
const attempt = (sentAt: number, status: number | undefined): AttemptRecord => ({
  sentAt,
  client: 0,
  url: 'https://api.example.com/things',
  answeredAt: status === undefined ? undefined : sentAt + 1,
  status,
});

/** Ten calls a second for 30 s; those in the given spans are lost, the others take 10 ms. */
const callsLosing = (...lost: readonly (readonly [fromMs: number, untilMs: number])[]) =>
  Array.from({ length: 300 }, (_, index) => {
    const at = index * 100 + 50;
    const isLost = lost.some(([fromMs, untilMs]) => at >= fromMs && at < untilMs);
    return call(at, at + 10, !isLost);
  });

describe('measures', () => {
  const calls = [
    call(0, 100, true),
    call(1_000, 3_000, true),
    call(1_500, 1_600, false),
    call(1_900, undefined, false),
  ];

  test('count calls without an answer as lost, those under way among them', () => {
    expect(lostCalls(calls)).toBe(2);
    expect(lostCalls(calls, { fromMs: 1_000, untilMs: 1_900 })).toBe(1);
    expect(answeredShare(calls)).toBe(0.5);
  });

  test('count answers that came too late as lost where a time is given', () => {
    expect(lostCalls(calls, { withinMs: 1_000 })).toBe(3);
  });

  test('count goodput by the moment of the answer', () => {
    expect(answersIn(calls, { fromMs: 2_000, untilMs: 4_000 })).toBe(1);
    expect(goodputPerSecond(calls, { fromMs: 2_000, untilMs: 4_000 })).toBe(0.5);
  });

  test('know latencies and percentiles of the answered calls', () => {
    expect(latenciesOf(calls)).toEqual([100, 2_000]);
    expect(percentile([1, 2, 3, 4], 0.5)).toBe(3);
    expect(percentile([1, 2, 3, 4], 1)).toBe(4);
    expect(percentile([], 0.5)).toBeNaN();
  });

  test('count what the server saw', () => {
    const attempts = [...Array(8).fill(200), 429, 503, undefined].map((status, index) =>
      attempt(index * 100, status as number | undefined),
    );
    expect(throttlesPerThousand(attempts)).toBe(125);
    expect(shareUsed(attempts, 10, { fromMs: 0, untilMs: 1_000 })).toBe(0.8);
    expect(attemptsPerCall({ calls, attempts })).toBe(11 / 4);
  });

  test('know how fair a distribution is', () => {
    expect(jainIndex([5, 5, 5, 5])).toBe(1);
    expect(jainIndex([1, 0, 0, 0])).toBe(0.25);
    expect(jainIndex([])).toBe(1);
  });
});

describe('recovery', () => {
  const span = { fromMs: 10_000, untilMs: 30_000 };

  test('is 0 where nothing was lost', () => {
    expect(recoveryMs(callsLosing(), span)).toBe(0);
  });

  test('counts from the start of the trigger to the last loss', () => {
    expect(recoveryMs(callsLosing([10_000, 14_000]), span)).toBe(4_000);
    expect(recoveryMs(callsLosing([10_000, 11_000], [15_000, 15_500]), span)).toBe(5_500);
  });

  test('looks past a loss that leaves enough answers in its second', () => {
    const calls = callsLosing([20_000, 20_100]);
    expect(recoveryMs(calls, { ...span, share: 0.9 })).toBe(0);
    expect(recoveryMs(calls, { ...span, share: 0.95 })).toBe(10_100);
  });

  test('never comes where calls are still lost at the end', () => {
    expect(recoveryMs(callsLosing([10_000, 29_000]), span)).toBe(Infinity);
  });

  test('comes later where answers must be in time', () => {
    const slow = callsLosing();
    for (const one of slow) if (one.startedAt < 20_000) one.endedAt = one.startedAt + 1_500;
    expect(recoveryMs(slow, span)).toBe(0);
    expect(recoveryMs(slow, { ...span, withinMs: 1_000 })).toBe(10_000);
  });
});
