import { Redis } from 'ioredis';
import {
  controlOf,
  pipeline,
  timeout,
  type Policy,
  type ResilienceEvent,
} from '../../../src/index.ts';
import { redisCircuitBreaker, type RedisCircuitBreakerOptions } from '../../../src/redis.ts';
import { pause } from './redis-server.ts';

const TIMEOUT_MS = 500;
const NAME = 'fleet';

/** How a call ended, when, and for how long it was held before its attempt began. */
interface Ended {
  readonly how: string;
  readonly heldMs: number;
  readonly tookMs: number;
  readonly at: number;
}

/** One process of the fleet: its breaker, its connection, and how its calls ended. */
interface Member {
  readonly policy: Policy;
  readonly client: Redis;
  readonly events: ResilienceEvent[];
  readonly ended: Ended[];
  isCutOff: boolean;
}

export interface BreakerFleetOptions extends Partial<RedisCircuitBreakerOptions> {
  readonly port: number;
  readonly members: number;
  /** Each member calls once in so many milliseconds. */
  readonly everyMs: number;
}

/** Several members of one circuit in this process, each with a connection of its own, and their calls. */
export class BreakerFleet {
  readonly members: readonly Member[];
  /** When attempts came to the server that they call. */
  readonly attempts: number[] = [];
  mood: 'answers' | 'refuses' | 'hangs' = 'answers';
  readonly #timers: NodeJS.Timeout[];

  constructor({ port, members, everyMs, ...own }: BreakerFleetOptions) {
    this.members = Array.from({ length: members }, () => {
      // No listener to `error`: the breaker brings one.
      const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 100 });
      const events: ResilienceEvent[] = [];
      const onEvent = (event: ResilienceEvent) => void events.push(event);
      const options = { client, onEvent, name: NAME, attemptTimeoutMs: TIMEOUT_MS, ...own };
      const policy = redisCircuitBreaker(options);
      return { policy, client, events, ended: [], isCutOff: false };
    });
    this.#timers = this.members.map((member, index) => {
      const around = pipeline(member.policy, timeout({ timeoutMs: TIMEOUT_MS }));
      const call = () => void this.#call(member, around);
      // Evenly spread, as callers of different machines are.
      const first = setTimeout(
        () => {
          call();
          this.#timers[index] = setInterval(call, everyMs);
        },
        (index * everyMs) / members,
      );
      return first;
    });
  }

  async #call(member: Member, around: Policy): Promise<void> {
    const since = performance.now();
    let startedAt: number | undefined;
    const how = await around
      .execute(async () => {
        startedAt = performance.now();
        if (!member.isCutOff) this.attempts.push(performance.now());
        if (member.isCutOff || this.mood === 'refuses') {
          throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
        }
        await pause(this.mood === 'hangs' ? 60_000 : 5);
      })
      .then(
        () => 'answered',
        ({ kind = 'failed' }: { kind?: string }) => kind,
      );
    const at = performance.now();
    member.ended.push({ how, heldMs: (startedAt ?? at) - since, tookMs: at - since, at });
  }

  get states(): (string | undefined)[] {
    return this.members.map(({ policy }) => controlOf(policy).state(NAME).circuit?.state);
  }

  get isJoined(): boolean {
    return this.members.every(
      ({ policy }) => controlOf(policy).state(NAME).store?.state === 'joined',
    );
  }

  eventsOf(type: ResilienceEvent['type']): ResilienceEvent[] {
    return this.members.flatMap(({ events }) => events.filter((event) => event.type === type));
  }

  /** How calls ended after a moment. */
  endedSince(moment: number) {
    return this.members.flatMap(({ ended }) => ended.filter(({ at }) => at >= moment));
  }

  /** Waits until something holds; gives whether it did in time. */
  async comesTo(holds: (fleet: this) => boolean, withinMs: number): Promise<boolean> {
    const since = performance.now();
    while (!holds(this)) {
      if (performance.now() - since >= withinMs) return false;
      await pause(10);
    }
    return true;
  }

  end(): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const { client } of this.members) client.disconnect();
  }
}
