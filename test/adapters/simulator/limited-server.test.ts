import { describe, expect, test } from '@jest/globals';
import {
  announcedByRateLimit,
  announcedByXRateLimit,
  banning,
  delayServer,
  fetchTo,
  HINTS,
  instantServer,
  limited,
  serverConcurrencyLimit,
  simulatedWorld,
  tokenBucketLimit,
  type LimitedOptions,
  type Server,
  type World,
} from '../../../src/simulator.ts';

const URL = 'https://api.example.com/things';

/** Statuses and headers of requests at these moments. */
async function answersAt(world: World, server: Server, moments: readonly number[]) {
  const fetch = fetchTo(world, server);
  const answers: { status: number; headers: Record<string, string> }[] = [];
  for (const moment of moments) {
    world.at(moment, () => {
      void fetch(URL).then(({ status, headers }) => {
        answers.push({ status, headers: Object.fromEntries(headers) });
      });
    });
  }
  await world.run((moments.at(-1) ?? 0) + 10_000);
  return answers;
}

function answersOf(options: Omit<LimitedOptions, 'limit'>, moments: readonly number[]) {
  const world = simulatedWorld();
  const limit = tokenBucketLimit({ ratePerSecond: 0.8, burst: 2 });
  return answersAt(world, limited(world, { limit, ...options }, instantServer), moments);
}

describe('a limited server', () => {
  test('throttles what the limit does not accept', async () => {
    const answers = await answersOf({}, [0, 0, 0, 1_250]);
    expect(answers).toEqual([
      { status: 200, headers: {} },
      { status: 200, headers: {} },
      { status: 429, headers: {} },
      { status: 200, headers: {} },
    ]);
  });

  test.each([
    ['none', undefined],
    ['exact', '1.25'],
    ['roundedUp', '2'],
    ['constantMinute', '60'],
    ['milliseconds', '1250'],
    ['zero', '0'],
  ] as const)('gives the hint %s', async (name, expected) => {
    const answers = await answersOf({ hint: HINTS[name] }, [0, 0, 0]);
    expect(answers.map(({ headers }) => headers['retry-after'])).toEqual([
      undefined,
      undefined,
      expected,
    ]);
  });

  test('announces its limit as the draft does', async () => {
    const [, second, third] = await answersOf({ announce: announcedByRateLimit }, [0, 250, 250]);
    expect(second?.headers).toEqual({
      ratelimit: '"default";r=0;t=3',
      'ratelimit-policy': '"default";q=2;w=3',
    });
    expect(third).toMatchObject({ status: 429, headers: { ratelimit: '"default";r=0;t=3' } });
  });

  test.each([
    ['exact', '1.25'],
    ['whole-seconds', '2'],
  ] as const)('announces its limit as x-ratelimit does, with %s', async (precision, reset) => {
    const [first] = await answersOf({ announce: announcedByXRateLimit(precision) }, [0]);
    expect(first?.headers).toEqual({
      'x-ratelimit-limit': '2',
      'x-ratelimit-remaining': '1',
      'x-ratelimit-reset': reset,
    });
  });

  test('frees a place of a concurrency limit with the answer', async () => {
    const world = simulatedWorld();
    const limit = serverConcurrencyLimit(1);
    const server = limited(world, { limit }, delayServer(world, 100));
    const answers = await answersAt(world, server, [0, 50, 101]);
    // In the order in which they came.
    expect(answers.map(({ status }) => status)).toEqual([429, 200, 200]);
  });
});

describe('a server that bans', () => {
  test('answers nothing but the ban after too many calls while throttled', async () => {
    const world = simulatedWorld();
    const limit = tokenBucketLimit({ ratePerSecond: 1, burst: 1 });
    const server = banning(
      world,
      { afterThrottles: 2, banMs: 30_000, status: 403, hint: HINTS.exact },
      limited(world, { limit }, instantServer),
    );
    const answers = await answersAt(world, server, [0, 1, 2, 3, 5_000, 30_002, 30_004]);
    expect(answers.map(({ status }) => status)).toEqual([200, 429, 429, 429, 403, 403, 200]);
    expect(answers[4]?.headers).toEqual({ 'retry-after': '25.003' });
  });

  test('forgets throttles that are long past', async () => {
    const world = simulatedWorld();
    const limit = tokenBucketLimit({ ratePerSecond: 1e-6, burst: 1 });
    const server = banning(
      world,
      { afterThrottles: 2, withinMs: 1_000, banMs: 30_000, status: 403 },
      limited(world, { limit }, instantServer),
    );
    const answers = await answersAt(world, server, [0, 1, 2, 2_000, 2_001, 4_000]);
    expect(answers.map(({ status }) => status)).toEqual([200, 429, 429, 429, 429, 429]);
  });
});
