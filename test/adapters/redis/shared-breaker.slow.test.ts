import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { BreakerFleet, type BreakerFleetOptions } from './breaker-fleet-under-test.ts';
import { hasRedis, pause, startRedis, type RedisServer } from './redis-server.ts';

const onRedis = hasRedis() ? describe : describe.skip;

/** Within this time after the store has recovered every member takes part again. */
const REJOINED_MS = 2000;

onRedis('a circuit over several members on a real Redis', () => {
  let server: RedisServer;
  let fleet: BreakerFleet | undefined;
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);

  beforeEach(async () => {
    process.on('unhandledRejection', note);
    server = await startRedis('--enable-debug-command', 'local');
  });
  afterEach(async () => {
    fleet?.end();
    fleet = undefined;
    await server.close();
    process.off('unhandledRejection', note);
    const [first] = unhandled.splice(0);
    if (first !== undefined) throw new Error('a rejection that nobody heard', { cause: first });
  });

  const start = async (options: Partial<BreakerFleetOptions> = {}): Promise<BreakerFleet> => {
    fleet = new BreakerFleet({ port: server.port, members: 12, everyMs: 400, ...options });
    expect(await fleet.comesTo(({ isJoined }) => isJoined, 5000)).toBe(true);
    await pause(1000);
    return fleet;
  };
  const all = (state: string) => (running: BreakerFleet) =>
    running.states.every((one) => one === state);

  test('opens for all when each has seen a failure or two, and closes for all', async () => {
    const running = await start();
    running.mood = 'refuses';
    const brokeAt = performance.now();
    expect(await running.comesTo(all('open'), 4000)).toBe(true);
    // Alone each would have to see eight errors, which takes more than three seconds.
    const most = Math.max(
      ...running.members.map(
        ({ ended }) => ended.filter(({ at, how }) => at >= brokeAt && how === 'failed').length,
      ),
    );
    expect(most).toBeLessThan(6);
    // Probes of all together; each by itself would send one or two a second.
    const from = running.attempts.length;
    await pause(3000);
    expect(running.attempts.length - from).toBeGreaterThanOrEqual(3);
    expect(running.attempts.length - from).toBeLessThanOrEqual(20);
    running.mood = 'answers';
    expect(await running.comesTo(all('closed'), 4000)).toBe(true);
    const backAt = performance.now();
    await pause(1000);
    expect(running.endedSince(backAt + 100).every(({ how }) => how === 'answered')).toBe(true);
  });

  test('stays closed for the others where one member’s network is broken', async () => {
    const running = await start();
    const [broken, ...others] = running.members;
    broken!.isCutOff = true;
    const brokeAt = performance.now();
    await pause(6000);
    expect(running.states[0]).toBe('open');
    expect(running.states.slice(1)).toEqual(others.map(() => 'closed'));
    const endings = others.flatMap(({ ended }) => ended.filter(({ at }) => at >= brokeAt));
    expect(endings.every(({ how }) => how === 'answered')).toBe(true);
  });

  test.each([
    [
      'killed and back empty',
      async (redis: RedisServer) => {
        await redis.kill();
        await pause(1500);
        await redis.start();
      },
    ],
    [
      'frozen',
      async (redis: RedisServer) => {
        redis.freeze();
        await pause(1500);
        redis.thaw();
      },
    ],
    [
      'told to pause',
      async (redis: RedisServer) => {
        await redis.ask('CLIENT', 'PAUSE', '1500', 'ALL');
        await pause(1500);
      },
    ],
    ['emptied', async (redis: RedisServer) => void (await redis.ask('FLUSHALL'))],
    [
      'told to forget its scripts',
      async (redis: RedisServer) => void (await redis.ask('SCRIPT', 'FLUSH')),
    ],
  ])('keeps calls going while the store is %s, also in an outage', async (what, fault) => {
    const running = await start();
    const from = performance.now();
    await fault(server);
    expect(await running.comesTo(({ isJoined }) => isJoined, REJOINED_MS)).toBe(true);
    await pause(500);
    const healthy = running.endedSince(from);
    expect(healthy.every(({ how }) => how === 'answered')).toBe(true);
    // No call has waited for the store.
    expect(healthy.length).toBeGreaterThan(0);
    expect(healthy.every(({ heldMs }) => heldMs < 100)).toBe(true);

    running.mood = 'refuses';
    expect(await running.comesTo(all('open'), 6000)).toBe(true);
    const openSince = performance.now();
    const attempts = running.attempts.length;
    await fault(server);
    expect(await running.comesTo(({ isJoined }) => isJoined, REJOINED_MS + 1000)).toBe(true);
    await pause(1000);
    expect(all('open')(running)).toBe(true);
    // Alone each probes by itself, and nobody rushes.
    const seconds = (performance.now() - openSince) / 1000;
    expect(running.attempts.length - attempts).toBeLessThan(12 * 4 * seconds);
    expect(running.endedSince(openSince).every(({ tookMs }) => tookMs < 4000)).toBe(true);
    running.mood = 'answers';
    expect(await running.comesTo(all('closed'), 6000)).toBe(true);
    if (what !== 'emptied') expect(running.eventsOf('store-error')).not.toEqual([]);
  });

  test('is local where the store is down at the start, and shared when it comes', async () => {
    await server.kill();
    const running = (fleet = new BreakerFleet({ port: server.port, members: 3, everyMs: 50 }));
    await pause(1500);
    const first = running.endedSince(0);
    expect(first.every(({ how }) => how === 'answered')).toBe(true);
    running.mood = 'refuses';
    expect(await running.comesTo(all('open'), 3000)).toBe(true);
    running.mood = 'answers';
    expect(await running.comesTo(all('closed'), 4000)).toBe(true);
    await server.start();
    expect(await running.comesTo(({ isJoined }) => isJoined, REJOINED_MS)).toBe(true);
    expect(running.eventsOf('store-recovered')).toHaveLength(3);
  });

  test('costs the store next to nothing while all are answered', async () => {
    const running = await start({ members: 4, everyMs: 10 });
    const commandsSoFar = async () =>
      Number(/evalsha:calls=(\d+)/.exec(await server.ask('INFO', 'commandstats'))?.[1] ?? 0);
    const before = await commandsSoFar();
    const calls = running.attempts.length;
    await pause(4000);
    expect(running.attempts.length - calls).toBeGreaterThan(400);
    // Each reports once in two seconds; on a busy machine an attempt may time out, which is reported.
    expect((await commandsSoFar()) - before).toBeLessThanOrEqual(4 * 6);
  });
});
