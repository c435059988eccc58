import { Redis } from 'ioredis';
import { controlOf, type ResilienceEvent } from '../../../src/index.ts';
import {
  redisTokenBucket,
  type RedisTokenBucket,
  type RedisTokenBucketOptions,
} from '../../../src/redis.ts';
import { pause } from './redis-server.ts';
import { mostWithin } from './shared-bucket-under-test.ts';

/** When the calls of one member started, and how the others of its calls ended. */
interface Member {
  readonly bucket: RedisTokenBucket;
  readonly client: Redis;
  readonly starts: number[];
  readonly failures: unknown[];
  readonly events: { readonly at: number; readonly event: ResilienceEvent }[];
}

export interface FleetOptions extends Partial<RedisTokenBucketOptions> {
  readonly port: number;
  readonly members?: number;
  /** Calls a second, of all members together. */
  readonly demandPerSecond: number;
  readonly ratePerSecond: number;
  readonly burst: number;
}

/** Several members of one limit in this process, each with a connection of its own, and their calls. */
export class Fleet {
  readonly members: readonly Member[];
  readonly begunAt = performance.now();
  readonly #options: FleetOptions;
  readonly #timer: NodeJS.Timeout;
  #made = 0;

  constructor(options: FleetOptions) {
    this.#options = options;
    const { port, members = 3, demandPerSecond, ...own } = options;
    this.members = Array.from({ length: members }, () => {
      // No listener to `error`: the bucket brings one.
      const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 100 });
      const events: Member['events'] = [];
      const onEvent = (event: ResilienceEvent) => {
        if (event.type !== 'queued') events.push({ at: performance.now(), event });
      };
      const bucket = redisTokenBucket({ client, onEvent, name: 'fleet', ...own });
      return { bucket, client, starts: [], failures: [], events };
    });
    this.#timer = setInterval(() => {
      const due = ((performance.now() - this.begunAt) / 1000) * demandPerSecond;
      for (; this.#made < due; this.#made += 1) {
        const { bucket, starts, failures } = this.members[this.#made % members]!;
        bucket
          .execute(() => void starts.push(performance.now()))
          .catch((error) => failures.push(error));
      }
    }, 2);
  }

  get starts(): number[] {
    return this.members.flatMap(({ starts }) => starts);
  }

  get failures(): unknown[] {
    return this.members.flatMap(({ failures }) => failures);
  }

  eventsOf(type: ResilienceEvent['type']): ResilienceEvent[] {
    return this.members.flatMap(({ events }) =>
      events.flatMap(({ event }) => (event.type === type ? [event] : [])),
    );
  }

  /** Calls that started within these moments. */
  startsBetween(from: number, to: number): number {
    return this.starts.filter((start) => start >= from && start < to).length;
  }

  /** How far beyond burst + rate × t the worst window of so many milliseconds went. */
  overshootIn(windowMs: number): number {
    const { burst, ratePerSecond } = this.#options;
    return mostWithin(this.starts, windowMs) - burst - (ratePerSecond * windowMs) / 1000;
  }

  /** Until all members are with the store, or the time is up; gives the milliseconds that it took. */
  async joined(withinMs: number): Promise<number> {
    const since = performance.now();
    const isAlone = ({ bucket }: Member) =>
      controlOf(bucket).state('fleet').store?.state !== 'joined';
    while (this.members.some(isAlone) && performance.now() - since < withinMs) await pause(10);
    return performance.now() - since;
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.members.map(({ bucket }) => bucket.close()));
    for (const { client } of this.members) client.disconnect();
  }
}
