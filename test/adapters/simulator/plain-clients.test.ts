import { describe, expect, test } from '@jest/globals';
import {
  answering,
  breakingClient,
  retryingClient,
  silent,
  simulatedWorld,
  startFleet,
  steadyLoad,
  withoutRetries,
  type FleetOptions,
  type Server,
  type World,
} from '../../../src/simulator.ts';

const SETTINGS = { attemptTimeoutMs: 500, maxRetries: 2, baseDelayMs: 100 };

/** One call a second of one client, up to a moment. */
async function callsOf(
  makeClient: FleetOptions['makeClient'],
  serverOf: (world: World) => Server,
  untilMs: number,
) {
  const world = simulatedWorld();
  const fleet = startFleet(world, {
    makeClient,
    server: serverOf(world),
    load: steadyLoad(world, { ratePerSecond: 1, untilMs }),
  });
  await world.run(untilMs + 5_000);
  return fleet;
}

const failing =
  (status: number) =>
  (world: World): Server =>
    answering(world, { status });

describe('withoutRetries', () => {
  test('sends each call once, and gives up after the timeout', async () => {
    const { calls } = await callsOf(withoutRetries({ attemptTimeoutMs: 500 }), () => silent, 0);
    expect(calls).toMatchObject([{ attempts: 1, end: 'TimeoutError', endedAt: 500 }]);
  });
});

describe('retryingClient', () => {
  test.each([500, 503, 429])(
    'repeats a %i as often as it may, and gives the last one',
    async (status) => {
      const { calls } = await callsOf(retryingClient(SETTINGS), failing(status), 0);
      expect(calls).toMatchObject([{ attempts: 3, end: String(status), answered: false }]);
    },
  );

  test('does not repeat a 404', async () => {
    const { calls } = await callsOf(retryingClient(SETTINGS), failing(404), 0);
    expect(calls).toMatchObject([{ attempts: 1, end: '404' }]);
  });

  test('waits at most twice as long each time', async () => {
    const { attempts } = await callsOf(retryingClient(SETTINGS), failing(500), 0);
    const [first = 0, second = 0, third = 0] = attempts.map(({ sentAt }) => sentAt);
    expect(second - first).toBeLessThan(101.1);
    expect(third - second).toBeLessThan(201.1);
  });
});

describe('breakingClient', () => {
  const breaking = breakingClient({ ...SETTINGS, maxRetries: 0, minimumCalls: 3, openMs: 4_500 });

  test('opens at its share of failures, refuses everybody, then sends one probe', async () => {
    const { attempts, calls } = await callsOf(breaking, failing(500), 12_000);
    // Three failures at 0, 1 and 2 s; open until 6.5 s; the probe of 7 s fails.
    expect(attempts.map(({ sentAt }) => sentAt)).toEqual([0, 1_000, 2_000, 7_000, 12_000]);
    expect(calls[4]).toMatchObject({ attempts: 0, end: 'CircuitOpen' });
  });

  test('closes when the probe is answered', async () => {
    const { attempts } = await callsOf(
      breaking,
      (world) => (_request, reply) => reply({ status: world.now < 5_000 ? 500 : 200 }),
      10_000,
    );
    expect(attempts.map(({ sentAt }) => sentAt)).toEqual([
      0, 1_000, 2_000, 7_000, 8_000, 9_000, 10_000,
    ]);
  });

  test('names an option that is out of its range', () => {
    expect(() => breakingClient({ ...SETTINGS, failureRatio: 2 })).toThrow(
      /breakingClient\.failureRatio must be a number above 0 and at most 1/,
    );
  });
});
