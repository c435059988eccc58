import { loadHoldfast } from './package-under-test.ts';
import { standardStack } from './standard-stack.ts';

/** Something that keeps state for each key. */
export interface KeyCase {
  readonly name: string;
  readonly prepare: (maxKeys: number) => Promise<(key: string) => Promise<unknown>>;
}

const succeed = async () => 42;
const LOST = Object.assign(new Error('connection lost'), { code: 'ECONNRESET' });
const fail = () => Promise.reject(LOST);

/** One instance for each key, held in a map, as the peers' users do it. */
const oneForEach = <Instance>(
  make: () => Instance,
  use: (instance: Instance) => Promise<unknown>,
): ((key: string) => Promise<unknown>) => {
  const instances = new Map<string, Instance>();
  return (key) => {
    const instance = make();
    instances.set(key, instance);
    return use(instance);
  };
};

/** What is kept for a key that has been used once. The first case keeps nothing. */
export const KEY_CASES: readonly KeyCase[] = [
  { name: 'a map of empty objects', prepare: async () => oneForEach(() => ({}), succeed) },
  {
    name: 'holdfast token bucket, a rate',
    prepare: async (maxKeys) => {
      const { tokenBucket } = await loadHoldfast();
      const policy = tokenBucket({ ratePerSecond: 100, maxKeys });
      return (key) => policy.execute(succeed, { key });
    },
  },
  {
    name: 'holdfast breaker',
    prepare: async (maxKeys) => {
      const { circuitBreaker } = await loadHoldfast();
      const policy = circuitBreaker({ maxKeys });
      return (key) => policy.execute(succeed, { key });
    },
  },
  {
    name: 'holdfast breaker, each key failed once',
    prepare: async (maxKeys) => {
      const { circuitBreaker } = await loadHoldfast();
      const policy = circuitBreaker({ maxKeys });
      return (key) => policy.execute(fail, { key });
    },
  },
  {
    name: 'holdfast standard stack',
    prepare: async (maxKeys) => {
      const policy = standardStack(await loadHoldfast(), {
        rateLimit: { maxKeys },
        circuitBreaker: { maxKeys },
      });
      return (key) => policy.execute(succeed, { key });
    },
  },
  {
    name: 'holdfast standard stack, a rate',
    prepare: async (maxKeys) => {
      const policy = standardStack(await loadHoldfast(), {
        rateLimit: { maxKeys, ratePerSecond: 100 },
        circuitBreaker: { maxKeys },
      });
      return (key) => policy.execute(succeed, { key });
    },
  },
  {
    name: 'opossum',
    prepare: async () => {
      const { default: CircuitBreaker } = await import('opossum');
      return oneForEach(
        () => new CircuitBreaker(succeed),
        (breaker) => breaker.fire(),
      );
    },
  },
  {
    name: 'opossum, no percentiles, no snapshots',
    prepare: async () => {
      const { default: CircuitBreaker } = await import('opossum');
      const options = { rollingPercentilesEnabled: false, enableSnapshots: false, timeout: false };
      return oneForEach(
        () => new CircuitBreaker(succeed, options as { timeout: false }),
        (breaker) => breaker.fire(),
      );
    },
  },
  {
    name: 'cockatiel breaker, consecutive',
    prepare: async () => {
      const { circuitBreaker, handleAll, ConsecutiveBreaker } = await import('cockatiel');
      return oneForEach(
        () => {
          const breaker = new ConsecutiveBreaker(5);
          return circuitBreaker(handleAll, { halfOpenAfter: 5000, breaker });
        },
        (policy) => policy.execute(succeed),
      );
    },
  },
  {
    name: 'cockatiel breaker, sampling',
    prepare: async () => {
      const { circuitBreaker, handleAll, SamplingBreaker } = await import('cockatiel');
      return oneForEach(
        () => {
          const breaker = new SamplingBreaker({ threshold: 0.5, duration: 10_000 });
          return circuitBreaker(handleAll, { halfOpenAfter: 5000, breaker });
        },
        (policy) => policy.execute(succeed),
      );
    },
  },
  {
    name: 'bottleneck',
    prepare: async () => {
      const { default: Bottleneck } = await import('bottleneck');
      return oneForEach(
        () => new Bottleneck({ maxConcurrent: 64 }),
        (limiter) => limiter.schedule(succeed),
      );
    },
  },
  {
    name: 'bottleneck, 100 a second',
    prepare: async () => {
      const { default: Bottleneck } = await import('bottleneck');
      const rate = {
        reservoir: 100,
        reservoirRefreshAmount: 100,
        reservoirRefreshInterval: 1000,
      };
      return oneForEach(
        () => new Bottleneck(rate),
        (limiter) => limiter.schedule(succeed),
      );
    },
  },
];
