import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import Bottleneck from 'bottleneck';
import { Redis } from 'ioredis';
import { bottleneckLimiter } from '../../src/adapters/bottleneck.ts';
import { hasRedis, startRedis, type RedisServer } from './redis/redis-server.ts';

const onRedis = hasRedis() ? describe : describe.skip;

onRedis('Bottleneck limiters that are clustered on one Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(async () => {
    await server.close();
  });

  const limiterOf = (options: Bottleneck.ConstructorOptions) =>
    new Bottleneck({
      datastore: 'ioredis',
      clientOptions: { host: '127.0.0.1', port: server.port },
      // Bottleneck finds the package by `require`, which a module has not.
      ...({ Redis } as object),
      ...options,
    });

  test('share a rate', async () => {
    const limiters = ['one', 'two'].map(() => limiterOf({ id: 'rate', minTime: 20 }));
    try {
      const starts: number[] = [];
      await Promise.all(
        limiters.flatMap((limiter) => {
          const policy = bottleneckLimiter(limiter);
          return Array.from({ length: 6 }, () =>
            policy.execute(() => void starts.push(Date.now())),
          );
        }),
      );
      // Twelve starts with eleven distances between them.
      expect(Math.max(...starts) - Math.min(...starts)).toBeGreaterThanOrEqual(11 * 20 - 15);
    } finally {
      await Promise.all(limiters.map((limiter) => limiter.disconnect(false)));
    }
  });

  test('share their slots, and give one back when its attempt is aborted in line', async () => {
    const limiters = ['one', 'two'].map(() => limiterOf({ id: 'slots', maxConcurrent: 1 }));
    try {
      const [one, two] = limiters.map((limiter) => bottleneckLimiter(limiter));
      let end = (): void => {};
      let held: Promise<void> | undefined;
      await new Promise<void>((hasBegun) => {
        held = one!.execute(() => {
          hasBegun();
          return new Promise<void>((resolve) => (end = resolve));
        });
      });
      const controller = new AbortController();
      let ran = false;
      const waiting = two!.execute(() => void (ran = true), { signal: controller.signal });
      const reason = new Error('no longer needed');
      setTimeout(() => controller.abort(reason), 100);
      await expect(waiting).rejects.toBe(reason);
      expect(ran).toBe(false);
      const next = two!.execute(() => 'next');
      end();
      await held;
      await expect(next).resolves.toBe('next');
    } finally {
      await Promise.all(limiters.map((limiter) => limiter.disconnect(false)));
    }
  });
});
