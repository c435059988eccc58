import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis as Ioredis } from 'ioredis';
import { Redis as Iovalkey } from 'iovalkey';
import { createClient } from 'redis';
import { resilientFetch } from '../../../src/index.ts';
import { redisTokenBucket, type RedisClient } from '../../../src/redis.ts';
import { scriptedFetch } from '../../../src/testing.ts';
import { hasRedis, startStore, storeBinaries, type RedisServer } from './redis-server.ts';
import { mostWithin } from './shared-bucket-under-test.ts';

const onStores = hasRedis() ? describe : describe.skip;

onStores.each(storeBinaries())('a client of %s', (binary) => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startStore(binary);
  });
  afterAll(async () => {
    await server.close();
  });

  interface Made {
    readonly client: RedisClient;
    end(): void;
  }
  const makers: Record<string, (port: number) => Promise<Made>> = {
    ioredis: async (port) => {
      const client = new Ioredis(port, '127.0.0.1');
      return { client, end: () => client.disconnect() };
    },
    iovalkey: async (port) => {
      const client = new Iovalkey(port, '127.0.0.1');
      return { client, end: () => client.disconnect() };
    },
    'node-redis': async (port) => {
      const client = createClient({ url: `redis://127.0.0.1:${port}` });
      await client.connect();
      return { client, end: () => client.destroy() };
    },
    'a function': async (port) => {
      const inner = new Ioredis(port, '127.0.0.1');
      return {
        client: ([name = '', ...args]) => inner.call(name, ...args),
        end: () => inner.disconnect(),
      };
    },
  };

  test.each(Object.keys(makers))('of the kind %s shares a limit with another one', async (kind) => {
    const made = await Promise.all([makers[kind]!(server.port), makers[kind]!(server.port)]);
    const buckets = made.map(({ client }) =>
      redisTokenBucket({ client, ratePerSecond: 200, burst: 10, name: kind }),
    );
    try {
      const starts: number[] = [];
      const begun = performance.now();
      const delay = monitorEventLoopDelay({ resolution: 1 });
      delay.enable();
      const calls = buckets.flatMap((bucket) =>
        Array.from({ length: 40 }, () => bucket.execute(() => void starts.push(performance.now()))),
      );
      await Promise.all(calls);
      const tookMs = performance.now() - begun;
      // 80 tokens at 200 a second, and no burst at the beginning.
      expect(tookMs).toBeGreaterThanOrEqual(340);
      // A process that reads the store's answer late is behind the store's time by so much.
      delay.disable();
      const lateMs = delay.max / 1e6;
      expect(mostWithin(starts, 100)).toBeLessThanOrEqual(10 + (100 + lateMs) * 0.2 + 1);
    } finally {
      await Promise.all(buckets.map((bucket) => bucket.close()));
      for (const { end } of made) end();
    }
  });

  test('limits a wrapped fetch', async () => {
    const { client, end } = await makers['ioredis']!(server.port);
    const limit = redisTokenBucket({ client, ratePerSecond: 50, burst: 1, name: 'fetch' });
    try {
      const fetch = resilientFetch(scriptedFetch([200, 200, 200]), { rateLimit: limit });
      const begun = performance.now();
      for (let call = 0; call < 3; call += 1) {
        expect((await fetch('https://api.example.com/')).status).toBe(200);
      }
      expect(performance.now() - begun).toBeGreaterThanOrEqual(28);
    } finally {
      await limit.close();
      end();
    }
  });
});
