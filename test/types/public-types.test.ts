import { describe, expect, test } from '@jest/globals';
import crossFetch from 'cross-fetch';
import { expectTypeOf } from 'expect-type';
import type { Result, ResultAsync } from 'neverthrow';
import nodeFetch, { Request as NodeRequest } from 'node-fetch';
import { fetch as undiciFetch } from 'undici';
import {
  asMiddleware,
  circuitBreaker,
  classify,
  type compose,
  orThrow,
  pipeline,
  protect,
  reportOf,
  resilientFetch,
  retry,
  timeout,
  tokenBucket,
  type CallReport,
  type Category,
  type CircuitBreakerPolicy,
  type Classification,
  type Fetch,
  type HttpError,
  type Middleware,
  type Policy,
  type ResilienceError,
  type ResilienceEvent,
  type ResilientFetchOptions,
  type RetryOptions,
} from '../../src/index.ts';
import { executeResult, resultFetch, toResilienceError } from '../../src/result.ts';

// What these tests prove they prove to the compiler (`npm run types`); running them shows only that
// nothing stands in the way. A `// @ts-expect-error` fails to compile where there is no error.

/** Every kind has its branch: without one of them the last line would not compile. */
function adviceFor(error: ResilienceError): string {
  switch (error.kind) {
    case 'http':
      expectTypeOf(error).toEqualTypeOf<HttpError>();
      return `status ${error.status}`;
    case 'network':
      return 'no answer';
    case 'timeout':
      expectTypeOf(error.timeoutMs).toEqualTypeOf<number | undefined>();
      return 'too slow';
    case 'aborted':
      return 'given up';
    case 'circuit-open':
    case 'rate-limited':
      expectTypeOf(error.retryAfterMs).toEqualTypeOf<number | undefined>();
      return 'later';
    case 'unexpected':
      return 'a bug';
    default:
      return error satisfies never;
  }
}

/** One kind is missing here, and the compiler says so. */
function incomplete(error: ResilienceError): unknown {
  switch (error.kind) {
    case 'http':
    case 'network':
    case 'timeout':
    case 'aborted':
    case 'circuit-open':
    case 'rate-limited':
      return error.message;
    default:
      // @ts-expect-error -- 'unexpected' is left
      return error satisfies never;
  }
}

describe('the union of errors', () => {
  test('is closed on kind', () => {
    expectTypeOf<ResilienceError['kind']>().toEqualTypeOf<
      'http' | 'network' | 'timeout' | 'aborted' | 'circuit-open' | 'rate-limited' | 'unexpected'
    >();
    const error = toResilienceError(new TypeError('x is not a function'));
    expect([adviceFor(error), incomplete(error) === error]).toEqual(['a bug', true]);
  });

  test('carries the same on every member', () => {
    type Shared = Pick<
      ResilienceError,
      'key' | 'attempts' | 'classification' | 'retryAfterMs' | 'message' | 'cause'
    >;
    expectTypeOf<ResilienceError>().toExtend<Shared>();
    expectTypeOf<ResilienceError>().toExtend<Error>();
    expectTypeOf<ResilienceError['classification']>().toEqualTypeOf<Classification>();
    expect.assertions(0);
  });

  test('a switch on category and on an event’s type is closed too', () => {
    expectTypeOf<Category>().toEqualTypeOf<'success' | 'retryable' | 'throttle' | 'fatal'>();
    const unknownEvent = (event: ResilienceEvent): string => {
      switch (event.type) {
        case 'attempt-ended':
        case 'retry-scheduled':
        case 'gave-up':
        case 'queued':
        case 'key-paused':
        case 'refused':
        case 'circuit-changed':
        case 'timed-out':
        case 'nested-retry':
        case 'coalesced':
        case 'stream-failed':
        case 'failed-over':
        case 'endpoint-out':
        case 'endpoint-back':
        case 'fallback-used':
        case 'fallback-failed':
        // Of `holdfast/redis`: this repository sees all entry points at once.
        case 'store-error':
        case 'store-recovered':
        case 'fleet-stopped':
        case 'fleet-resumed':
        case 'hedged':
          return event.key;
        default:
          return event satisfies never;
      }
    };
    expect(unknownEvent).toBeInstanceOf(Function);
  });
});

describe('the wrapped fetch', () => {
  test('goes wherever a fetch goes', () => {
    const wrapped = resilientFetch();
    expectTypeOf(wrapped).toExtend<typeof globalThis.fetch>();
    expectTypeOf<typeof globalThis.fetch>().toExtend<Fetch>();
    const asGlobal: typeof globalThis.fetch = wrapped;
    const again: Fetch = resilientFetch(globalThis.fetch);
    const asOption: { fetch?: typeof fetch } = { fetch: wrapped };
    // As SDKs spell it themselves.
    const asSdk: (input: RequestInfo | URL, init?: RequestInit) => Promise<Response> = wrapped;
    expect([asGlobal, asOption.fetch, asSdk]).toEqual([wrapped, wrapped, wrapped]);
    expect(again.name).toBe('fetch');
  });

  test('keeps the type of the fetch that it wraps, and takes options by call beside it', () => {
    expectTypeOf(resilientFetch(nodeFetch)).toExtend<typeof nodeFetch>();
    expectTypeOf(resilientFetch(crossFetch)).toExtend<typeof crossFetch>();
    expectTypeOf(resilientFetch(undiciFetch)).toExtend<typeof undiciFetch>();
    const ofNode = resilientFetch(nodeFetch, { retry: { maxRetries: 1 } });
    const plainly = () => ofNode('https://api.example.com');
    expectTypeOf(plainly).returns.toEqualTypeOf<ReturnType<typeof nodeFetch>>();
    const call = () =>
      ofNode(new NodeRequest('https://x.example'), { holdfast: { maxRetries: 1 } });
    expectTypeOf(call).returns.toEqualTypeOf<ReturnType<typeof nodeFetch>>();
    const ofPlatform = resilientFetch();
    const quick = () =>
      ofPlatform('https://x.example', { holdfast: { totalTimeoutMs: 5, key: 'k' } });
    expectTypeOf(quick).returns.toEqualTypeOf<Promise<Response>>();
    // @ts-expect-error -- there is no such option
    const wrong = () => ofPlatform('https://x.example', { holdfast: { retries: 1 } });
    expectTypeOf(orThrow(new Response())).toEqualTypeOf<Response>();
    const stub = resilientFetch(async () => new Response());
    expectTypeOf(stub('https://x.example')).toEqualTypeOf<Promise<Response>>();
    // @ts-expect-error -- that is no fetch
    expect(() => resilientFetch(5)).toThrow('resilientFetch.fetch');
    expect(wrong).toBeInstanceOf(Function);
  });

  test('has what the function has that it wraps, and leads back to itself', () => {
    const wrapped = resilientFetch(crossFetch) as unknown as Record<string, unknown>;
    const { fetch, Headers, default: again } = crossFetch as unknown as Record<string, unknown>;
    expect([fetch, again]).toContain(crossFetch);
    expect(wrapped.Headers).toBe(Headers);
    for (const name of ['fetch', 'default']) {
      if (name in crossFetch) expect(wrapped[name]).toBe(wrapped);
    }
  });

  test('is made of parts that fit together', () => {
    expectTypeOf<ReturnType<typeof compose>>().toEqualTypeOf<Middleware>();
    expectTypeOf(asMiddleware).parameter(0).toEqualTypeOf<Policy>();
    expectTypeOf<ReturnType<typeof pipeline>>().toEqualTypeOf<Policy>();
    expectTypeOf(retry).returns.toEqualTypeOf<Policy>();
    expectTypeOf(tokenBucket).returns.toEqualTypeOf<Policy>();
    expectTypeOf(timeout).returns.toEqualTypeOf<Policy>();
    expectTypeOf(circuitBreaker).returns.toEqualTypeOf<CircuitBreakerPolicy>();
    expectTypeOf<CircuitBreakerPolicy>().toExtend<Policy>();
    expectTypeOf(reportOf).returns.toEqualTypeOf<CallReport | undefined>();
    expectTypeOf(classify).returns.toExtend<Classification>();
    expect.assertions(0);
  });

  test('takes options that are all optional, may be undefined, and may not be mistyped', () => {
    resilientFetch(undefined, {});
    resilientFetch(undefined, {
      retry: undefined,
      rateLimit: false,
      circuitBreaker: circuitBreaker(),
    });
    expectTypeOf<ResilientFetchOptions['retry']>().toEqualTypeOf<
      RetryOptions | false | undefined
    >();
    // @ts-expect-error -- true means nothing
    expect(() => resilientFetch(undefined, { retry: true })).toThrow('resilientFetch.retry');
    // @ts-expect-error -- there is no such option
    expect(() => resilientFetch(undefined, { retries: 3 })).toThrow('resilientFetch.retries');
    // @ts-expect-error -- a word that is none of them
    expect(() => retry({ jitter: 'some' })).toThrow('retry.jitter');
    // @ts-expect-error -- a timeout needs a time
    expect(() => timeout({})).toThrow('timeout.timeoutMs');
  });
});

describe('what is guarded keeps its type', () => {
  test('protect gives back the function’s own type', () => {
    const translate = async (text: string, to: 'el' | 'de'): Promise<string> => text + to;
    const guarded = protect(pipeline(), translate);
    expectTypeOf(guarded).toEqualTypeOf<typeof translate>();
    // @ts-expect-error -- what is not asynchronous cannot be repeated
    protect(pipeline(), (text: string): string => text);
    expect(guarded.name).toBe('translate');
  });

  test('execute gives what the operation gives', async () => {
    const answer = pipeline(retry(), tokenBucket()).execute(({ attempt, key, signal }) => {
      expectTypeOf(attempt).toEqualTypeOf<number>();
      expectTypeOf(key).toEqualTypeOf<string>();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      return { answer: 42 };
    });
    expectTypeOf(answer).toEqualTypeOf<Promise<{ answer: number }>>();
    expect(await answer).toEqual({ answer: 42 });
  });
});

describe('results', () => {
  test('hold the value or one of the closed union', async () => {
    const result = resultFetch(async () => new Response())('https://api.example.com/');
    expectTypeOf(result).toEqualTypeOf<ResultAsync<Response, ResilienceError>>();
    expectTypeOf(await result).toEqualTypeOf<Result<Response, ResilienceError>>();
    const executed = executeResult(pipeline(), async () => 5);
    expectTypeOf(executed).toEqualTypeOf<ResultAsync<number, ResilienceError>>();
    expectTypeOf(toResilienceError).returns.toEqualTypeOf<ResilienceError>();
    expect((await executed)._unsafeUnwrap()).toBe(5);
  });
});
