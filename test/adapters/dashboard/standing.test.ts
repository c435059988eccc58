import { describe, expect, test } from '@jest/globals';
import {
  COLUMNS,
  COUNTERS,
  SERIES,
  type CircuitSnapshot,
  type Counter,
  type FailureSnapshot,
  type KeySnapshot,
} from '../../../src/adapters/dashboard/snapshot.ts';
import {
  amplification,
  standingOf,
  successShare,
} from '../../../src/adapters/dashboard/standing.ts';

const NOW = Date.UTC(2026, 0, 1);

const counts = (given: Partial<Record<Counter, number>> = {}) =>
  ({
    ...Object.fromEntries(COUNTERS.map((counter) => [counter, 0])),
    ...given,
  }) as Record<Counter, number>;

const key = (given: Partial<KeySnapshot> = {}): KeySnapshot => ({
  id: '0:k',
  name: 'payments',
  key: 'k',
  circuit: null,
  routes: [],
  pauses: [],
  paces: [],
  waiting: 0,
  waitingSince: null,
  budget: null,
  concurrency: null,
  hedging: null,
  sharing: null,
  usage: [],
  store: null,
  lastMinute: counts(),
  lately: counts(),
  acceptedPerSecond: 0,
  latency: null,
  history: Object.fromEntries(
    SERIES.map((series) => [series, new Array<number>(COLUMNS).fill(0)]),
  ) as unknown as KeySnapshot['history'],
  circuitHistory: 'c'.repeat(COLUMNS),
  circuitChanges: [],
  trouble: null,
  failedAttempts: [],
  lastRefusal: null,
  ...given,
});

const failure = (status: number, errorCode: string, category = 'retryable'): FailureSnapshot => ({
  category,
  status,
  errorCode,
  message: null,
});
const dbDown = failure(503, 'db_down');
const tooMany = failure(429, 'rate_limit_exceeded', 'throttle');

const trouble = (of: FailureSnapshot, times: number, forMs: number) => ({
  since: NOW - forMs,
  lastAt: NOW - 100,
  failures: [{ ...of, times }],
});

const circuit = (given: Partial<CircuitSnapshot>): CircuitSnapshot => ({
  state: 'open',
  since: NOW - 12_000,
  nextProbeAt: NOW + 400,
  isByHand: false,
  because: dbDown,
  ...given,
});

describe('the sentence of a key', () => {
  test.each<[string, Partial<KeySnapshot>, string]>([
    [
      'open',
      { circuit: circuit({}), trouble: trouble(dbDown, 37, 13_000) },
      'open for 12 s, 503 db_down ×37, next probe in 0.4 s',
    ],
    [
      'open',
      {
        circuit: circuit({ nextProbeAt: NOW - 1 }),
        waiting: 3,
        waitingSince: NOW - 1_200,
      },
      'open for 12 s, 503 db_down, probing now, 3 calls wait, the oldest for 1.2 s',
    ],
    [
      'open',
      { circuit: circuit({ isByHand: true, nextProbeAt: null, because: null }) },
      'opened by hand for 12 s, until somebody closes it',
    ],
    [
      'paused',
      { pauses: [{ route: null, until: NOW + 8_000, because: tooMany }] },
      'accepts nothing, 429 rate_limit_exceeded, next attempt in 8.0 s',
    ],
    [
      'paused',
      {
        store: {
          state: 'joined',
          members: 4,
          failure: null,
          stop: { since: NOW - 42_000, until: NOW + 8_000, throttles: 6 },
        },
      },
      'accepts nothing from 4 processes for 42 s, 6 throttles, one of them tries in 8.0 s',
    ],
    [
      'recovering',
      { circuit: circuit({ state: 'half-open', nextProbeAt: null }), acceptedPerSecond: 2.5 },
      'recovering for 12 s, 2.5 accepted a second, after 503 db_down',
    ],
    [
      'failing',
      {
        lastMinute: counts({ calls: 20, success: 12 }),
        trouble: trouble(failure(500, 'server_error'), 8, 65_000),
      },
      'failing for 1 min 5 s, 500 server_error ×8, 60 % of calls succeed',
    ],
    [
      'throttled',
      {
        lately: counts({ calls: 20, success: 20 }),
        trouble: trouble(tooMany, 12, 40_000),
        paces: [{ route: null, ratePerSecond: 8.3 }],
        waiting: 14,
        waitingSince: NOW - 1_200,
      },
      'throttled for 40 s, 429 rate_limit_exceeded ×12, paced at 8.3 a second, all calls succeed, 14 calls wait, the oldest for 1.2 s',
    ],
    [
      'partly open',
      {
        routes: [{ route: 'POST /charges', ...circuit({}) }],
        lately: counts({ calls: 9, success: 9 }),
      },
      'answers, but POST /charges is open for 12 s, 503 db_down, next probe in 0.4 s',
    ],
    [
      'open',
      { routes: [{ route: 'POST /charges', ...circuit({}) }] },
      'POST /charges is open for 12 s, 503 db_down, next probe in 0.4 s',
    ],
    [
      'waiting',
      { waiting: 1, waitingSince: NOW - 5_000, acceptedPerSecond: 4 },
      'answers, 4 a second, 1 call waits, the oldest for 5.0 s',
    ],
    [
      'answers',
      {
        lastMinute: counts({ calls: 100, success: 100 }),
        lately: counts({ calls: 20, success: 20 }),
        acceptedPerSecond: 2,
        latency: { samples: 100, p50Ms: 45, p90Ms: 80, p99Ms: 120 },
      },
      'answers, 2 a second, all calls succeed, median 45 ms',
    ],
    ['idle', {}, 'no calls in the last minute'],
  ])('that is %s', (state, given, sentence) => {
    const standing = standingOf(key(given), NOW);
    expect([standing.state, standing.sentence]).toEqual([state, sentence]);
    expect(standing.needsAttention).toBe(!['answers', 'idle'].includes(state));
  });

  test('calls a few failures among many calls no failing key', () => {
    const given = {
      lately: counts({ calls: 100, success: 97 }),
      trouble: trouble(dbDown, 3, 5_000),
    };
    const { needsAttention, sentence } = standingOf(
      key({ ...given, lastMinute: given.lately }),
      NOW,
    );
    expect(needsAttention).toBe(false);
    expect(sentence).toContain('97 % of calls succeed');
    expect(sentence).toContain('503 db_down ×3');
  });
});

test('the share of success is of the last seconds where these had calls, and of the minute otherwise', () => {
  const lastMinute = counts({ calls: 100, success: 90 });
  expect(successShare(key({ lastMinute, lately: counts({ calls: 10, success: 0 }) }))).toEqual({
    share: 0,
    of: 'of the last 15 s',
  });
  expect(successShare(key({ lastMinute, lately: counts({ calls: 2 }) }))?.share).toBe(0.9);
  expect(successShare(key())).toBeUndefined();
});

test('amplification is attempts for each call', () => {
  expect(amplification(key({ lastMinute: counts({ calls: 10, success: 8, retryable: 7 }) }))).toBe(
    1.5,
  );
  expect(amplification(key())).toBeUndefined();
});
