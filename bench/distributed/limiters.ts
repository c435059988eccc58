import { createHash } from 'node:crypto';
import { Ratelimit } from '@upstash/ratelimit';
import Bottleneck from 'bottleneck';
import { Redis } from 'ioredis';
import { RateLimiterQueue, RateLimiterRedis } from 'rate-limiter-flexible';
import { redisTokenBucket } from '../../src/redis.ts';

/** A limit that several processes share. */
export interface SharedLimiter {
  /** Starts `work` as soon as the limit allows. */
  run(work: () => void): Promise<unknown>;
  close(): Promise<unknown>;
}

/** How one limiter is made in a process. */
export interface LimitTerms {
  readonly port: number;
  readonly ratePerSecond: number;
  readonly burst: number;
  readonly processes: number;
}

const HOST = '127.0.0.1';
const clientOn = (port: number): Redis => {
  const client = new Redis(port, HOST, { retryStrategy: () => 100 });
  client.on('error', () => {});
  return client;
};

/** The limiter that this package brings. */
export const HOLDFAST = 'holdfast';

/** Each limiter with the settings that its documentation recommends for so many a second. */
export const LIMITERS: Readonly<Record<string, (terms: LimitTerms) => SharedLimiter>> = {
  [HOLDFAST]({ port, ratePerSecond, burst, processes }) {
    const client = clientOn(port);
    const limit = redisTokenBucket({
      client,
      ratePerSecond,
      burst,
      expectedMembers: processes,
      name: 'bench',
    });
    return {
      run: (work) => limit.execute(work),
      async close() {
        await limit.close();
        client.disconnect();
      },
    };
  },
  'Bottleneck, minTime'({ port, ratePerSecond }) {
    return bottleneckOf(port, { minTime: 1000 / ratePerSecond });
  },
  'Bottleneck, reservoir'({ port, ratePerSecond }) {
    return bottleneckOf(port, {
      reservoir: ratePerSecond,
      reservoirRefreshAmount: ratePerSecond,
      reservoirRefreshInterval: 1000,
    });
  },
  'rate-limiter-flexible'({ port, ratePerSecond }) {
    const client = clientOn(port);
    const limiter = new RateLimiterRedis({
      storeClient: client,
      points: ratePerSecond,
      duration: 1,
    });
    const queue = new RateLimiterQueue(limiter, { maxQueueSize: 1_000_000 });
    return {
      async run(work) {
        await queue.removeTokens(1);
        work();
      },
      close: async () => client.disconnect(),
    };
  },
  '@upstash/ratelimit': upstashOf,
  'GCRA for each call': gcraForEachCall,
};

function bottleneckOf(port: number, more: Bottleneck.ConstructorOptions): SharedLimiter {
  const limiter = new Bottleneck({
    id: 'bench',
    datastore: 'ioredis',
    clearDatastore: false,
    clientOptions: { host: HOST, port },
    // Bottleneck finds the package by `require`, which a module has not.
    ...({ Redis } as object),
    ...more,
  });
  limiter.on('error', () => {});
  return {
    run: (work) => limiter.schedule({ expiration: 60_000 }, async () => work()),
    close: () => limiter.disconnect(false),
  };
}

/** So long a call waits at most: longer than a run. */
const LONGEST_WAIT_MS = 60_000;

/** The token bucket of a burst that comes in as a whole, which is as near as it gets to the limit. */
function upstashOf({ port, ratePerSecond, burst }: LimitTerms): SharedLimiter {
  const client = clientOn(port);
  const limit = new Ratelimit({
    redis: upstashClientOn(client),
    limiter: Ratelimit.tokenBucket(burst, `${(1000 * burst) / ratePerSecond} ms`, burst),
    prefix: 'bench',
    analytics: false,
  });
  return {
    async run(work) {
      const { success } = await limit.blockUntilReady('all', LONGEST_WAIT_MS);
      if (!success) throw new Error('it waited for a minute');
      work();
    },
    close: async () => client.disconnect(),
  };
}

/**
 * The commands that @upstash/ratelimit sends, on a connection of ioredis: its own client speaks HTTP.
 * The first line of its scripts names a flag that Upstash's server alone knows, so it is left out.
 */
function upstashClientOn(client: Redis) {
  const known = new Map<string, string>();
  const evalsha = (sha: string, keys: string[], args: unknown[]): Promise<never> => {
    const ours = known.get(sha);
    if (ours === undefined) return Promise.reject(new Error('NOSCRIPT'));
    return client.evalsha(ours, keys.length, ...keys, ...args.map(String)) as Promise<never>;
  };
  return {
    evalsha,
    async eval(script: string, keys: string[], args: unknown[]) {
      const loaded = await client.script('LOAD', script.replace(/^#!lua.*\n/, ''));
      known.set(createHash('sha1').update(script).digest('hex'), String(loaded));
      return evalsha(createHash('sha1').update(script).digest('hex'), keys, args);
    },
    get: (key: string) => client.get(key) as Promise<never>,
    set: (key: string, value: unknown) => client.set(key, String(value)) as Promise<never>,
  };
}

/** One question to the store for each call: when may it start? */
const GCRA_SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local at = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now - (burst - 1) * interval)
redis.call('SET', KEYS[1], string.format('%.4f', at + interval), 'PX', 60000)
return string.format('%.4f', math.max(at - now, 0))
`;

function gcraForEachCall({ port, ratePerSecond, burst }: LimitTerms): SharedLimiter {
  const client = clientOn(port);
  client.defineCommand('gcra', { numberOfKeys: 1, lua: GCRA_SCRIPT });
  const { gcra } = client as unknown as {
    gcra(key: string, interval: number, burst: number): Promise<string>;
  };
  return {
    async run(work) {
      const waitMs = Number(await gcra.call(client, 'bench', 1000 / ratePerSecond, burst));
      if (waitMs >= 1) {
        await new Promise((resolve) => {
          setTimeout(resolve, Math.ceil(waitMs));
        });
      }
      work();
    },
    close: async () => client.disconnect(),
  };
}
