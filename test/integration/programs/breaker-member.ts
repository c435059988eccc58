// One process of a fleet that shares a circuit: it calls a server now and then, and does what its
// parent says. `breaker-member.ts <port of the store> <address of the server>`
import { Redis } from 'ioredis';
import { controlOf, pipeline, timeout } from 'holdfast';
import { redisCircuitBreaker } from 'holdfast/redis';

/** What the parent says: how often to call, and where. `'state'`: it wants to know how the circuit stands. */
export type BreakerMemberOrder = { readonly everyMs: number; readonly url: string } | 'state';

/** How a member stands. */
export interface BreakerMemberState {
  readonly circuit: string | undefined;
  readonly store: string | undefined;
  /** How the calls since the last question ended, and how long the longest took, in milliseconds. */
  readonly answered: number;
  readonly failed: number;
  readonly refused: number;
  readonly longestMs: number;
}

const ATTEMPT_TIMEOUT_MS = 1000;
const NAME = 'fleet';
const NOTHING = { answered: 0, failed: 0, refused: 0, longestMs: 0 };

const [storePort, address = ''] = process.argv.slice(2);
const client = new Redis(Number(storePort), '127.0.0.1', { retryStrategy: () => 100 });
const breaker = redisCircuitBreaker({ client, name: NAME, attemptTimeoutMs: ATTEMPT_TIMEOUT_MS });
const around = pipeline(breaker, timeout({ timeoutMs: ATTEMPT_TIMEOUT_MS }));
let ended = { ...NOTHING };
let url = address;
let timer: NodeJS.Timeout | undefined;

async function call(): Promise<void> {
  const since = performance.now();
  const how = await around
    .execute(async ({ signal }) => {
      const response = await fetch(url, { signal });
      await response.body?.cancel();
      if (!response.ok) throw Object.assign(new Error('it fails'), { status: response.status });
    })
    .then(
      () => 'answered' as const,
      ({ kind }: { kind?: string }) => (kind === 'circuit-open' ? 'refused' : 'failed'),
    );
  ended[how] += 1;
  ended.longestMs = Math.max(ended.longestMs, performance.now() - since);
}

process.on('message', (order: BreakerMemberOrder) => {
  if (order === 'state') {
    const { circuit, store } = controlOf(breaker).state(NAME);
    const state = { circuit: circuit?.state, store: store?.state, ...ended };
    process.send?.(state satisfies BreakerMemberState);
    ended = { ...NOTHING };
    return;
  }
  url = order.url;
  clearInterval(timer);
  timer = setInterval(() => void call(), order.everyMs);
});
process.once('disconnect', () => process.exit(0));
process.send?.('ready');
