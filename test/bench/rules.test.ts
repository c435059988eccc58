import { describe, expect, test } from '@jest/globals';
import {
  answeredShare,
  attemptsPerCall,
  failing,
  instantServer,
  poissonLoad,
  simulatedWorld,
  startFleet,
} from 'holdfast/simulator';
import { consecutiveBreaker } from '../../bench/rules/breakers.ts';
import { immediateRetries, jitteredRetries, noRetries } from '../../bench/rules/plain-retries.ts';
import {
  brookerBucket,
  envoyBudget,
  finagleBudget,
  grpcThrottling,
  sreBudget,
} from '../../bench/rules/retry-budgets.ts';
import { ruleClient } from '../../bench/rules/rule-client.ts';
import type { MakeRule, Rule } from '../../bench/rules/rule.ts';
import { SlidingCount } from '../../bench/rules/sliding-counts.ts';

/** A hundred clients with ten calls a second each, at a server that fails by chance. */
async function sweep(makeRule: MakeRule, share: number) {
  const world = simulatedWorld({ seed: 3 });
  const fleet = startFleet(world, {
    clients: 100,
    makeClient: ruleClient(makeRule, { attemptTimeoutMs: Infinity, maxRetries: 3 }),
    server: failing(world, { share }, instantServer),
    load: poissonLoad(world, { ratePerSecond: 1_000, untilMs: 20_000 }),
    networkMs: 10,
  });
  await world.run(60_000);
  return { success: answeredShare(fleet.calls), load: attemptsPerCall(fleet) };
}

const near = (value: number, expected: number, by: number) =>
  expect(Math.abs(value - expected)).toBeLessThan(by);

describe('rules at a server that fails by chance', () => {
  test.each([0.1, 0.5])('three retries have the closed form at f = %d', async (f) => {
    const { success, load } = await sweep(immediateRetries, f);
    near(success, 1 - f ** 4, 0.005);
    near(load, (1 - f ** 4) / (1 - f), 0.02);
  });

  test('no retries lose what fails', async () => {
    const { success, load } = await sweep(noRetries, 0.2);
    near(success, 0.8, 0.01);
    expect(load).toBe(1);
  });

  // Published: .8829 and 1.104 of his own code, over 100 s.
  test("Brooker's bucket has the figures of his own code", async () => {
    const { success, load } = await sweep(brookerBucket('start'), 0.2);
    near(success, 0.8829, 0.02);
    near(load, 1.104, 0.02);
  });
});

/** What a rule says after each of these outcomes of first attempts. */
function answersOf(rule: Rule, outcomes: readonly ('answered' | 'error')[]) {
  return outcomes.map((outcome) => {
    const attempt = { call: {}, number: 1 };
    if (rule.admits?.(attempt.call) === false) return 'refused';
    rule.sent?.(attempt);
    rule.ended?.(attempt, outcome);
    if (outcome === 'answered') return 'answered';
    return rule.retryInMs(attempt, outcome) === undefined ? 'given up' : 'retried';
  });
}

describe('a rule', () => {
  const parts = { now: () => 0, random: () => 0.5 };
  const failures = (count: number) => new Array<'error'>(count).fill('error');
  const retriedOf = (makeRule: MakeRule, count: number) =>
    answersOf(makeRule(parts), failures(count)).filter((what) => what === 'retried').length;

  test('of gRPC stops at half of its tokens, and comes back with answers', () => {
    const rule = grpcThrottling()(parts);
    expect(answersOf(rule, failures(6))).toEqual([
      ...new Array(4).fill('retried'),
      'given up',
      'given up',
    ]);
    expect(answersOf(rule, new Array<'answered'>(21).fill('answered'))).toHaveLength(21);
    expect(answersOf(rule, ['error'])).toEqual(['retried']);
  });

  test('of Brooker spends five tokens, one of which stays', () => {
    expect(retriedOf(brookerBucket(), 50)).toBe(4);
  });

  test('of Finagle gives a hundred and a fifth of the requests of ten seconds', () => {
    expect(retriedOf(finagleBudget(), 1_000)).toBe(100 + 200);
  });

  test('of the SRE book stops at a tenth', () => {
    const rule = sreBudget()(parts);
    const call = {};
    for (let count = 0; count < 90; count += 1) rule.sent?.({ call, number: 1 });
    let retries = 0;
    while (rule.retryInMs({ call, number: 1 }, 'error') !== undefined) {
      rule.sent?.({ call, number: 2 });
      retries += 1;
    }
    expect(retries).toBe(10);
  });

  test('of Envoy lets three retries run where little is in flight', () => {
    const rule = envoyBudget()(parts);
    const call = {};
    let retries = 0;
    while (rule.retryInMs({ call, number: 1 }, 'error') !== undefined) {
      rule.sent?.({ call, number: 2 });
      retries += 1;
    }
    expect(retries).toBe(3);
  });

  test('of the breaker opens at the fifth failure in a row, and probes after ten seconds', () => {
    let now = 0;
    const rule = consecutiveBreaker()({ ...parts, now: () => now });
    expect(answersOf(rule, [...failures(4), 'answered', ...failures(6)]).slice(-2)).toEqual([
      'retried',
      'refused',
    ]);
    now = 9_999;
    expect(answersOf(rule, ['answered'])).toEqual(['refused']);
    now = 10_000;
    expect(answersOf(rule, ['error', 'answered'])).toEqual(['retried', 'refused']);
    now = 20_000;
    expect(answersOf(rule, ['answered', 'answered'])).toEqual(['answered', 'answered']);
  });

  test('of full jitter doubles up to its cap', () => {
    const rule = jitteredRetries(1_000, 20_000)({ ...parts, random: () => 1 });
    const waits = [1, 2, 5, 6, 30].map((number) => rule.retryInMs({ call: {}, number }, 'error'));
    expect(waits).toEqual([1_000, 2_000, 16_000, 20_000, 20_000]);
  });
});

describe('a sliding count', () => {
  test('forgets what is older than its span, slice by slice', () => {
    const count = new SlidingCount(10_000, 10);
    for (const moment of [0, 500, 3_000, 9_900]) count.add(moment);
    expect([9_999, 10_000, 12_999, 13_000, 60_000].map((now) => count.total(now))).toEqual([
      4, 2, 2, 1, 0,
    ]);
  });
});
