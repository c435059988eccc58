import { describe, expect, test } from '@jest/globals';
import {
  answering,
  answersIn,
  attemptsPerCall,
  blackHole,
  byCredential,
  byPath,
  callsFrom,
  collapsingServer,
  delayServer,
  during,
  failing,
  fetchTo,
  instantServer,
  latenciesOf,
  OK,
  pausing,
  poissonLoad,
  queueServer,
  refusing,
  silent,
  simulatedWorld,
  startFleet,
  UNAVAILABLE,
  type Fleet,
  type Server,
  type World,
} from '../../../src/simulator.ts';

const URL = 'https://api.example.com/things';

/** A fleet of one client that has no protection, under a random load, run for so long. */
async function underLoad(
  makeServer: (world: World) => Server,
  { ratePerSecond, seconds, seed = 1 }: { ratePerSecond: number; seconds: number; seed?: number },
): Promise<Fleet> {
  const world = simulatedWorld({ seed });
  const load = poissonLoad(world, { ratePerSecond });
  const makeClient = ({ fetch }: { fetch: typeof globalThis.fetch }) => fetch;
  const fleet = startFleet(world, { makeClient, server: makeServer(world), load });
  await world.run(seconds * 1_000);
  return fleet;
}

const meanOf = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** How far apart two values are, as the larger over the smaller. */
const ratioTo = (value: number, expected: number) => Math.max(value / expected, expected / value);

/** What a bare fetch at this moment gives, and when. */
async function answerAt(
  world: World,
  server: Server,
  moment: number,
  init?: RequestInit & { url?: string },
): Promise<{ status?: number; error?: unknown; at: number }> {
  const fetch = fetchTo(world, server);
  let seen: { status?: number; error?: unknown; at: number } | undefined;
  world.at(moment, () => {
    fetch(init?.url ?? URL, init).then(
      ({ status }) => (seen = { status, at: world.now }),
      (error: unknown) => (seen = { error, at: world.now }),
    );
  });
  await world.run(moment + 100_000);
  if (seen === undefined) throw new Error('there was no answer');
  return seen;
}

describe('a queue server', () => {
  test('has the mean time of an M/M/1 queue', async () => {
    // Theory: 1 ÷ (capacity − load) = 1 ÷ (100 − 70) s.
    const { calls } = await underLoad((world) => queueServer(world, { ratePerSecond: 100 }), {
      ratePerSecond: 70,
      seconds: 400,
    });
    expect(ratioTo(meanOf(latenciesOf(calls)), 1_000 / 30)).toBeLessThan(1.1);
  });

  test('has the mean time of an M/D/1 queue where work is always the same', async () => {
    // Theory: service 10 ms, and a wait of rho ÷ (2 (1 − rho)) services.
    const { calls } = await underLoad(
      (world) => queueServer(world, { ratePerSecond: 100, work: () => 1 }),
      { ratePerSecond: 70, seconds: 400 },
    );
    const expected = 10 + (10 * 0.7) / (2 * 0.3);
    expect(ratioTo(meanOf(latenciesOf(calls)), expected)).toBeLessThan(1.05);
  });

  test('answers as many as it can under overload', async () => {
    const { calls } = await underLoad((world) => queueServer(world, { ratePerSecond: 50 }), {
      ratePerSecond: 100,
      seconds: 100,
    });
    expect(ratioTo(answersIn(calls), 50 * 100)).toBeLessThan(1.03);
  });

  test('works at each capacity from its moment on, standing still included', async () => {
    const { calls } = await underLoad(
      (world) =>
        queueServer(world, {
          ratePerSecond: [
            [0, 100],
            [10_000, 0],
            [20_000, 200],
            [30_000, 100],
          ],
          work: () => 1,
        }),
      { ratePerSecond: 95, seconds: 40 },
    );
    expect(answersIn(calls, { fromMs: 10_001, untilMs: 20_000 })).toBe(0);
    expect(answersIn(calls, { fromMs: 20_000, untilMs: 29_000 })).toBeCloseTo(1_800, -1);
  });

  test('answers 503 at once where too many wait', async () => {
    const { calls, attempts } = await underLoad(
      (world) => queueServer(world, { ratePerSecond: 10, maxWaiting: 3, work: () => 1 }),
      { ratePerSecond: 30, seconds: 60 },
    );
    const refused = calls.filter(({ end }) => end === '503');
    expect(ratioTo(refused.length / calls.length, 2 / 3)).toBeLessThan(1.05);
    expect(refused.every(({ startedAt, endedAt }) => endedAt === startedAt)).toBe(true);
    expect(Math.max(...latenciesOf(calls))).toBeLessThanOrEqual(400);
    expect(attempts.length).toBe(calls.length);
  });

  test('goes on working for a client that has given up', async () => {
    const world = simulatedWorld();
    const fetch = fetchTo(world, queueServer(world, { ratePerSecond: 1, work: () => 1 }));
    const left = new AbortController();
    const gaveUp = fetch(URL, { signal: left.signal }).catch(() => world.now);
    world.at(10, () => left.abort(new Error('enough')));
    const second = fetch(URL).then(() => world.now);
    await world.run(5_000);
    expect(await gaveUp).toBe(10);
    expect(await second).toBe(2_000);
  });
});

describe('a server that slows down', () => {
  test('adds the requests in it to the latency', async () => {
    const world = simulatedWorld();
    const fetch = fetchTo(world, collapsingServer(world));
    const ends: number[] = [];
    for (let count = 0; count < 3; count += 1) void fetch(URL).then(() => ends.push(world.now));
    await world.run(5_000);
    expect(ends).toEqual([1_010, 1_020, 1_030]);
  });

  test('takes the latency of its moment', async () => {
    const world = simulatedWorld();
    const server = delayServer(world, (_random, nowMs) => (nowMs < 50_000 ? 20 : 400));
    expect(await answerAt(world, server, 49_000)).toEqual({ status: 200, at: 49_020 });
    expect(await answerAt(world, server, 150_000)).toEqual({ status: 200, at: 150_400 });
  });
});

describe('faults', () => {
  test('a black hole delivers what it held at its end, in order', async () => {
    const world = simulatedWorld();
    const period = { fromMs: 1_000, untilMs: 3_000 };
    const server = blackHole(world, period, delayServer(world, 10));
    const fetch = fetchTo(world, server);
    const ends: string[] = [];
    for (const moment of [500, 1_000, 2_000, 3_000]) {
      world.at(moment, () => void fetch(URL).then(() => ends.push(`${moment} ${world.now}`)));
    }
    await world.run(5_000);
    expect(ends).toEqual(['500 510', '1000 3010', '2000 3010', '3000 3010']);
  });

  test('a refused connection rejects as that of Node does', async () => {
    const world = simulatedWorld();
    const { error, at } = await answerAt(world, refusing(world), 5);
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ message: 'fetch failed', cause: { code: 'ECONNREFUSED' } });
    expect(at).toBe(6);
  });

  test('a period has one server, all other times another', async () => {
    const world = simulatedWorld();
    const period = { fromMs: 1_000, untilMs: 2_000 };
    const server = during(world, period, answering(world, UNAVAILABLE), instantServer);
    expect(await answerAt(world, server, 1_999)).toEqual({ status: 503, at: 2_000 });
    expect(await answerAt(world, server, 200_000)).toEqual({ status: 200, at: 200_000 });
  });

  test('a pause holds requests and answers back to its end', async () => {
    const world = simulatedWorld();
    const server = pausing(world, { everyMs: 5_000, lengthMs: 500 }, delayServer(world, 20));
    expect(await answerAt(world, server, 5_100)).toMatchObject({ at: 5_520 });
    expect(await answerAt(world, server, 199_990)).toMatchObject({ at: 200_500 });
  });

  test('failures by chance have their share, each independent of the last', async () => {
    const { calls } = await underLoad(
      (world) => failing(world, { share: 0.2 }, delayServer(world, 10)),
      { ratePerSecond: 100, seconds: 200 },
    );
    const ends = callsFrom(calls, { untilMs: 199_000 }).map(({ answered }) => answered);
    const failures = ends.filter((answered) => !answered).length;
    expect(ratioTo(failures / ends.length, 0.2)).toBeLessThan(1.05);
    const inARow = ends.filter((answered, index) => !answered && ends[index - 1] === false).length;
    expect(ratioTo(inARow / failures, 0.2)).toBeLessThan(1.1);
  });

  test('silent failures never end', async () => {
    const { calls } = await underLoad(
      (world) => failing(world, { share: () => 0.5, as: 'silence' }, instantServer),
      { ratePerSecond: 10, seconds: 100 },
    );
    const open = calls.filter(({ endedAt }) => endedAt === undefined).length;
    expect(ratioTo(open / calls.length, 0.5)).toBeLessThan(1.1);
  });
});

describe('wrong options of a server', () => {
  const world = simulatedWorld();
  test.each([
    [() => queueServer(world, { ratePerSecond: -1 }), /queueServer.ratePerSecond/],
    [() => queueServer(world, { ratePerSecond: 1, maxWaiting: 0.5 }), /queueServer.maxWaiting/],
    [() => failing(world, { share: 2 }, instantServer), /failing.share/],
    [() => pausing(world, { everyMs: 5, lengthMs: 0 }, instantServer), /pausing.lengthMs/],
    [() => fetchTo(world, silent, { networkMs: -1 }), /fetchTo.networkMs/],
  ])('are refused by name: %#', (make, message) => {
    expect(make).toThrow(message);
  });
});

describe('a host', () => {
  test('has servers for paths', async () => {
    const world = simulatedWorld();
    const server = byPath({ '/bad': answering(world, UNAVAILABLE) }, instantServer);
    const url = 'https://api.example.com/bad?q=1';
    expect(await answerAt(world, server, 1, { url })).toMatchObject({ status: 503 });
    expect(await answerAt(world, server, 200_000)).toMatchObject({ status: 200 });
  });

  test('has servers for credentials', async () => {
    const world = simulatedWorld();
    const server = byCredential({ 'Bearer a': answering(world, UNAVAILABLE) }, instantServer);
    const headers = { Authorization: 'Bearer a' };
    expect(await answerAt(world, server, 1, { headers })).toMatchObject({ status: 503 });
    expect(await answerAt(world, server, 200_000)).toMatchObject({ status: 200 });
  });
});

describe('the fetch to a server', () => {
  test('gives a real response after the network has carried both ways', async () => {
    const world = simulatedWorld();
    const server: Server = (_request, reply) => {
      reply({ ...OK, headers: { 'x-one': '1' }, body: '{"a":1}' });
    };
    const fetch = fetchTo(world, server, { networkMs: 25 });
    const given = fetch(URL).then(async (response) => ({
      at: world.now,
      isReal: response instanceof Response,
      header: response.headers.get('x-one'),
      body: await response.json(),
    }));
    await world.run(100);
    expect(await given).toEqual({ at: 50, isReal: true, header: '1', body: { a: 1 } });
  });

  test('rejects with the reason of the signal, at its moment, and sends nothing after it', async () => {
    const world = simulatedWorld();
    const sent: number[] = [];
    const fetch = fetchTo(world, silent, { onAttempt: ({ sentAt }) => sent.push(sentAt) });
    const controller = new AbortController();
    const { signal } = controller;
    const reason = new Error('enough');
    const first = fetch(URL, { signal }).catch((error: unknown) => ({ error, at: world.now }));
    world.at(30, () => controller.abort(reason));
    await world.run(100);
    expect(await first).toEqual({ error: reason, at: 30 });
    await expect(fetch(URL, { signal })).rejects.toBe(reason);
    expect(sent).toEqual([0]);
  });

  test('records each attempt with the answer that the server gave', async () => {
    const { calls, attempts } = await underLoad((world) => delayServer(world, 10), {
      ratePerSecond: 10,
      seconds: 10,
    });
    expect(attempts[0]).toMatchObject({ client: 0, url: URL, status: 200 });
    expect((attempts[0]?.answeredAt ?? 0) - (attempts[0]?.sentAt ?? 0)).toBeCloseTo(10);
    expect(attemptsPerCall({ calls, attempts })).toBe(1);
    expect(calls.every((call) => call.attempts === 1)).toBe(true);
  });
});
