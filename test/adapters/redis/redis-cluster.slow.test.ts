import { afterEach, describe, expect, test } from '@jest/globals';
import { Cluster as Ioredis } from 'ioredis';
import { Cluster as Iovalkey } from 'iovalkey';
import { createCluster } from 'redis';
import { controlOf, type Policy, type ResilienceEvent } from '../../../src/index.ts';
import { redisCircuitBreaker, redisTokenBucket, type RedisClient } from '../../../src/redis.ts';
import { startCluster, type RedisCluster } from './redis-cluster.ts';
import { hasRedis, pause, storeBinaries } from './redis-server.ts';
import { mostWithin } from './shared-bucket-under-test.ts';

const onStores = hasRedis() ? describe : describe.skip;
const RATE = 200;
const BURST = 10;

interface Made {
  readonly client: RedisClient;
  end(): unknown;
}

type Nodes = RedisCluster['nodes'];
const MAKERS: Record<string, (nodes: Nodes) => Promise<Made>> = {
  ioredis: async (nodes) => {
    const client = new Ioredis([...nodes], { clusterRetryStrategy: () => 100 });
    return { client, end: () => client.disconnect() };
  },
  iovalkey: async (nodes) => {
    const client = new Iovalkey([...nodes], { clusterRetryStrategy: () => 100 });
    return { client, end: () => client.disconnect() };
  },
  'node-redis': async (nodes) => {
    const client = createCluster({
      rootNodes: nodes.map(({ host, port }) => ({ url: `redis://${host}:${port}` })),
    });
    await client.connect();
    return { client, end: () => client.destroy() };
  },
};

onStores.each(storeBinaries())('a cluster of three nodes of %s', (binary) => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });
  const clusterOf = async (withReplicas: boolean): Promise<RedisCluster> => {
    const cluster = await startCluster(binary, withReplicas);
    ends.push(() => cluster.close());
    return cluster;
  };

  /** Two members of one limit, which make calls all the time. */
  const membersOf = async (kind: string, cluster: RedisCluster, name: string) => {
    const starts: number[] = [];
    const failures: unknown[] = [];
    const events: ResilienceEvent[] = [];
    for (let member = 0; member < 2; member += 1) {
      const { client, end } = await MAKERS[kind]!(cluster.nodes);
      const bucket = redisTokenBucket({
        client,
        name,
        ratePerSecond: RATE,
        burst: BURST,
        expectedMembers: 2,
        onEvent: (event) => void (event.type !== 'queued' && events.push(event)),
      });
      const timer = setInterval(() => {
        bucket
          .execute(() => void starts.push(performance.now()))
          .catch((error) => failures.push(error));
      }, 1500 / RATE);
      ends.push(async () => {
        clearInterval(timer);
        await bucket.close();
        await end();
      });
    }
    /** Whether so much of the limit is used in one of ten seconds: a busy machine loses moments. */
    const isUsed = async (share: number) => {
      for (let tries = 0; tries < 10; tries += 1) {
        if ((await startsIn(1000)) >= share * RATE) return true;
      }
      return false;
    };
    const startsIn = async (ms: number) => {
      const before = starts.length;
      await pause(ms);
      return starts.length - before;
    };
    const kindsOf = () =>
      events.flatMap((event) => (event.type === 'store-error' ? [event.kind] : []));
    return { starts, failures, events, startsIn, isUsed, kindsOf };
  };
  const keyOf = (name: string) => `holdfast:{${name}}:${RATE}:${BURST}`;

  test.each(Object.keys(MAKERS))(
    'shares limits on all of them, each on one, with a client of %s',
    async (kind) => {
      const cluster = await clusterOf(false);
      const all = await Promise.all(
        ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => membersOf(kind, cluster, name)),
      );
      const used = await Promise.all(all.map(({ isUsed }) => isUsed(0.8)));
      expect(used).toEqual(all.map(() => true));
      for (const { starts, failures, kindsOf } of all) {
        expect(failures).toEqual([]);
        // While the client finds the nodes an answer may take long; but every node is asked what is its own.
        expect(kindsOf().filter((failure) => failure !== 'timeout')).toEqual([]);
        expect(mostWithin(starts, 500)).toBeLessThanOrEqual(BURST + 0.5 * RATE + 15);
      }
      const owners = await Promise.all(
        ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => cluster.ownerOf(keyOf(name))),
      );
      expect(new Set(owners).size).toBeGreaterThan(1);
    },
    60_000,
  );

  test.each(Object.keys(MAKERS))(
    'goes on while a limit moves to another node, with a client of %s',
    async (kind) => {
      const cluster = await clusterOf(false);
      const { isUsed, starts, failures } = await membersOf(kind, cluster, 'moving');
      await pause(700);
      const key = keyOf('moving');
      const from = await cluster.ownerOf(key);
      const to = cluster.primaries.find((server) => server !== from)!;
      const idOf = async (server: typeof to) =>
        /[0-9a-f]{40}/.exec(await server.ask('CLUSTER', 'MYID'))![0];
      const slot = /\d+/.exec(await from.ask('CLUSTER', 'KEYSLOT', key))![0];
      await to.ask('CLUSTER', 'SETSLOT', slot, 'IMPORTING', await idOf(from));
      await from.ask('CLUSTER', 'SETSLOT', slot, 'MIGRATING', await idOf(to));
      await from.ask('MIGRATE', '127.0.0.1', `${to.port}`, key, '0', '1000');
      await pause(300);
      for (const server of [to, from]) {
        await server.ask('CLUSTER', 'SETSLOT', slot, 'NODE', await idOf(to));
      }
      await pause(500);
      expect(await cluster.ownerOf(key)).toBe(to);
      expect(await isUsed(0.8)).toBe(true);
      expect(failures).toEqual([]);
      // The limit came along, with what had been given.
      expect(mostWithin(starts, 1000)).toBeLessThanOrEqual(BURST + RATE + 15);
    },
    60_000,
  );

  test('goes on while a node dies and its replica takes over', async () => {
    const cluster = await clusterOf(true);
    const { startsIn, isUsed, starts, failures, events } = await membersOf(
      'ioredis',
      cluster,
      'dying',
    );
    await pause(1000);
    const owner = await cluster.ownerOf(keyOf('dying'));
    await owner.kill();
    const during = await startsIn(2000);
    // The members have their shares until the replica has been elected.
    expect(during).toBeGreaterThan(0.4 * 2 * RATE);
    for (let tries = 0; tries < 60; tries += 1) {
      if (events.some(({ type }) => type === 'store-recovered')) break;
      await pause(250);
    }
    expect(events.some(({ type }) => type === 'store-recovered')).toBe(true);
    expect(await isUsed(0.8)).toBe(true);
    expect(failures).toEqual([]);
    expect(mostWithin(starts, 1000)).toBeLessThanOrEqual(BURST + RATE + 30);
  }, 90_000);

  test.each(Object.keys(MAKERS))(
    'shares a circuit, with a client of %s',
    async (kind) => {
      const cluster = await clusterOf(false);
      let isFailing = false;
      const attempts: number[] = [];
      const breakers: Policy[] = [];
      for (let member = 0; member < 3; member += 1) {
        const { client, end } = await MAKERS[kind]!(cluster.nodes);
        const breaker = redisCircuitBreaker({ client, name: 'fleet', storeTimeoutMs: 1000 });
        const call = () => {
          const work = () => {
            attempts.push(performance.now());
            if (isFailing) throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
          };
          breaker.execute(work).catch(() => {});
        };
        const timer = setInterval(call, 200);
        breakers.push(breaker);
        ends.push(async () => {
          clearInterval(timer);
          await end();
        });
      }
      const statesAre = async (state: string) => {
        for (let tries = 0; tries < 60; tries += 1) {
          const states = breakers.map((one) => controlOf(one).state('fleet').circuit?.state);
          if (states.every((one) => one === state)) return true;
          await pause(100);
        }
        return false;
      };
      const stores = () => breakers.map((one) => controlOf(one).state('fleet').store);
      await pause(3000);
      expect(stores()).toMatchObject(breakers.map(() => ({ state: 'joined', members: 3 })));
      isFailing = true;
      expect(await statesAre('open')).toBe(true);
      const before = attempts.length;
      await pause(2000);
      expect(attempts.length - before).toBeLessThanOrEqual(14);
      isFailing = false;
      expect(await statesAre('closed')).toBe(true);
    },
    60_000,
  );
});
