import type { ResilienceEvent } from '../../../src/core/events.ts';
import { sleep } from '../../../src/core/clock.ts';
import { controlOf, pipeline, timeout, type Policy } from '../../../src/index.ts';
import { redisCircuitBreaker, type RedisCircuitBreakerOptions } from '../../../src/redis.ts';
import { virtualClock, type VirtualClock } from '../../../src/testing.ts';
import { FakeCircuitStore } from './fake-circuit-store.ts';

const TIMEOUT_MS = 1000;

/** The server that all members call. */
interface Server {
  mood: 'answers' | 'refuses' | 'hangs';
  answersAfterMs: number;
  /** What it fails with where it refuses. */
  failure: () => Error;
  /** When attempts came to it. */
  readonly attempts: number[];
}

/** How a call ended, and when. */
interface Ended {
  readonly how: 'answered' | 'failed' | 'refused';
  readonly afterMs: number;
}

/** One process of a fleet. */
export class MemberUnderTest {
  readonly policy: Policy;
  readonly events: ResilienceEvent[] = [];
  readonly ended: Ended[] = [];
  /** Whether its own network is broken. */
  isCutOff = false;
  readonly #around: Policy;
  readonly #server: Server;
  readonly #clock: VirtualClock;

  constructor(
    server: Server,
    store: FakeCircuitStore,
    clock: VirtualClock,
    options: Partial<RedisCircuitBreakerOptions>,
  ) {
    this.#server = server;
    this.#clock = clock;
    this.policy = redisCircuitBreaker({
      client: store.send,
      attemptTimeoutMs: TIMEOUT_MS,
      clock,
      random: () => 0.5,
      onEvent: (event) => {
        if (event.type !== 'attempt-ended') this.events.push(event);
      },
      ...options,
    });
    const { attemptTimeoutMs: timeoutMs = TIMEOUT_MS } = options;
    this.#around = pipeline(this.policy, timeout({ timeoutMs, clock }));
  }

  /** Makes one call; never rejects. */
  async call(own: { key?: string; signal?: AbortSignal } = {}): Promise<Ended['how']> {
    const since = this.#clock.now();
    const how = await this.#around
      .execute(async () => {
        const { mood, answersAfterMs, attempts } = this.#server;
        if (this.isCutOff) throw refused();
        attempts.push(this.#clock.now());
        if (mood === 'hangs') await new Promise(() => {});
        if (mood === 'refuses') throw this.#server.failure();
        await sleep(this.#clock, answersAfterMs);
      }, own)
      .then(
        () => 'answered' as const,
        ({ kind }: { kind?: string }) => (kind === 'circuit-open' ? 'refused' : 'failed'),
      );
    this.ended.push({ how, afterMs: this.#clock.now() - since });
    return how;
  }

  get control() {
    return controlOf(this.policy);
  }

  get state() {
    return this.control.state().circuit?.state;
  }

  eventsOf(type: ResilienceEvent['type']): ResilienceEvent[] {
    return this.events.filter((event) => event.type === type);
  }
}

const refused = (): Error => Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });

/** Processes that share one circuit on a virtual clock, and the server that they call. */
export function fleetOf(count: number, options: Partial<RedisCircuitBreakerOptions> = {}) {
  const clock = virtualClock();
  const store = new FakeCircuitStore(clock);
  const server: Server = { mood: 'answers', answersAfterMs: 10, failure: refused, attempts: [] };
  const members = Array.from(
    { length: count },
    () => new MemberUnderTest(server, store, clock, options),
  );
  /** Each calls once, evenly spread over so many milliseconds; some may still wait at the end. */
  const callOnceEach = async (withinMs: number, who: readonly MemberUnderTest[] = members) => {
    for (const member of who) {
      void member.call();
      await clock.advance(withinMs / who.length);
    }
  };
  /** A fleet of which every member was answered a while ago. */
  const begin = async () => {
    await callOnceEach(100);
    await clock.advance(1000);
    server.attempts.length = 0;
  };
  const openOnes = () => members.filter(({ state }) => state === 'open').length;
  return { clock, store, server, members, callOnceEach, begin, openOnes };
}
