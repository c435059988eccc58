import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Fleet, type FleetOptions } from './fleet-under-test.ts';
import { hasRedis, pause, startRedis, type RedisServer } from './redis-server.ts';
import { slowNetwork } from './slow-network.ts';

const onRedis = hasRedis() ? describe : describe.skip;

const RATE = 500;
const BURST = 25;
const MEMBERS = 3;
/** Within this time after the store has recovered every member takes part again. */
const REJOINED_MS = 2000;

onRedis('a limit over three members, under more calls than it lets through', () => {
  let server: RedisServer;
  let fleet: Fleet | undefined;
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);

  beforeEach(async () => {
    process.on('unhandledRejection', note);
    server = await startRedis('--enable-debug-command', 'local');
  });
  afterEach(async () => {
    await fleet?.end();
    fleet = undefined;
    await server.close();
    process.off('unhandledRejection', note);
    const [first] = unhandled.splice(0);
    if (first !== undefined) throw new Error('a rejection that nobody heard', { cause: first });
  });

  const start = (options: Partial<FleetOptions> = {}) =>
    (fleet = new Fleet({
      port: server.port,
      members: MEMBERS,
      demandPerSecond: 1.5 * RATE,
      ratePerSecond: RATE,
      burst: BURST,
      ...options,
    }));

  /** What must hold after any fault: nobody was refused, calls go on, and the limit was kept. */
  function expectAsAgreed(running: Fleet, overshoot: number): void {
    expect(running.failures).toEqual([]);
    for (const windowMs of [100, 500, 1000, 3000]) {
      expect(running.overshootIn(windowMs)).toBeLessThanOrEqual(overshoot);
    }
  }
  /** The largest share of the limit that is used in one of eight seconds: a busy machine loses moments. */
  const usedAfterwards = async (running: Fleet): Promise<number> => {
    let most = 0;
    for (let second = 0; second < 8 && most < 0.9; second += 1) {
      const from = performance.now();
      await pause(1000);
      most = Math.max(most, running.shareUsed(RATE, from, from + 1000));
    }
    return most;
  };

  // A member that has lost the store begins with its share while leases of the others last a little
  // longer, and on a busy machine a call notes its start late: once more the burst is allowed.
  const SHARE_OVERLAP = BURST;

  test('without a fault, uses the limit and stays within it', async () => {
    // On a busy machine an answer may be read late, which is no fault of the store.
    const running = start({ storeTimeoutMs: 2000 });
    await pause(1500);
    expect(await usedAfterwards(running)).toBeGreaterThanOrEqual(0.9);
    expectAsAgreed(running, 3 + running.lateTokens);
    expect(running.eventsOf('store-error')).toEqual([]);
  });

  test('goes on with shares where the store is down at the start, and joins it later', async () => {
    await server.kill();
    const running = start({ expectedMembers: MEMBERS });
    await pause(2000);
    expect(
      running.shareUsed(RATE, running.begunAt + 500, running.begunAt + 2000),
    ).toBeGreaterThanOrEqual(0.9);
    await server.start();
    expect(await running.joined(REJOINED_MS)).toBe(true);
    expect(await usedAfterwards(running)).toBeGreaterThanOrEqual(0.6);
    expectAsAgreed(running, SHARE_OVERLAP);
  });

  test('goes on where the store is killed, and where it comes back empty', async () => {
    const running = start();
    await pause(1000);
    await server.kill();
    const killedAt = performance.now();
    await pause(1500);
    // Within the time-out some waited; then each has its share.
    expect(running.shareUsed(RATE, killedAt, killedAt + 1500)).toBeGreaterThanOrEqual(0.75);
    await server.start();
    expect(await running.joined(REJOINED_MS)).toBe(true);
    expect(running.eventsOf('store-recovered').length).toBeGreaterThanOrEqual(MEMBERS);
    await pause(500);
    expect(await usedAfterwards(running)).toBeGreaterThanOrEqual(0.9);
    expectAsAgreed(running, SHARE_OVERLAP);
  });

  test.each([
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
    [
      'asleep',
      async (redis: RedisServer) => {
        redis.ask('DEBUG', 'SLEEP', '1.5').catch(() => {});
        await pause(1500);
      },
    ],
    [
      'a replica, which takes no writes',
      async (redis: RedisServer) => {
        await redis.ask('REPLICAOF', '127.0.0.1', '1');
        await pause(1500);
        await redis.ask('REPLICAOF', 'NO', 'ONE');
      },
    ],
    [
      'out of memory',
      async (redis: RedisServer) => {
        await redis.ask('CONFIG', 'SET', 'maxmemory', '1');
        await pause(1500);
        await redis.ask('CONFIG', 'SET', 'maxmemory', '0');
      },
    ],
  ])('goes on while the store is %s', async (_what, fault) => {
    const running = start();
    await pause(1000);
    const from = performance.now();
    await fault(server);
    expect(running.shareUsed(RATE, from, performance.now())).toBeGreaterThanOrEqual(0.7);
    expect(await running.joined(REJOINED_MS)).toBe(true);
    await pause(500);
    expect(await usedAfterwards(running)).toBeGreaterThanOrEqual(0.9);
    expectAsAgreed(running, SHARE_OVERLAP);
    expect(running.eventsOf('store-error').length).toBeGreaterThan(0);
  });

  test('goes on while the store reads its data after a start', async () => {
    // Otherwise this client keeps commands until the data is read, and for a second or more after that.
    const running = start({ waitsForData: false });
    await server.ask('DEBUG', 'POPULATE', '2500');
    await server.ask('SAVE');
    await pause(700);
    await server.kill();
    // A millisecond for each key.
    const slowly = ['--key-load-delay', '1000', '--loading-process-events-interval-bytes', '1024'];
    await server.start(...slowly);
    const from = performance.now();
    await pause(1500);
    expect(running.shareUsed(RATE, from, performance.now())).toBeGreaterThanOrEqual(0.7);
    const kinds = running.eventsOf('store-error').map((event) => 'kind' in event && event.kind);
    expect(kinds).toContain('loading');
    while (!(await server.ask('PING')).includes('PONG')) await pause(25);
    expect(await running.joined(REJOINED_MS)).toBe(true);
    expectAsAgreed(running, SHARE_OVERLAP);
  });

  test('goes on where a replica is promoted and takes over', async () => {
    const replica = await startRedis('--repl-diskless-sync-delay', '0');
    const network = await slowNetwork(server.port, 0);
    try {
      await server.ask('CONFIG', 'SET', 'repl-diskless-sync-delay', '0');
      await replica.ask('REPLICAOF', '127.0.0.1', `${server.port}`);
      const isCopied = async () =>
        (await replica.ask('INFO', 'replication')).includes('master_link_status:up');
      while (!(await isCopied())) await pause(25);
      const running = start({ port: network.port });
      await pause(1000);
      await server.kill();
      const from = performance.now();
      await pause(500);
      // Clients that reach it before are told that it takes no writes.
      network.leadTo(replica.port);
      await pause(500);
      await replica.ask('REPLICAOF', 'NO', 'ONE');
      expect(await running.joined(REJOINED_MS)).toBe(true);
      expect(running.shareUsed(RATE, from, performance.now())).toBeGreaterThanOrEqual(0.6);
      const kinds = running.eventsOf('store-error').map((event) => 'kind' in event && event.kind);
      expect(kinds).toContain('read-only');
      await pause(500);
      expect(await usedAfterwards(running)).toBeGreaterThanOrEqual(0.85);
      expectAsAgreed(running, SHARE_OVERLAP);
      await running.end();
    } finally {
      network.close();
      await replica.close();
    }
  });

  test('keeps its limit where the store is emptied', async () => {
    const running = start();
    await pause(1000);
    for (let times = 0; times < 3; times += 1) {
      await server.ask('FLUSHALL');
      await pause(700);
    }
    await pause(1500);
    expect(await usedAfterwards(running)).toBeGreaterThanOrEqual(0.9);
    expectAsAgreed(running, SHARE_OVERLAP);
  });

  test('notices nothing of a store that forgets its scripts', async () => {
    const running = start({ storeTimeoutMs: 2000 });
    await pause(1000);
    let stops = false;
    const flushes = (async () => {
      while (!stops) {
        await server.ask('SCRIPT', 'FLUSH', 'SYNC');
        await pause(250);
      }
    })();
    expect(await usedAfterwards(running)).toBeGreaterThanOrEqual(0.9);
    stops = true;
    await flushes;
    expectAsAgreed(running, 3 + running.lateTokens);
    const kinds = new Set(
      running.eventsOf('store-error').map((event) => 'kind' in event && event.kind),
    );
    expect([...kinds]).toEqual(['script-missing']);
  });

  test('takes part over a network with half a second of latency', async () => {
    const network = await slowNetwork(server.port, 250);
    try {
      const running = start({ port: network.port, expectedMembers: MEMBERS });
      await pause(6000);
      expect(
        running.shareUsed(RATE, running.begunAt + 4000, running.begunAt + 6000),
      ).toBeGreaterThanOrEqual(0.9);
      expectAsAgreed(running, SHARE_OVERLAP);
      expect(await running.joined(10)).toBe(true);
      await running.end();
    } finally {
      network.close();
    }
  });

  test('goes on where the network is cut, and joins when it is whole again', async () => {
    const network = await slowNetwork(server.port, 0);
    try {
      const running = start({ port: network.port });
      await pause(1000);
      network.isCut = true;
      const from = performance.now();
      await pause(1500);
      expect(running.shareUsed(RATE, from, from + 1500)).toBeGreaterThanOrEqual(0.7);
      network.isCut = false;
      expect(await running.joined(REJOINED_MS)).toBe(true);
      expectAsAgreed(running, SHARE_OVERLAP);
      await running.end();
    } finally {
      network.close();
    }
  });
});
