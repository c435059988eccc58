import { describe, expect, test } from '@jest/globals';
import { ResultAsync } from 'neverthrow';
import { refusal } from '../../src/core/classification.ts';
import {
  CircuitOpenError,
  circuitBreaker,
  pipeline,
  resilientFetch,
  retry,
  timeout,
  tokenBucket,
  type Fetch,
  type ResilienceError,
} from '../../src/index.ts';
import { ondemand } from '../../src/catalogs.ts';
import { executeResult, resultFetch, toResilienceError } from '../../src/result.ts';
import {
  ONDEMAND_ERRORS,
  ONDEMAND_ERROR_CODES,
  networkError,
  ondemandErrorBody,
  repeat,
  scriptedFetch,
  virtualClock,
} from '../../src/testing.ts';

const ORIGIN = 'https://api.example.com';
const API = `${ORIGIN}/things?api_key=secret`;

/** The error of a call that must fail. */
async function errorOf(result: ResultAsync<unknown, ResilienceError>): Promise<ResilienceError> {
  return (await result)._unsafeUnwrapErr();
}

describe('resultFetch', () => {
  test('gives a response that is a success as Ok, unread', async () => {
    const response = new Response('unread');
    const result = await resultFetch(scriptedFetch([response]))(API);
    expect(result._unsafeUnwrap()).toBe(response);
    expect(response.bodyUsed).toBe(false);
  });

  test.each([204, 302, 304])('gives %i as Ok: it is an answer, not a failure', async (status) => {
    const fetch = resultFetch(resilientFetch(scriptedFetch([status])));
    expect((await fetch(API))._unsafeUnwrap().status).toBe(status);
  });

  test.each(ONDEMAND_ERROR_CODES)('reads %s of the OnDemand table', async (errorCode) => {
    const { status, message } = ONDEMAND_ERRORS[errorCode];
    const category = status === 429 ? 'throttle' : status >= 500 ? 'retryable' : 'fatal';
    const body = ondemandErrorBody(errorCode, message);
    const clock = virtualClock();
    const upstream = scriptedFetch([repeat({ status, body })], { clock });
    const fetch = resultFetch(resilientFetch(upstream, { clock, catalog: ondemand }));
    const error = (await clock.run(fetch(API)))._unsafeUnwrapErr();
    expect(error).toMatchObject({
      kind: 'http',
      name: 'HttpError',
      status,
      key: ORIGIN,
      classification: { errorCode, message, status, category },
    });
    expect(error.attempts).toHaveLength(upstream.calls.length);
    expect(error.message).toContain(`${ORIGIN} answered ${status} ${errorCode}`);
    if (error.kind !== 'http') throw error;
    expect(error.response?.bodyUsed).toBe(false);
    expect(await error.response?.json()).toEqual({ message, errorCode });
  });

  test('reads a fetch that is not holdfast’s own with its own catalog', async () => {
    const body = ondemandErrorBody('rate_limit_exceeded', 'Slow down');
    const upstream = scriptedFetch([{ status: 429, body, headers: { 'retry-after': '2' } }]);
    const error = await errorOf(resultFetch(upstream, { catalog: ondemand })(API));
    expect(error).toMatchObject({
      kind: 'http',
      retryAfterMs: 2000,
      classification: { category: 'throttle', decidedBy: 'catalog' },
    });
  });

  test('tells a network error by its cause, and keeps the original', async () => {
    const original = networkError('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:1');
    const clock = virtualClock();
    const upstream = scriptedFetch([repeat(original)], { clock });
    const result = await clock.run(resultFetch(resilientFetch(upstream, { clock }))(API));
    const error = result._unsafeUnwrapErr();
    expect(error).toMatchObject({
      kind: 'network',
      key: ORIGIN,
      message: `No answer from ${ORIGIN}: ECONNREFUSED`,
    });
    expect(error.cause).toBe(original);
    expect(error.attempts.map(({ classification }) => classification?.errorCode)).toEqual(
      Array.from({ length: 4 }, () => 'ECONNREFUSED'),
    );
  });

  test('tells a timeout of holdfast’s own, as it is', async () => {
    const clock = virtualClock();
    const options = { clock, attemptTimeoutMs: 50, retry: false as const };
    const fetch = resultFetch(resilientFetch(scriptedFetch(['hangs'], { clock }), options));
    const error = (await clock.run(fetch(API)))._unsafeUnwrapErr();
    expect(error).toMatchObject({
      kind: 'timeout',
      timeoutMs: 50,
      message: `${ORIGIN} did not answer within 50 ms`,
    });
    expect(error.attempts).toHaveLength(1);
  });

  test('tells a timeout that the caller’s own signal keeps', async () => {
    const signal = AbortSignal.abort(new DOMException('too slow', 'TimeoutError'));
    const error = await errorOf(resultFetch(resilientFetch(scriptedFetch([])))(API, { signal }));
    expect(error).toMatchObject({ kind: 'aborted', cause: signal.reason });
  });

  test.each([[undefined], [new Error('enough')], ['enough'], [null], [{ kind: 'mine' }]])(
    'tells an abort whatever the reason is: %p',
    async (reason) => {
      const controller = new AbortController();
      const fetch = resultFetch(resilientFetch(scriptedFetch(['hangs'])));
      const call = fetch(API, { signal: controller.signal });
      setImmediate(() => controller.abort(reason));
      const error = await errorOf(call);
      expect(error).toMatchObject({
        kind: 'aborted',
        key: ORIGIN,
        classification: { decidedBy: 'caller', category: 'fatal' },
      });
      expect(error.cause).toBe(controller.signal.reason);
    },
  );

  test('tells an abort by the signal of a Request', async () => {
    const controller = new AbortController();
    const request = new Request(API, { signal: controller.signal });
    const call = resultFetch(resilientFetch(scriptedFetch(['hangs'])))(request);
    setImmediate(() => controller.abort());
    expect((await errorOf(call)).kind).toBe('aborted');
  });

  test('tells refusals as they are', async () => {
    const breaker = circuitBreaker();
    breaker.forceOpen(ORIGIN);
    const refused = resultFetch(resilientFetch(scriptedFetch([]), { circuitBreaker: breaker }));
    expect((await errorOf(refused(API))).kind).toBe('circuit-open');

    const rateLimit = { ratePerSecond: 1, burst: 1, onEmpty: 'reject' as const };
    const limited = resultFetch(resilientFetch(scriptedFetch([200]), { rateLimit }));
    expect((await limited(API)).isOk()).toBe(true);
    const error = await errorOf(limited(API));
    expect(error.kind).toBe('rate-limited');
    expect(error.retryAfterMs).toBeGreaterThan(0);
    expect(error.attempts).toEqual([]);
  });

  test.each(['/relative', 'http://', 'https://user:secret@api.example.com/'])(
    'tells an address that fetch refuses: %s',
    async (address) => {
      const error = await errorOf(resultFetch(resilientFetch())(address));
      expect(error.kind).toBe('unexpected');
      expect(error.cause).toMatchObject({ name: 'TypeError' });
      expect(error.message).toMatch(/^The call to \S+ ended in an unexpected error: \S/);
      expect(error.message).not.toContain('secret');
    },
  );

  test('is chained without a throw', async () => {
    const upstream = scriptedFetch([{ json: { name: 'Ada' } }, 404]);
    const fetch = resultFetch(upstream);
    const nameOf = () =>
      fetch(API)
        .andThen((response) =>
          ResultAsync.fromSafePromise(response.json() as Promise<{ name: string }>),
        )
        .map(({ name }) => name)
        .unwrapOr('nobody');
    expect([await nameOf(), await nameOf()]).toEqual(['Ada', 'nobody']);
  });
});

describe('executeResult', () => {
  test('gives what the operation gave', async () => {
    expect((await executeResult(pipeline(), () => 5))._unsafeUnwrap()).toBe(5);
    const response = new Response(null, { status: 500 });
    expect((await executeResult(pipeline(), async () => response))._unsafeUnwrap()).toBe(response);
  });

  test('reads an SDK’s error by its shape, and tells its attempts', async () => {
    const clock = virtualClock();
    const sdkError = Object.assign(new Error('overloaded'), {
      status: 503,
      headers: { 'retry-after': '1' },
    });
    const failing = () => Promise.reject(sdkError);
    const policy = retry({ clock, maxRetries: 2 });
    const error = (
      await clock.run(executeResult(policy, failing, { key: 'sdk' }))
    )._unsafeUnwrapErr();
    expect(error).toMatchObject({
      key: 'sdk',
      retryAfterMs: 1000,
      classification: { status: 503 },
    });
    expect(error.cause).toBe(sdkError);
    expect(error.attempts).toHaveLength(3);
  });

  test('tells a timeout, a refusal and an abort', async () => {
    const clock = virtualClock();
    const never = () => new Promise<never>(() => {});
    const late = executeResult(timeout({ timeoutMs: 10, clock }), never);
    expect((await clock.run(late))._unsafeUnwrapErr().kind).toBe('timeout');

    const bucket = tokenBucket({ ratePerSecond: 1, burst: 1, onEmpty: 'reject' });
    await executeResult(bucket, () => 1);
    expect((await errorOf(executeResult(bucket, () => 1))).kind).toBe('rate-limited');

    const controller = new AbortController();
    const call = executeResult(retry(), never, { signal: controller.signal, key: 'k' });
    setImmediate(() => controller.abort('enough'));
    expect(await errorOf(call)).toMatchObject({ kind: 'aborted', key: 'k', cause: 'enough' });
  });

  test('a bug in the program is an unexpected error, and is not repeated', async () => {
    let runs = 0;
    const buggy = () => {
      runs += 1;
      return (undefined as unknown as { name: string }).name;
    };
    const error = await errorOf(executeResult(retry(), buggy));
    expect([error.kind, runs]).toEqual(['unexpected', 1]);
    expect(error.cause).toBeInstanceOf(TypeError);
  });
});

describe('toResilienceError', () => {
  test('returns an error of holdfast’s own as it is', async () => {
    const clock = virtualClock();
    const never = () => new Promise<never>(() => {});
    const policy = timeout({ timeoutMs: 10, clock });
    const own = await clock.run(policy.execute(never).catch((error: unknown) => error));
    expect(toResilienceError(own)).toBe(own);
  });

  test.each<[string, unknown, ResilienceError['kind']]>([
    ['a network error', networkError('ECONNRESET'), 'network'],
    ['what a browser does not tell', new TypeError('Failed to fetch'), 'network'],
    ['a platform timeout', new DOMException('late', 'TimeoutError'), 'timeout'],
    ['a platform abort', new DOMException('stop', 'AbortError'), 'aborted'],
    ['a TypeError of the program', new TypeError('x is not a function'), 'unexpected'],
    ['undefined', undefined, 'unexpected'],
    ['null', null, 'unexpected'],
    ['text', 'no', 'unexpected'],
    ['a symbol', Symbol('no'), 'unexpected'],
    ['a function', () => {}, 'unexpected'],
    ['an object', {}, 'unexpected'],
  ])('reads %s', (_what, thrown, kind) => {
    const error = toResilienceError(thrown, { key: 'k' });
    expect([error.kind, error.key, error.cause]).toEqual([kind, 'k', thrown]);
    expect(error.cause).toBe(thrown);
  });

  test('an HTTP error that an SDK has thrown is one, with its status and without a response', () => {
    const thrown = Object.assign(new Error('429'), {
      status: 429,
      headers: { 'retry-after': '3' },
    });
    const error = toResilienceError(thrown);
    expect(error).toMatchObject({ kind: 'http', status: 429, response: undefined, cause: thrown });
    expect(error.classification).toMatchObject({ category: 'throttle', status: 429 });
    expect(error.retryAfterMs).toBe(3000);
  });

  test('a refusal that an SDK has wrapped is found among its causes', () => {
    const refused = new CircuitOpenError({
      key: ORIGIN,
      attempts: [],
      classification: refusal('retryable', 'the circuit is open', 1000),
    });
    const wrapped = new Error('Connection error.', {
      cause: new Error('again', { cause: refused }),
    });
    expect(toResilienceError(wrapped)).toBe(refused);
  });
});

describe('a switch on kind', () => {
  test('is closed: each kind has its own fields', async () => {
    const describeError = (error: ResilienceError): string => {
      switch (error.kind) {
        case 'http':
          return `${error.status} ${error.response?.url}`;
        case 'timeout':
          return `${error.timeoutMs} ms`;
        case 'network':
        case 'aborted':
        case 'circuit-open':
        case 'rate-limited':
        case 'unexpected':
          return error.kind;
      }
    };
    const failing: Fetch = scriptedFetch([{ status: 404 }]);
    expect(describeError(await errorOf(resultFetch(failing)(API)))).toBe(`404 ${API}`);
  });
});
