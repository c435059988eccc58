import { createConnection } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Redis } from 'ioredis';
import { controlOf } from '../../../../src/index.ts';
import { redisTokenBucket } from '../../../../src/redis.ts';
import { BreakerCalls, type BreakerReading } from './breaker-calls.ts';
import { BURST, DEMAND, MEMBERS, NAME, RATE } from './terms.ts';

/** Where a member finds the store and the limited server, and how far its wall clock is off. */
export interface MemberInput {
  readonly storePort: number;
  readonly serverPort: number;
  readonly clockIsOffByMs: number;
}

/** How a member stands. */
export interface MemberState {
  readonly isJoined: boolean;
  readonly failures: readonly string[];
  /** The longest that its event loop stood still, in milliseconds. */
  readonly standstillMs: number;
  readonly breaker: BreakerReading;
}

/** What a member is told: to say how it stands, that the server behind the circuit fails or answers, or to end. */
export type MemberOrder = 'state' | 'fails' | 'answers' | 'end';

/** Milliseconds of a clock that all processes of this machine share. */
export const sharedNow = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;

/** One process of the fleet: makes calls until its parent tells it to end. */
export async function runMember(input: MemberInput): Promise<void> {
  const wallClock = Date.now;
  Date.now = () => wallClock() + input.clockIsOffByMs;
  // No listener to `error`: the bucket brings one.
  const client = new Redis(input.storePort, '127.0.0.1', { retryStrategy: () => 100 });
  const bucket = redisTokenBucket({
    client,
    name: NAME,
    ratePerSecond: RATE,
    burst: BURST,
    expectedMembers: MEMBERS,
  });
  const breaker = new BreakerCalls(client);
  const server = createConnection(input.serverPort, '127.0.0.1');
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const failures: string[] = [];
  const begunAt = performance.now();
  const perMs = (DEMAND * RATE) / MEMBERS / 1000;
  let made = 0;
  const timer = setInterval(() => {
    for (const due = (performance.now() - begunAt) * perMs; made < due; made += 1) {
      bucket
        .execute(() => void server.write(`${sharedNow()}\n`))
        .catch((error: unknown) => failures.push(String(error)));
    }
  }, 2);
  process.on('message', (order: MemberOrder) => {
    if (order === 'fails' || order === 'answers') {
      breaker.isFailing = order === 'fails';
      return;
    }
    if (order === 'state') {
      const isJoined = controlOf(bucket).state(NAME).store?.state === 'joined';
      const standstillMs = delay.max / 1e6;
      const state = { isJoined, failures, standstillMs, breaker: breaker.reading };
      process.send?.(state satisfies MemberState);
      return;
    }
    clearInterval(timer);
    breaker.end();
    void bucket.close().then(() => process.exit(0));
  });
  process.once('disconnect', () => process.exit(0));
  process.send?.('ready');
}
