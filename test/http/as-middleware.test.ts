import { describe, expect, test } from '@jest/globals';
import {
  OptionError,
  asMiddleware,
  pipeline,
  retry,
  timeout,
  tokenBucket,
  type CallOptions,
  type Fetch,
  type Operation,
  type Policy,
} from '../../src/index.ts';
import { networkError, scriptedFetch, virtualClock } from '../../src/testing.ts';

const URL_HERE = 'https://api.example.com/things';

/** A fetch that keeps what it was called with, as it was called. */
function recorder(statuses: readonly number[] = [200]) {
  const calls: { thisValue: unknown; given: unknown[] }[] = [];
  const fetch = function (this: unknown, ...given: unknown[]): Promise<Response> {
    calls.push({ thisValue: this, given });
    return Promise.resolve(new Response(null, { status: statuses[calls.length - 1] ?? 200 }));
  };
  return { fetch: fetch as Fetch, calls };
}

const bounded = () => timeout({ timeoutMs: 1000, clock: virtualClock() });

describe('what reaches the fetch inside', () => {
  test('the first attempt gets the very arguments of the caller', async () => {
    const { fetch, calls } = recorder();
    const url = new URL(URL_HERE);
    const init = { method: 'POST', body: 'text' };
    await asMiddleware(retry())(fetch)(url, init);
    expect(calls[0]!.given[0]).toBe(url);
    expect(calls[0]!.given[1]).toBe(init);
  });

  test('an argument that the caller left out stays left out', async () => {
    const { fetch, calls } = recorder();
    await asMiddleware(retry())(fetch)(URL_HERE);
    await asMiddleware(retry())(fetch)('data:,local');
    expect(calls.map(({ given }) => given.length)).toEqual([1, 1]);
  });

  test('it is called without a this, as browsers and Workers insist', async () => {
    const { fetch, calls } = recorder([503, 200]);
    const policy = retry({ baseDelayMs: 0 });
    await asMiddleware(policy)(fetch)(URL_HERE);
    await asMiddleware(bounded())(fetch)(URL_HERE);
    expect(calls.map(({ thisValue }) => thisValue)).toEqual([undefined, undefined, undefined]);
  });

  test('init fields that nobody here knows are passed on', async () => {
    const { fetch, calls } = recorder();
    const dispatcher = { name: 'an undici dispatcher' };
    const init = { dispatcher, next: { revalidate: 60 }, cf: { cacheTtl: 5 }, keepalive: true };
    await asMiddleware(bounded())(fetch)(URL_HERE, init as RequestInit);
    expect(calls[0]!.given[1]).toMatchObject(init);
    expect((calls[0]!.given[1] as typeof init).dispatcher).toBe(dispatcher);
  });

  test('a Request given as init keeps its method, headers and body under a timeout', async () => {
    const upstream = scriptedFetch([200]);
    const init = new Request(URL_HERE, {
      method: 'POST',
      body: 'kept',
      headers: { 'x-kept': '1' },
    });
    await asMiddleware(bounded())(upstream)(URL_HERE, init as unknown as RequestInit);
    const [call] = upstream.calls;
    expect([call!.method, call!.headers.get('x-kept'), call!.bodyText]).toEqual([
      'POST',
      '1',
      'kept',
    ]);
  });

  class ComputedInit {
    readonly #bytes = [1, 2, 3];
    readonly headers = { 'x-kept': '1' };
    get method() {
      return 'PUT';
    }
    get body() {
      return new Uint8Array(this.#bytes);
    }
  }
  test('the wrapper is a plain function in all that a program can ask of it', () => {
    const { fetch } = recorder();
    const wrapped = asMiddleware(retry())(fetch);
    expect(Object.prototype.toString.call(wrapped)).toBe('[object Function]');
    expect(Object.getPrototypeOf(wrapped)).toBe(Function.prototype);
  });

  test('a refusal comes as soon as that of the fetch inside, not a turn later', async () => {
    const order: string[] = [];
    const refused = Promise.reject(new TypeError('no such thing'));
    const wrapped = asMiddleware(retry())(() => refused);
    const call = wrapped(URL_HERE, { signal: AbortSignal.abort() });
    expect(call).toBe(refused);
    call.catch(() => order.push('refused'));
    await Promise.resolve().then(() => order.push('the next microtask'));
    expect(order).toEqual(['refused', 'the next microtask']);
  });

  test('a signal that cannot be read is fetch’s to refuse', async () => {
    const { fetch, calls } = recorder();
    const init = Object.defineProperty({}, 'signal', {
      get() {
        throw new Error('not for your eyes');
      },
    });
    await asMiddleware(bounded())(fetch)(URL_HERE, init);
    expect(calls[0]!.given[1]).toBe(init);
  });

  test.each<[string, object]>([
    ['nothing', {}],
    ['nothing that fetch knows', { next: { revalidate: 60 } }],
    ['undefined', { method: undefined }],
  ])('an init that says %s leaves a Request its referrer', async (_what, init) => {
    const request = new Request(URL_HERE, { referrerPolicy: 'no-referrer', referrer: '' });
    const upstream = scriptedFetch([200]);
    const seen: Request[] = [];
    const spy: Fetch = (input, given) => {
      seen.push(new Request(input, given));
      return upstream(input, given);
    };
    await asMiddleware(bounded())(spy)(request, init);
    expect([seen[0]!.referrer, seen[0]!.referrerPolicy]).toEqual(['', 'no-referrer']);
  });

  const fields = { method: 'PUT', headers: { 'x-kept': '1' }, body: new Uint8Array([1, 2, 3]) };

  test.each<[string, RequestInit]>([
    ['inherits them', Object.create(fields) as RequestInit],
    ['is of a class that computes them', new ComputedInit()],
    ['makes them up when asked', new Proxy({}, { get: (_, name) => Reflect.get(fields, name) })],
  ])('an init that %s keeps its fields, timed and repeated', async (_what, init) => {
    const clock = virtualClock();
    const upstream = scriptedFetch([503, 200], { clock });
    const policy = pipeline(retry({ clock }), timeout({ timeoutMs: 1000, clock }));
    await clock.run(asMiddleware(policy)(upstream)(URL_HERE, init));
    expect(upstream.calls).toHaveLength(2);
    for (const call of upstream.calls) {
      expect([call.method, call.headers.get('x-kept'), [...call.body!]]).toEqual([
        'PUT',
        '1',
        [1, 2, 3],
      ]);
    }
  });

  test('an init that fetch would refuse is fetch’s to refuse', async () => {
    const { fetch, calls } = recorder();
    await asMiddleware(bounded())(fetch)(URL_HERE, 5 as unknown as RequestInit);
    expect(calls[0]!.given[1]).toBe(5);
  });

  test.each([
    ['an object', {}],
    ['a number', 5],
    ['a string', 'stop'],
  ])('a signal that is %s and no signal is fetch’s to refuse', async (_what, signal) => {
    const { fetch, calls } = recorder();
    const init = { signal } as unknown as RequestInit;
    await asMiddleware(pipeline(retry(), bounded()))(fetch)(URL_HERE, init);
    expect(calls[0]!.given).toEqual([URL_HERE, init]);
  });

  test('a referrer and its policy set on a Request survive the signal of a timeout', async () => {
    const request = new Request(URL_HERE, { referrerPolicy: 'no-referrer' });
    let sent: Request | undefined;
    const fetch: Fetch = async (input, init) => {
      sent = new Request(input, init);
      return new Response();
    };
    await asMiddleware(bounded())(fetch)(request);
    expect(sent!.referrerPolicy).toBe('no-referrer');
    expect(sent!.signal).not.toBe(request.signal);
  });

  test('a signal of another making than the platform’s still aborts an attempt', async () => {
    const foreign = Object.assign(new EventTarget(), {
      aborted: false,
      reason: undefined as unknown,
    });
    const reason = new Error('enough');
    const upstream = scriptedFetch(['hangs']);
    const call = asMiddleware(bounded())(upstream)(URL_HERE, {
      signal: foreign as unknown as AbortSignal,
    });
    setImmediate(() => {
      Object.assign(foreign, { aborted: true, reason });
      foreign.dispatchEvent(new Event('abort'));
    });
    await expect(call).rejects.toBe(reason);
    expect(upstream.calls[0]!.signal!.aborted).toBe(true);
  });

  test.each([
    'data:,local',
    'about:blank',
    'blob:nodedata:1',
    '/relative',
    '',
    'http://',
    'no url',
  ])('%j passes straight through, whatever the policy', async (input) => {
    const { fetch, calls } = recorder();
    const refusing: Policy = { execute: () => Promise.reject(new Error('refused')) };
    await asMiddleware(refusing)(fetch)(input);
    expect(calls).toHaveLength(1);
  });

  test('what is no address at all passes straight through', async () => {
    const { fetch, calls } = recorder();
    const wrapped = asMiddleware(retry())(fetch) as (input?: unknown) => Promise<Response>;
    for (const input of [undefined, null, 5, Symbol('x'), {}]) await wrapped(input);
    expect(calls).toHaveLength(5);
  });

  test('the wrapper has the name and the length of what it wraps', () => {
    function fetchOfMine(_input: unknown, _init: unknown, _more: unknown): Promise<Response> {
      return Promise.resolve(new Response());
    }
    const wrapped = asMiddleware(retry())(fetchOfMine as unknown as Fetch);
    expect([wrapped.name, wrapped.length]).toEqual(['fetchOfMine', 3]);
  });
});

describe('what shares a bucket and a breaker', () => {
  const keysOf = async (key: unknown, ...inputs: (string | URL | Request)[]): Promise<string[]> => {
    const keys: string[] = [];
    const spy: Policy = {
      execute<T>(operation: Operation<T>, options?: CallOptions) {
        keys.push(options!.key!);
        return pipeline().execute(operation, options);
      },
    };
    const wrapped = asMiddleware(spy, { key: key as string })(recorder().fetch);
    for (const input of inputs) await wrapped(input);
    return keys;
  };

  test('is the origin of a string, a URL or a Request', async () => {
    const origin = 'https://api.example.com';
    const keys = await keysOf(
      undefined,
      `${origin}/a?b#c`,
      new URL(`${origin}/d`),
      new Request(`${origin}/e`),
      'HTTPS://API.example.com:443/f',
      'https://user:secret@api.example.com/g',
    );
    expect(keys).toEqual(Array.from({ length: 5 }, () => origin));
  });

  test('is a string for all or told by a function of the arguments', async () => {
    expect(await keysOf('one', URL_HERE, 'https://other.example')).toEqual(['one', 'one']);
    expect(await keysOf((input: string) => new URL(input).pathname, URL_HERE)).toEqual(['/things']);
  });
});

describe('a policy that is not holdfast’s own', () => {
  test('its own signal reaches fetch', async () => {
    const controller = new AbortController();
    const foreign: Policy = {
      execute: async (operation) => operation({ key: 'k', attempt: 1, signal: controller.signal }),
    };
    const { fetch, calls } = recorder();
    await asMiddleware(foreign)(fetch)(URL_HERE, { method: 'PUT' });
    expect(calls[0]!.given[1]).toEqual({ method: 'PUT', signal: controller.signal });
  });

  test('it may run the operation twice, and the body goes out whole both times', async () => {
    const twice: Policy = {
      repeats: true,
      execute: async (operation, options) => {
        await pipeline().execute(operation, options);
        return pipeline().execute(operation, options);
      },
    };
    const upstream = scriptedFetch([503, 200]);
    const request = new Request(URL_HERE, { method: 'PUT', body: 'whole' });
    const response = await asMiddleware(twice)(upstream)(request);
    expect(response.status).toBe(200);
    expect(upstream.calls.map(({ bodyText }) => bodyText)).toEqual(['whole', 'whole']);
  });

  test('it may run the operation twice within a pipeline', async () => {
    const twice: Policy = {
      repeats: true,
      execute: async <T>(operation: Operation<T>, options?: CallOptions) => {
        const context = options as unknown as Parameters<Operation<T>>[0];
        await operation(context);
        return operation(context);
      },
    };
    const upstream = scriptedFetch([503, 200]);
    const request = new Request(URL_HERE, { method: 'PUT', body: 'whole' });
    await asMiddleware(pipeline(twice, tokenBucket()))(upstream)(request);
    expect(upstream.calls.map(({ bodyText }) => bodyText)).toEqual(['whole', 'whole']);
  });
});

describe('what is wrong with the arguments', () => {
  test('a wrong option is named, with what was expected and what came', () => {
    expect(() => asMiddleware(retry(), { key: 5 as unknown as string })).toThrow(
      'asMiddleware.key must be a string or a function, but it is 5',
    );
    expect(() => asMiddleware(retry(), { kee: 'x' } as object)).toThrow(
      /asMiddleware\.kee must be left out: the options here are catalog, key/,
    );
    expect(() => asMiddleware(retry(), { catalog: 'ondemand' as never })).toThrow(
      /asMiddleware\.catalog must be a catalog.*but it is "ondemand"/,
    );
    for (const option of [undefined, null, {}, () => {}, 'retry']) {
      expect(() => asMiddleware(option as unknown as Policy)).toThrow(OptionError);
    }
    expect(() => asMiddleware(undefined as unknown as Policy)).toThrow(
      'asMiddleware.policy must be an object with execute(), but it is undefined',
    );
    expect(() => asMiddleware(retry())(undefined as unknown as Fetch)).toThrow(
      'asMiddleware.next must be a function, but it is undefined',
    );
  });

  test('a key function that throws rejects the call with what it threw', async () => {
    const mistake = new Error('no key for this');
    const { fetch, calls } = recorder();
    const wrapped = asMiddleware(retry(), {
      key: () => {
        throw mistake;
      },
    })(fetch);
    await expect(wrapped(URL_HERE)).rejects.toBe(mistake);
    expect(calls).toHaveLength(0);
  });
});

describe('what comes back', () => {
  test('is the original error object, the very one of the last attempt', async () => {
    const errors = [networkError('ECONNRESET'), networkError('ECONNREFUSED')];
    const clock = virtualClock();
    const upstream = scriptedFetch(errors, { clock });
    const wrapped = asMiddleware(retry({ maxRetries: 1, clock }))(upstream);
    await expect(clock.run(wrapped(URL_HERE))).rejects.toBe(errors[1]);
  });

  test('may be any value that fetch throws, undefined too', async () => {
    for (const thrown of [undefined, null, 0, 'text', Symbol.iterator]) {
      const upstream = scriptedFetch([{ throws: thrown }]);
      const given = await asMiddleware(retry())(upstream)(URL_HERE).then(
        () => 'resolved',
        (error: unknown) => ({ error }),
      );
      expect(given).toEqual({ error: thrown });
    }
  });

  test('a fetch that throws synchronously rejects all the same', async () => {
    const mistake = new TypeError('not today');
    const wrapped = asMiddleware(retry())(() => {
      throw mistake;
    });
    await expect(wrapped(URL_HERE)).rejects.toBe(mistake);
  });

  test.each([
    ['204', new Response(null, { status: 204 })],
    ['304', new Response(null, { status: 304 })],
    ['302 that was not followed', new Response(null, { status: 302 })],
    ['an opaque response', opaque()],
    ['Response.error()', Response.error()],
  ])('%s is no failure and comes back as it is', async (_what, response) => {
    const upstream = scriptedFetch([response]);
    const given = await asMiddleware(retry())(upstream)(URL_HERE);
    expect(given).toBe(response);
    expect(upstream.calls).toHaveLength(1);
  });

  test('a success is neither cloned nor read', async () => {
    const response = new Response('untouched');
    let touched = 0;
    response.clone = () => {
      touched += 1;
      return new Response();
    };
    const given = await asMiddleware(pipeline(retry(), tokenBucket()))(scriptedFetch([response]))(
      URL_HERE,
    );
    expect(given).toBe(response);
    expect([touched, given.bodyUsed, given.body!.locked]).toEqual([0, false, false]);
  });
});

function opaque(): Response {
  return Object.defineProperties(new Response(), {
    status: { value: 0 },
    ok: { value: false },
    type: { value: 'opaque' },
  });
}
