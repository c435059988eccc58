import type { CallCase } from './call-cases.ts';
import type { Run } from './cost-of-calls.ts';
import { loadHoldfast } from './package-under-test.ts';
import { standardStack } from './standard-stack.ts';

const succeed = async () => 42;
const fail = async () => {
  throw new Error('down');
};
const never = () => new Promise<never>(() => {});
const LONG_MS = 1_000_000_000;

/** Calls that are refused, and what an error costs by itself. */
export const REFUSAL_CASES: readonly CallCase[] = [
  {
    name: 'bare rejection with a ready error',
    prepare: async () => {
      const error = new Error('refused');
      return caught(() => Promise.reject(error));
    },
  },
  {
    name: 'bare rejection with a new error',
    prepare: async () => caught(() => Promise.reject(new Error('refused'))),
  },
  {
    name: 'the same, without a stack trace',
    prepare: async () => {
      Error.stackTraceLimit = 0;
      return caught(() => Promise.reject(new Error('refused')));
    },
  },
  {
    name: 'holdfast breaker, open',
    prepare: async () => {
      const { circuitBreaker } = await loadHoldfast();
      const policy = circuitBreaker({
        mode: 'classic',
        minimumCalls: 1,
        openMs: LONG_MS,
        maxOpenMs: LONG_MS,
      });
      const error = Object.assign(new Error('down'), { code: 'ECONNRESET' });
      await policy.execute(() => Promise.reject(error)).catch(() => {});
      return refused(() => policy.execute(succeed));
    },
  },
  {
    name: 'holdfast standard stack, open',
    prepare: async () => {
      const library = await loadHoldfast();
      const breaker = library.circuitBreaker();
      breaker.forceOpen();
      const policy = standardStack(library, { breaker });
      return refused(() => policy.execute(succeed));
    },
  },
  {
    name: 'holdfast token bucket, queue full',
    prepare: async () => {
      const { tokenBucket } = await loadHoldfast();
      const policy = tokenBucket({ ratePerSecond: 0.001, maxQueue: 100, maxWaitMs: Infinity });
      for (let call = 0; call < 101; call += 1) void policy.execute(succeed);
      return refused(() => policy.execute(succeed));
    },
  },
  {
    name: "holdfast token bucket, empty, onEmpty 'reject'",
    prepare: async () => {
      const { tokenBucket } = await loadHoldfast();
      const policy = tokenBucket({ ratePerSecond: 0.001, onEmpty: 'reject' });
      await policy.execute(succeed);
      return refused(() => policy.execute(succeed));
    },
  },
  {
    name: 'opossum, open',
    prepare: async () => {
      const { default: CircuitBreaker } = await import('opossum');
      const breaker = new CircuitBreaker(succeed, { resetTimeout: LONG_MS });
      breaker.open();
      return refused(() => breaker.fire());
    },
  },
  {
    name: 'cockatiel breaker, open',
    prepare: async () => {
      const { circuitBreaker, handleAll, ConsecutiveBreaker } = await import('cockatiel');
      const breaker = new ConsecutiveBreaker(1);
      const policy = circuitBreaker(handleAll, { halfOpenAfter: LONG_MS, breaker });
      await policy.execute(fail).catch(() => {});
      return refused(() => policy.execute(succeed));
    },
  },
  {
    name: 'cockatiel bulkhead, full',
    prepare: async () => {
      const { bulkhead } = await import('cockatiel');
      const policy = bulkhead(1);
      void policy.execute(never);
      return refused(() => policy.execute(succeed));
    },
  },
];

const caught =
  (run: Run): Run =>
  async () => {
    try {
      await run();
    } catch {
      return;
    }
    throw new Error('this was not refused');
  };

/** The same, once it is sure that the call is refused. */
async function refused(run: Run): Promise<Run> {
  const checked = caught(run);
  await checked();
  return checked;
}
