import { describe, expect, jest, test } from '@jest/globals';
import { getEventListeners } from 'node:events';
import type { CallOptions, Operation, OperationContext } from '../../src/core/call.ts';
import { definePolicy, pipeline } from '../../src/http/pipeline.ts';
import { protect } from '../../src/core/protect.ts';
import type { Policy } from '../../src/core/policy.ts';
import { circuitBreaker } from '../../src/policies/circuit-breaker/circuit-breaker.ts';
import { retry } from '../../src/policies/retry/retry.ts';
import { tokenBucket } from '../../src/policies/rate-limit/token-bucket.ts';
import { timeout } from '../../src/policies/timeout.ts';
import { virtualClock } from '../../src/testing.ts';

const noting = (name: string, notes: string[]): Policy =>
  definePolicy({
    enter: () => void notes.push(`${name} in`),
    left: () => void notes.push(`${name} out`),
  });

const failing = (times: number) => {
  let left = times;
  return jest.fn(({ attempt }: OperationContext) => {
    if (left-- > 0) throw Object.assign(new Error('unavailable'), { status: 503 });
    return attempt;
  });
};

describe('a pipeline', () => {
  test('runs the first policy outermost', async () => {
    const notes: string[] = [];
    await pipeline(noting('first', notes), noting('second', notes)).execute(() => {
      notes.push('operation');
    });
    expect(notes).toEqual(['first in', 'second in', 'operation', 'second out', 'first out']);
  });

  test('of nothing is the identity, and pipelines nest', async () => {
    await expect(pipeline().execute(() => 'value')).resolves.toBe('value');
    const notes: string[] = [];
    const nested = pipeline(pipeline(noting('a', notes)), pipeline(), noting('b', notes));
    await nested.execute(() => notes.push('operation'));
    expect(notes).toEqual(['a in', 'b in', 'operation', 'b out', 'a out']);
  });

  test('is one call: its policies see the same key, signal and attempts', async () => {
    const seen: unknown[] = [];
    const looking = definePolicy({ enter: ({ call }) => void seen.push(call) });
    await pipeline(looking, retry(), looking).execute(() => {}, { key: 'k' });
    expect(seen).toHaveLength(2);
    expect(seen[0]).toBe(seen[1]);
    expect(seen[0]).toMatchObject({ key: 'k' });
  });

  test('lives by the clock of its outermost policy that has one', () => {
    const clock = virtualClock();
    expect(pipeline(pipeline(), retry({ clock }), tokenBucket()).clock).toBe(clock);
    expect(pipeline().clock).toBeUndefined();
  });

  test('says whether an operation may run more than once', () => {
    expect(pipeline(tokenBucket(), retry()).repeats).toBe(true);
    expect(pipeline(tokenBucket(), retry({ maxRetries: 0 })).repeats).toBe(false);
    expect(pipeline().repeats).toBe(false);
  });

  test('gives a policy that is shared by two pipelines one state', async () => {
    const clock = virtualClock();
    const shared = circuitBreaker({ mode: 'classic', minimumCalls: 2, clock });
    const one = pipeline(shared, tokenBucket({ clock }));
    const other = pipeline(tokenBucket({ clock }), shared);
    const operation = failing(2);
    await expect(one.execute(operation)).rejects.toThrow('unavailable');
    await expect(other.execute(operation)).rejects.toThrow('unavailable');
    await expect(one.execute(operation)).rejects.toMatchObject({ kind: 'circuit-open' });
    await expect(other.execute(operation)).rejects.toMatchObject({ kind: 'circuit-open' });
    expect(operation).toHaveBeenCalledTimes(2);
  });
});

describe('a policy of the user’s own', () => {
  const inPipelineWith = (own: Policy) => {
    const clock = virtualClock();
    return {
      clock,
      policy: pipeline(own, retry({ baseDelayMs: 100, clock }), circuitBreaker({ clock })),
    };
  };

  test.each<[string, Policy]>([
    [
      'hands its options on',
      { execute: (operation, options) => operation(options as never) as Promise<never> },
    ],
    [
      'ignores its options',
      { execute: (operation) => operation(undefined as never) as Promise<never> },
    ],
    [
      'replaces its options',
      {
        execute: (operation) =>
          operation({
            key: 'x',
            attempt: 7,
            signal: new AbortController().signal,
          }) as Promise<never>,
      },
    ],
    [
      'is an async function',
      { execute: async (operation, options) => operation(options as OperationContext) },
    ],
  ])('that %s breaks nothing around it', async (_what, own) => {
    const { clock, policy } = inPipelineWith(own);
    const operation = failing(2);
    await expect(clock.run(policy.execute(operation, { key: 'k' }))).resolves.toBe(3);
    expect(operation.mock.calls.map(([{ key }]) => key)).toEqual(['k', 'k', 'k']);
  });

  test('that throws at once rejects the call and leaves no listener', async () => {
    const rude: Policy = {
      execute() {
        throw new Error('rude');
      },
    };
    const { signal } = new AbortController();
    await expect(pipeline(rude).execute(() => {}, { signal })).rejects.toThrow('rude');
    await expect(pipeline(rude).execute(() => {})).rejects.toThrow('rude');
    await expect(pipeline(retry(), rude).execute(() => {}, { signal })).rejects.toThrow('rude');
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('may stop an attempt by a signal of its own', async () => {
    const controller = new AbortController();
    const impatient: Policy = {
      execute: (operation) => {
        const running = operation({ key: 'x', attempt: 1, signal: controller.signal });
        controller.abort('too slow');
        return running as Promise<never>;
      },
    };
    let signal: AbortSignal | undefined;
    const running = pipeline(impatient).execute((context) => {
      ({ signal } = context);
      return new Promise(() => {});
    });
    await expect(running).rejects.toBe('too slow');
    expect(signal!.reason).toBe('too slow');
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  test('may answer without its operation', async () => {
    const cached: Policy = { execute: async <T>() => 'cached' as T };
    const operation = jest.fn();
    await expect(pipeline(retry(), cached).execute(operation)).resolves.toBe('cached');
    expect(operation).not.toHaveBeenCalled();
  });

  test('may run its operation again: each run is a further attempt for those inside it', async () => {
    const clock = virtualClock();
    const twice: Policy = {
      async execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T> {
        const context = options as OperationContext;
        try {
          return await operation(context);
        } catch {
          return await operation(context);
        }
      },
    };
    const breaker = circuitBreaker({ mode: 'classic', minimumCalls: 2, clock });
    const bucket = tokenBucket({ ratePerSecond: 1, burst: 4, clock });
    const policy = pipeline(twice, bucket, breaker);
    const operation = failing(9);
    // The second first try that fails opens the circuit; the next run is refused and keeps its token.
    await expect(policy.execute(operation)).rejects.toThrow('unavailable');
    await expect(policy.execute(operation)).rejects.toMatchObject({ kind: 'circuit-open' });
    expect(operation.mock.calls.map(([{ attempt }]) => attempt)).toEqual([1, 2, 1]);
    breaker.close();
    const ends = clock.run(bucket.execute(() => clock.now()));
    await expect(ends).resolves.toBe(0);
  });
});

describe('a gate with a fault of its own', () => {
  const faulty = definePolicy({
    enter: () => {},
    left: () => {
      throw new Error('a bug in left()');
    },
  });

  test('rejects the call when it leaves, and keeps nobody else from leaving', async () => {
    const clock = virtualClock();
    const left: string[] = [];
    const other = definePolicy({ enter: () => {}, left: () => void left.push('noted') });
    const policy = pipeline(timeout({ timeoutMs: 1000, clock }), other, faulty, other);
    await expect(policy.execute(() => 'value')).rejects.toThrow('a bug in left()');
    expect(left).toEqual(['noted', 'noted']);
    expect(clock.pendingTimers).toBe(0);
  });

  test('leaves no timer behind where a value cannot be read', async () => {
    const clock = virtualClock();
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('do not touch');
        },
      },
    );
    const policy = pipeline(
      timeout({ timeoutMs: 1000, clock }),
      retry({ clock }),
      circuitBreaker({ clock }),
    );
    const reader = {
      classifyValue: () => {
        throw new Error('a bug in the reader');
      },
      classifyError: () => {
        throw new Error('a bug in the reader');
      },
    };
    await expect(policy.execute(() => 'value', { reader })).resolves.toBe('value');
    await expect(policy.execute(() => Promise.reject(hostile), { reader })).rejects.toBe(hostile);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a protected function', () => {
  test('keeps its name, length, this and arguments', async () => {
    const mailer = {
      host: 'mail.example.com',
      async send(this: { host: string }, to: string, text: string) {
        return `${this.host} ${to} ${text}`;
      },
    };
    const send = protect(pipeline(), mailer.send);
    expect([send.name, send.length]).toEqual(['send', 2]);
    await expect(send.call(mailer, 'me', 'hello')).resolves.toBe('mail.example.com me hello');
  });

  test('runs under its policy, with its options', async () => {
    const clock = virtualClock();
    const seen: string[] = [];
    const looking = definePolicy({ enter: ({ key }) => void seen.push(key) });
    const run = jest.fn(async () => {
      if (run.mock.calls.length === 1) throw Object.assign(new Error('busy'), { status: 503 });
      return 'done';
    });
    const guarded = protect(pipeline(looking, retry({ clock })), run, { key: 'mail' });
    await expect(clock.run(guarded())).resolves.toBe('done');
    expect(seen).toEqual(['mail']);
    expect(run).toHaveBeenCalledTimes(2);
  });
});
