import { describe, expect, test } from '@jest/globals';
import { pipeline, resilientFetch, retry, timeout } from '../../../src/index.ts';
import {
  answering,
  answersIn,
  blackHole,
  closedLoad,
  delayServer,
  during,
  fetchTo,
  HINTS,
  instantServer,
  limited,
  poissonLoad,
  queueServer,
  refusing,
  silent,
  simulatedWorld,
  startFleet,
  steadyLoad,
  tokenBucketLimit,
  UNAVAILABLE,
  type ClientParts,
  type FleetOptions,
  type Server,
  type World,
} from '../../../src/simulator.ts';

const URL = 'https://api.example.com/things';
const bare = ({ fetch }: ClientParts) => fetch;
const holdfast = ({ fetch, clock, random }: ClientParts) =>
  resilientFetch(fetch, { clock, random, attemptTimeoutMs: 1_000 });

/** Twenty processes through an outage of five seconds. */
async function outage(seed: number) {
  const world = simulatedWorld({ seed });
  const period = { fromMs: 5_000, untilMs: 10_000 };
  const server = blackHole(world, period, queueServer(world, { ratePerSecond: 300 }));
  const load = poissonLoad(world, { ratePerSecond: 200 });
  const fleet = startFleet(world, { clients: 20, makeClient: holdfast, server, load });
  await world.run(20_000);
  return fleet;
}

async function fleetOf(
  options: (world: World) => Omit<FleetOptions, 'makeClient' | 'server'> & {
    makeClient?: FleetOptions['makeClient'];
    server?: Server;
  },
  seconds = 10,
) {
  const world = simulatedWorld();
  const fleet = startFleet(world, { makeClient: bare, server: instantServer, ...options(world) });
  await world.run(seconds * 1_000);
  return fleet;
}

describe('a fleet', () => {
  test('does the same again with the same seed, and other things with another', async () => {
    const [first, second, other] = [await outage(1), await outage(1), await outage(2)];
    expect(first.calls.length).toBeGreaterThan(3_500);
    expect(second.calls).toEqual(first.calls);
    expect(second.attempts).toEqual(first.attempts);
    expect(other.calls).not.toEqual(first.calls);
  });

  test('has the same load whatever the client does', async () => {
    const startsOf = async (makeClient: FleetOptions['makeClient']) => {
      const { calls } = await fleetOf((world) => ({
        clients: 5,
        makeClient,
        server: answering(world, UNAVAILABLE),
        load: poissonLoad(world, { ratePerSecond: 50 }),
      }));
      return calls.map(({ startedAt, client }) => [startedAt, client]);
    };
    expect(await startsOf(holdfast)).toEqual(await startsOf(bare));
  });

  test('gives clients the shares of their weights', async () => {
    const { calls } = await fleetOf((world) => ({
      clients: 3,
      weight: (client) => [1, 2, 7][client] ?? 0,
      load: steadyLoad(world, { ratePerSecond: 1_000 }),
    }));
    const share = (client: number) =>
      calls.filter((call) => call.client === client).length / calls.length;
    expect(share(0)).toBeCloseTo(0.1, 1);
    expect(share(2)).toBeCloseTo(0.7, 1);
  });

  test('sends the requests that it is told to send', async () => {
    const seen: string[] = [];
    const server: Server = ({ url, method, client }, reply) => {
      seen.push(`${client} ${method} ${url}`);
      reply({ status: 200 });
    };
    await fleetOf((world) => ({
      server,
      load: steadyLoad(world, { ratePerSecond: 1, untilMs: 1_000 }),
      request: (call) => ({ url: `${URL}/${call}`, init: { method: 'PUT' } }),
    }));
    expect(seen).toEqual([`0 PUT ${URL}/0`, `0 PUT ${URL}/1`]);
  });

  test('says how calls ended', async () => {
    const { calls } = await fleetOf((world) => ({
      server: during(
        world,
        { fromMs: 500, untilMs: 1_500 },
        refusing(world),
        during(
          world,
          { fromMs: 1_500, untilMs: 2_500 },
          answering(world, UNAVAILABLE),
          instantServer,
        ),
      ),
      load: steadyLoad(world, { ratePerSecond: 1, untilMs: 2_000 }),
    }));
    expect(calls.map(({ answered, end }) => `${answered} ${end}`)).toEqual([
      'true 200',
      'false TypeError',
      'false 503',
    ]);
  });

  test('refuses wrong options by name', () => {
    const world = simulatedWorld();
    const load = steadyLoad(world, { ratePerSecond: 1 });
    const options = { makeClient: bare, server: instantServer, load };
    expect(() => startFleet(world, { ...options, clients: 0 })).toThrow(/startFleet.clients/);
    expect(() => poissonLoad(world, { ratePerSecond: () => 1 })).toThrow(/maxRatePerSecond/);
  });
});

describe('a load', () => {
  test('of Poisson has the rate of its moment', async () => {
    const { calls } = await fleetOf((world) => ({
      load: poissonLoad(world, {
        ratePerSecond: (nowMs) => (nowMs < 5_000 ? 200 : 800),
        maxRatePerSecond: 800,
      }),
    }));
    const before = calls.filter(({ startedAt }) => startedAt < 5_000).length;
    expect(Math.abs(before - 1_000)).toBeLessThan(4 * Math.sqrt(1_000));
    expect(Math.abs(calls.length - before - 4_000)).toBeLessThan(4 * Math.sqrt(4_000));
  });

  test('of a beat has one gap, and ends at its end', async () => {
    const { calls } = await fleetOf((world) => ({
      load: steadyLoad(world, { ratePerSecond: 4, fromMs: 100, untilMs: 1_000 }),
    }));
    expect(calls.map(({ startedAt }) => startedAt)).toEqual([100, 350, 600, 850]);
  });

  test('of callers has one call of each at a time', async () => {
    const { calls } = await fleetOf((world) => ({
      clients: 2,
      server: delayServer(world, 100),
      load: closedLoad(world, { callers: 4, pauseMs: 25 }),
    }));
    // One every 125 ms, the one at 10,000 ms included.
    expect(calls.length).toBe(4 * 81);
    expect(new Set(calls.map(({ caller, client }) => `${caller} of ${client}`))).toEqual(
      new Set(['0 of 0', '1 of 1', '2 of 0', '3 of 1']),
    );
  });

  test('of callers lets time pass between calls that end at once', async () => {
    const { calls } = await fleetOf((world) => ({ load: closedLoad(world, { callers: 1 }) }), 1);
    expect(calls.length).toBe(11);
  });
});

describe('the real library in a world', () => {
  test('waits for hints in virtual time', async () => {
    const world = simulatedWorld();
    const limit = tokenBucketLimit({ ratePerSecond: 0.1, burst: 1 });
    const server = limited(world, { limit, hint: HINTS.roundedUp }, instantServer);
    const sent: number[] = [];
    const inner = fetchTo(world, server, { onAttempt: ({ sentAt }) => sent.push(sentAt) });
    const fetch = resilientFetch(inner, { clock: world.clock, random: world.randomOf('client') });
    world.at(0, () => void fetch(URL));
    const second = new Promise<Response>((resolve) => {
      world.at(2_000, () => void fetch(URL).then(resolve));
    });
    await world.run(60_000);
    expect((await second).status).toBe(200);
    expect(sent[1]).toBe(2_000);
    expect(sent[2]).toBeGreaterThanOrEqual(10_000);
    expect(sent[2]).toBeLessThan(12_000);
    expect(sent.length).toBe(3);
  });

  test('gives an attempt up when its time is up', async () => {
    const { calls, attempts } = await fleetOf((world) => ({
      makeClient: holdfast,
      server: silent,
      load: steadyLoad(world, { ratePerSecond: 1, untilMs: 0 }),
    }));
    expect(attempts[0]?.sentAt).toBe(0);
    expect(attempts[1]?.sentAt).toBeGreaterThanOrEqual(1_000);
    expect(calls[0]).toMatchObject({ end: 'timeout', attempts: attempts.length });
  });

  test('ends a call when its caller leaves', async () => {
    const world = simulatedWorld();
    const fetch = resilientFetch(fetchTo(world, silent), { clock: world.clock });
    const controller = new AbortController();
    const ended = fetch(URL, { signal: controller.signal }).catch((error: unknown) => ({
      error,
      at: world.now,
    }));
    world.at(700, () => controller.abort());
    await world.run(1_000);
    expect(await ended).toMatchObject({ error: { name: 'AbortError' }, at: 700 });
    expect(world.pendingEvents).toBe(0);
  });

  test('lets a retry without a wait go first', async () => {
    const world = simulatedWorld();
    const sent: number[] = [];
    const policy = pipeline(
      retry({ maxRetries: 3, baseDelayMs: 0, clock: world.clock }),
      timeout({ timeoutMs: 1_000, clock: world.clock }),
    );
    world.at(10, () => {
      const operation = async () => {
        sent.push(world.now);
        throw Object.assign(new Error('no'), { code: 'ECONNREFUSED' });
      };
      policy.execute(operation).catch(() => {});
    });
    world.at(10.001, () => sent.push(-1));
    await world.run(20);
    expect(sent).toEqual([10, 10, 10, 10, -1]);
  });

  test('answers all that a healthy server can', async () => {
    const { calls } = await fleetOf((world) => ({
      clients: 10,
      makeClient: holdfast,
      networkMs: 10,
      server: queueServer(world, { ratePerSecond: 300 }),
      load: poissonLoad(world, { ratePerSecond: 100, untilMs: 9_000 }),
    }));
    expect(answersIn(calls)).toBe(calls.length);
  });
});
