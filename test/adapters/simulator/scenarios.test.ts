import { describe, expect, test } from '@jest/globals';
import { resilientFetch } from '../../../src/index.ts';
import {
  breakingClient,
  instantServer,
  poissonLoad,
  retryingClient,
  runScenario,
  SCENARIOS,
  withoutRetries,
  type ClientParts,
  type RunScenarioOptions,
  type Scenario,
  type ScenarioName,
} from '../../../src/simulator.ts';

const NAMES = Object.keys(SCENARIOS) as ScenarioName[];
const TIMEOUT = { attemptTimeoutMs: 1_000 };
const holdfast = ({ fetch, clock, random }: ClientParts) =>
  resilientFetch(fetch, { clock, random, ...TIMEOUT });
const bare = withoutRetries(TIMEOUT);

const run = (scenario: ScenarioName, makeClient: RunScenarioOptions['makeClient'] = holdfast) =>
  runScenario({ scenario, makeClient });

/** A host that works, and one call a second. */
const QUIET: Scenario = {
  name: 'quiet',
  title: 'Quiet',
  story: 'Nothing happens.',
  attemptTimeoutMs: 1_000,
  parameters: {
    seconds: { label: 'length', unit: 's', default: 3, min: 1, max: 10, step: 1 },
  },
  stage: (world) => ({
    server: instantServer,
    load: poissonLoad(world, { ratePerSecond: 1 }),
    clients: 2,
    networkMs: 0,
    trouble: { name: 'none', fromMs: 0, untilMs: 0 },
  }),
};

describe('a named scenario', () => {
  test.each(NAMES)('%s: counts every call and every request once', async (scenario) => {
    const { seconds, totals, parameters } = await run(scenario);
    expect(seconds).toHaveLength(parameters.seconds ?? NaN);
    const sum = (name: 'started' | 'ok' | 'failed' | 'refused') =>
      seconds.reduce((total, second) => total + second[name], 0);
    const left = seconds.at(-1)?.underWay ?? NaN;
    expect(sum('started')).toBe(totals.calls);
    expect(sum('ok') + sum('failed') + sum('refused') + left).toBe(totals.calls);
    expect(totals.answered + totals.lost).toBeGreaterThanOrEqual(totals.calls - totals.hopeless);
    for (const { sent, retries } of seconds) expect(retries).toBeLessThanOrEqual(sent);
  });

  test.each(NAMES)('%s: is named as it is listed, and says what happens', (name) => {
    const { name: own, title, story } = SCENARIOS[name];
    expect(own).toBe(name);
    expect(title).toMatch(/^[A-Z]/);
    expect(story).toMatch(/^[A-Z].+\.$/);
  });

  test.each(NAMES)('%s: has defaults that are in range and on a step', (name) => {
    for (const parameter of Object.values(SCENARIOS[name].parameters)) {
      const { default: value, min, max, step } = parameter;
      expect(value).toBeGreaterThanOrEqual(min);
      expect(value).toBeLessThanOrEqual(max);
      expect((value - min) % step).toBe(0);
    }
  });

  test('is the same again with the same seed, and another one with another', async () => {
    const runs = await Promise.all(
      [1, 1, 2].map((seed) => runScenario({ scenario: 'flaky', makeClient: holdfast, seed })),
    );
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]?.seconds).not.toEqual(runs[0]?.seconds);
  });

  test('has the same calls whichever client is tried', async () => {
    const [own, other] = [await run('outage'), await run('outage', bare)];
    const started = ({ seconds }: typeof own) => seconds.map((second) => second.started);
    expect(started(own)).toEqual(started(other));
  });

  test('outage: retries without a budget keep the server down, and holdfast recovers', async () => {
    const own = await run('outage');
    const naive = await run('outage', retryingClient({ ...TIMEOUT, maxRetries: 3 }));
    expect(own.totals.recoveryMs).toBeLessThan(5_000);
    expect(own.totals.answeredShareAtEnd).toBe(1);
    expect(naive.totals.recoveryMs).toBe(Infinity);
    expect(naive.totals.requestsPerCall).toBeGreaterThan(3);
  });

  test('lasting overload: has no recovery, since it does not end', async () => {
    const { totals, trouble } = await run('lasting-overload');
    expect(trouble.untilMs).toBe(Infinity);
    expect(totals.recoveryMs).toBeUndefined();
  });

  test('bad endpoint: calls to it are hopeless, and a breaker by host loses others', async () => {
    const own = await run('bad-endpoint');
    const classic = await run('bad-endpoint', breakingClient({ ...TIMEOUT, maxRetries: 3 }));
    expect(own.totals.hopeless).toBeGreaterThan(300);
    expect(own.totals.lost).toBe(0);
    expect(own.seconds.at(-1)?.openRoutes).toBeGreaterThan(0);
    expect(classic.totals.refused).toBeGreaterThan(300);
  });

  test('herd: makes every client anew when the processes restart', async () => {
    const made: number[] = [];
    const { parameters } = await run('herd', (parts) => {
      made.push(parts.index);
      return bare(parts);
    });
    expect(made).toHaveLength(2 * (parameters.processes ?? NaN));
  });
});

describe('runScenario', () => {
  test('reads budget and circuit of a fetch that holdfast wrapped', async () => {
    const { seconds } = await run('outage');
    expect(seconds[5]).toMatchObject({ circuits: { closed: 10, halfOpen: 0, open: 0 } });
    expect(seconds[5]?.budget).toBeGreaterThan(4);
    expect(seconds[15]?.circuits?.open).toBeGreaterThan(5);
    // Repetitions that went out before the circuits opened were paid for.
    expect(seconds[11]?.budget).toBeLessThan(seconds[9]?.budget ?? NaN);
  });

  test('reads what another client says of itself, and nothing of one that says nothing', async () => {
    const classic = await run('outage', breakingClient({ ...TIMEOUT, maxRetries: 3 }));
    expect(classic.seconds.some(({ circuits }) => (circuits?.open ?? 0) > 5)).toBe(true);
    expect(classic.seconds[5]?.budget).toBeUndefined();
    const { seconds } = await run('outage', bare);
    expect(seconds.every(({ circuits, budget }) => circuits === undefined && !budget)).toBe(true);
  });

  test('takes a scenario of your own, with other values', async () => {
    const parameters = { seconds: 5 };
    const { seconds, totals } = await runScenario({
      scenario: QUIET,
      makeClient: bare,
      parameters,
    });
    expect(seconds).toHaveLength(5);
    expect(totals).toMatchObject({ lost: 0, requestsPerCall: 1, recoveryMs: 0 });
  });

  test('tells of each second when it is over, and stops after the one in which it is aborted', async () => {
    const controller = new AbortController();
    const told: number[] = [];
    const ends = runScenario({
      scenario: QUIET,
      makeClient: bare,
      signal: controller.signal,
      onSecond({ second }) {
        told.push(second);
        if (second === 1) controller.abort(new Error('enough'));
      },
    });
    await expect(ends).rejects.toThrow('enough');
    expect(told).toEqual([0, 1]);
  });

  test.each([
    [{ scenario: 'storm' as ScenarioName }, /runScenario\.scenario must be .*outage/],
    [{ parameters: { speed: 1 } }, /parameters\.speed must be left out.*'quiet' are seconds/],
    [{ parameters: { seconds: 11 } }, /parameters\.seconds must be a number from 1 to 10/],
    [{ seed: NaN }, /runScenario\.seed must be a finite number/],
  ])('refuses %j', async (wrong, message) => {
    await expect(runScenario({ scenario: QUIET, makeClient: bare, ...wrong })).rejects.toThrow(
      message,
    );
  });
});
