import { describe, expect, test } from '@jest/globals';
import {
  asMiddleware,
  compose,
  pipeline,
  resilientFetch,
  retry,
  timeout,
  tokenBucket,
  type CallOptions,
  type Fetch,
  type Middleware,
  type Operation,
  type Policy,
} from '../../src/index.ts';
import { scriptedFetch, virtualClock } from '../../src/testing.ts';

const API = 'https://api.example.com/';

/** A policy of the user's own that writes down when it is entered and left. */
function witness(name: string, seen: string[]): Policy {
  return {
    async execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T> {
      seen.push(`${name} in`);
      try {
        return await pipeline().execute(operation, options);
      } finally {
        seen.push(`${name} out`);
      }
    },
  };
}

const IN_ORDER = ['a in', 'b in', 'c in', 'c out', 'b out', 'a out'];

describe('the first is the outermost', () => {
  test('of a pipeline', async () => {
    const seen: string[] = [];
    const [a, b, c] = ['a', 'b', 'c'].map((name) => witness(name, seen)) as [
      Policy,
      Policy,
      Policy,
    ];
    expect(await pipeline(a, b, c).execute(() => 5)).toBe(5);
    expect(seen).toEqual(IN_ORDER);
    seen.length = 0;
    await pipeline(a, pipeline(b, pipeline(), c)).execute(() => 5);
    expect(seen).toEqual(IN_ORDER);
  });

  test('of composed middlewares', async () => {
    const seen: string[] = [];
    const [a, b, c] = ['a', 'b', 'c'].map((name) => asMiddleware(witness(name, seen))) as [
      Middleware,
      Middleware,
      Middleware,
    ];
    await compose(a, b, c)(scriptedFetch([200]))(API);
    expect(seen).toEqual(IN_ORDER);
  });
});

describe('pipeline() is the identity', () => {
  test('it runs the operation once, and gives what it gave', async () => {
    const value = {};
    let runs = 0;
    const run = () => {
      runs += 1;
      return value;
    };
    expect(await pipeline().execute(run)).toBe(value);
    expect(runs).toBe(1);
  });

  test.each([[new Error('x')], [undefined], ['text'], [null]])(
    'it throws what was thrown: %p',
    async (thrown) => {
      const call = pipeline().execute(() => {
        throw thrown;
      });
      const given = await call.then(
        () => 'resolved',
        (error: unknown) => ({ error }),
      );
      expect(given).toEqual({ error: thrown });
    },
  );

  test('around a fetch it changes nothing', async () => {
    const response = new Response('x', { status: 500 });
    const wrapped = asMiddleware(pipeline())(scriptedFetch([response]));
    expect(await wrapped(API)).toBe(response);
    expect(response.bodyUsed).toBe(false);
  });

  test('in a pipeline, on either side, it changes nothing', async () => {
    const clock = virtualClock();
    const policy = retry({ clock, maxRetries: 1 });
    for (const same of [
      policy,
      pipeline(policy),
      pipeline(pipeline(), policy),
      pipeline(policy, pipeline()),
    ]) {
      const upstream = scriptedFetch([503, 200], { clock });
      const response = await clock.run(asMiddleware(same)(upstream)(API));
      expect([response.status, upstream.calls.length, same.repeats]).toEqual([200, 2, true]);
    }
  });
});

describe('a policy of the user’s own in between', () => {
  test('is asked at every attempt, with the attempt’s number and the call’s key', async () => {
    const clock = virtualClock();
    const seen: unknown[] = [];
    const own: Policy = {
      execute: (operation, options) => {
        const { key, attempt } = options as { key: string; attempt: number };
        seen.push([key, attempt]);
        return pipeline().execute(operation, options);
      },
    };
    const upstream = scriptedFetch([503, 503, 200], { clock });
    const policy = pipeline(retry({ clock }), own, timeout({ timeoutMs: 1000, clock }));
    expect((await clock.run(asMiddleware(policy)(upstream)(API))).status).toBe(200);
    const key = 'https://api.example.com';
    expect(seen).toEqual([
      [key, 1],
      [key, 2],
      [key, 3],
    ]);
  });

  test('may answer by itself: nothing is sent', async () => {
    const cached = new Response('from the cache');
    const cache: Policy = { execute: async () => cached as never };
    const upstream = scriptedFetch([]);
    const fetch = asMiddleware(pipeline(retry(), cache, tokenBucket()))(upstream);
    expect(await fetch(API)).toBe(cached);
    expect(upstream.calls).toHaveLength(0);
  });

  test('may call on without a context: the layers inside still share the call', async () => {
    const clock = virtualClock();
    const forgetful: Policy = {
      execute: async <T>(operation: Operation<T>) => (operation as unknown as () => Promise<T>)(),
    };
    const upstream = scriptedFetch([503, 200], { clock });
    const controller = new AbortController();
    const policy = pipeline(retry({ clock }), forgetful, timeout({ timeoutMs: 1000, clock }));
    const call = asMiddleware(policy)(upstream)(API, { signal: controller.signal });
    expect((await clock.run(call)).status).toBe(200);
    expect(upstream.calls).toHaveLength(2);
  });
});

describe('a middleware of the user’s own in between', () => {
  const signing: Middleware = (next) => {
    let signed = 0;
    return async function signedFetch(input, init) {
      signed += 1;
      const headers = new Headers(init?.headers);
      headers.set('x-signature', `of attempt ${signed}`);
      return next(input, { ...init, headers });
    };
  };

  test('inside a retry runs at every attempt', async () => {
    const clock = virtualClock();
    const upstream = scriptedFetch([503, 200], { clock });
    const fetch = compose(asMiddleware(retry({ clock })), signing)(upstream);
    await clock.run(fetch(API, { headers: { accept: 'text/plain' } }));
    expect(upstream.calls.map(({ headers }) => headers.get('x-signature'))).toEqual([
      'of attempt 1',
      'of attempt 2',
    ]);
    expect(upstream.calls.map(({ headers }) => headers.get('accept'))).toEqual([
      'text/plain',
      'text/plain',
    ]);
  });

  test('around a retry runs once a call', async () => {
    const clock = virtualClock();
    const upstream = scriptedFetch([503, 200], { clock });
    const fetch = compose(signing, asMiddleware(retry({ clock })))(upstream);
    await clock.run(fetch(API));
    expect(upstream.calls.map(({ headers }) => headers.get('x-signature'))).toEqual([
      'of attempt 1',
      'of attempt 1',
    ]);
  });

  test('around a resilient fetch may turn failures into errors of its own', async () => {
    const clock = virtualClock();
    const throwing: Middleware = (next) => async (input, init) => {
      const response = await next(input, init);
      if (!response.ok) throw new Error(`failed with ${response.status}`);
      return response;
    };
    const upstream = scriptedFetch([503, 503], { clock });
    const inner: Fetch = resilientFetch(upstream, { clock, retry: { maxRetries: 1 } });
    await expect(clock.run(compose(throwing)(inner)(API))).rejects.toThrow('failed with 503');
    expect(upstream.calls).toHaveLength(2);
  });

  test('inside a retry that throws its own errors decides by their shape', async () => {
    const clock = virtualClock();
    const throwing: Middleware = (next) => async (input, init) => {
      const response = await next(input, init);
      if (response.ok) return response;
      throw Object.assign(new Error('failed'), { status: response.status });
    };
    const attempts = async (status: number): Promise<number> => {
      const upstream = scriptedFetch([status, 200], { clock });
      const fetch = compose(asMiddleware(retry({ clock })), throwing)(upstream);
      await clock.run(fetch(API).catch(() => undefined));
      return upstream.calls.length;
    };
    expect([await attempts(503), await attempts(404)]).toEqual([2, 1]);
  });
});
