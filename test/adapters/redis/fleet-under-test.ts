import { monitorEventLoopDelay } from 'node:perf_hooks';
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
  /** Whether the client keeps commands while a server reads its data; left out: it does. */
  readonly waitsForData?: boolean;
  /** The limited server: what comes of a call that has started; left out: all goes well. */
  readonly answer?: (member: number) => unknown;
}

/** Several members of one limit in this process, each with a connection of its own, and their calls. */
export class Fleet {
  readonly members: readonly Member[];
  readonly begunAt = performance.now();
  readonly #options: FleetOptions;
  readonly #timer: NodeJS.Timeout;
  /** Where this process stood still for so long that moments of the limit expired. */
  readonly #lost: { readonly from: number; readonly to: number }[] = [];
  readonly #delay = monitorEventLoopDelay({ resolution: 1 });
  #made = 0;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#delay.enable();
    const { port, members = 3, demandPerSecond, ...more } = options;
    const { answer = () => {}, waitsForData = true, ...own } = more;
    this.members = Array.from({ length: members }, () => {
      // No listener to `error`: the bucket brings one.
      const client = new Redis(port, '127.0.0.1', {
        retryStrategy: () => 100,
        enableReadyCheck: waitsForData,
      });
      const events: Member['events'] = [];
      const onEvent = (event: ResilienceEvent) => {
        if (event.type !== 'queued') events.push({ at: performance.now(), event });
      };
      const bucket = redisTokenBucket({ client, onEvent, name: 'fleet', ...own });
      return { bucket, client, starts: [], failures: [], events };
    });
    // Moments last as long as the burst. Half of it is what an answer that came meanwhile needs.
    const lastsMs = (own.burst * 500) / own.ratePerSecond;
    let ranAt = this.begunAt;
    this.#timer = setInterval(() => {
      const now = performance.now();
      if (now - ranAt > lastsMs) this.#lost.push({ from: ranAt, to: now - lastsMs });
      ranAt = now;
      const due = ((now - this.begunAt) / 1000) * demandPerSecond;
      for (; this.#made < due; this.#made += 1) {
        const index = this.#made % members;
        const { bucket, starts, failures } = this.members[index]!;
        bucket
          .execute(() => {
            starts.push(performance.now());
            return answer(index);
          })
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

  /**
   * The share of a rate that was used within these moments. Time in which this process stood still is
   * left out: what a process does not use in time is lost, by design.
   */
  shareUsed(ratePerSecond: number, from: number, to: number): number {
    const lostMs = this.#lost.reduce(
      (sum, lost) => sum + Math.max(Math.min(lost.to, to) - Math.max(lost.from, from), 0),
      0,
    );
    return (
      this.startsBetween(from, to) / ((Math.max(to - from - lostMs, 1) * ratePerSecond) / 1000)
    );
  }

  /**
   * What comes in the longest time that this process stood still. One that reads the store's answer
   * so late is behind the store's time by as much, until the next answer.
   */
  get lateTokens(): number {
    return Math.ceil((this.#options.ratePerSecond * this.#delay.max) / 1e9);
  }

  /** How far beyond burst + rate × t the worst window of so many milliseconds went. */
  overshootIn(windowMs: number): number {
    const { burst, ratePerSecond } = this.#options;
    return mostWithin(this.starts, windowMs) - burst - (ratePerSecond * windowMs) / 1000;
  }

  /** Waits until all members are with the store; gives whether they were so in time. */
  async joined(withinMs: number): Promise<boolean> {
    const since = performance.now();
    const isAlone = ({ bucket }: Member) =>
      controlOf(bucket).state('fleet').store?.state !== 'joined';
    while (this.members.some(isAlone)) {
      // A look that itself takes long, on a busy machine, makes no member late.
      if (performance.now() - since >= withinMs) return false;
      await pause(10);
    }
    return true;
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    this.#delay.disable();
    await Promise.all(this.members.map(({ bucket }) => bucket.close()));
    for (const { client } of this.members) client.disconnect();
  }
}
