import { describe, expect, test } from '@jest/globals';
import {
  circuitBreaker,
  resilientFetch,
  retry,
  timeout,
  tokenBucket,
  type Policy,
} from '../../../src/index.ts';
import { executeResult, resultFetch } from '../../../src/result.ts';
import {
  answerTo,
  expressErrorHandler,
  signalOf,
  type AnswerOptions,
} from '../../../src/server.ts';
import { networkError, scriptedFetch, virtualClock } from '../../../src/testing.ts';

const URL_HERE = 'https://api.internal.example/v1/things?api_key=s3cret';
const SECRET = { authorization: 'Bearer s3cret' };

/** The error that `resultFetch` gives for a response of the upstream. */
async function httpError(
  status: number,
  headers: Record<string, string> = {},
  body: object = { message: 'the s3cret of the upstream' },
): Promise<unknown> {
  const answer = new Response(JSON.stringify(body), { status, headers });
  const result = await resultFetch(scriptedFetch([answer]))(URL_HERE, { headers: SECRET });
  return result._unsafeUnwrapErr();
}

const thrownBy = async (act: () => PromiseLike<unknown>): Promise<unknown> => {
  try {
    return await act();
  } catch (error) {
    return error;
  }
};

const refusedBy = (policy: Policy) => thrownBy(() => policy.execute(async () => 'fine'));

const statusAndCode = (error: unknown, options?: AnswerOptions) => {
  const answer = answerTo(error, options);
  if (answer === undefined) return undefined;
  const { errorCode } = JSON.parse(answer.body) as { errorCode: string };
  return [answer.status, errorCode, answer.headers['retry-after']];
};

describe('an answer of the upstream', () => {
  test.each<[number, Record<string, string>, unknown[]]>([
    [400, {}, [502, 'bad_gateway', undefined]],
    [401, {}, [502, 'bad_gateway', undefined]],
    [404, {}, [502, 'bad_gateway', undefined]],
    [429, { 'retry-after-ms': '1201' }, [503, 'resource_unavailable', '2']],
    [429, {}, [503, 'resource_unavailable', undefined]],
    [500, { 'retry-after': '9' }, [502, 'bad_gateway', undefined]],
    [503, { 'retry-after': '9' }, [503, 'resource_unavailable', '9']],
    [504, {}, [504, 'gateway_timeout', undefined]],
  ])('with %d and %j is answered by its category', async (status, headers, expected) => {
    expect(statusAndCode(await httpError(status, headers))).toEqual(expected);
  });

  test('that throttles is answered with 429 where throttledStatus says so', async () => {
    const error = await httpError(429, { 'retry-after': '3' });
    const options = { throttledStatus: 429 } as const;
    expect(statusAndCode(error, options)).toEqual([429, 'rate_limit_exceeded', '3']);
  });

  test('that says a quota is used up is no throttle, since coming back does not help', async () => {
    const error = await httpError(429, {}, { error: { code: 'insufficient_quota' } });
    expect(statusAndCode(error)).toEqual([502, 'bad_gateway', undefined]);
  });
});

describe('refusals, faults and aborts', () => {
  test('an open circuit says when to come back, in whole seconds, rounded up', async () => {
    const clock = virtualClock();
    const breaker = circuitBreaker({
      mode: 'classic',
      minimumCalls: 1,
      openMs: 1500,
      random: () => 0.5,
      clock,
    });
    await thrownBy(() =>
      breaker.execute(async () => {
        throw networkError('ECONNRESET');
      }),
    );
    const error = await refusedBy(breaker);
    expect(error).toMatchObject({ kind: 'circuit-open' });
    const { retryAfterMs } = error as { retryAfterMs: number };
    const seconds = String(Math.ceil(retryAfterMs / 1000));
    expect(statusAndCode(error)).toEqual([503, 'resource_unavailable', seconds]);
  });

  test('a circuit that is forced open does not say when to come back', async () => {
    const breaker = circuitBreaker();
    breaker.forceOpen();
    expect(statusAndCode(await refusedBy(breaker))).toEqual([
      503,
      'resource_unavailable',
      undefined,
    ]);
  });

  test('a refusal of the limiter is answered like a throttle of the upstream', async () => {
    const clock = virtualClock();
    const bucket = tokenBucket({ ratePerSecond: 0.5, burst: 1, onEmpty: 'reject', clock });
    await bucket.execute(async () => 'fine');
    const error = await refusedBy(bucket);
    expect(statusAndCode(error)).toEqual([503, 'resource_unavailable', '2']);
    expect(statusAndCode(error, { throttledStatus: 429 })).toEqual([
      429,
      'rate_limit_exceeded',
      '2',
    ]);
  });

  test('a timeout is answered with 504, and no word of plugins', async () => {
    const clock = virtualClock();
    const policy = timeout({ timeoutMs: 10, clock });
    const pending = thrownBy(() => policy.execute(() => new Promise(() => {})));
    await clock.advance(10);
    const error = await pending;
    expect(statusAndCode(error)).toEqual([504, 'gateway_timeout', undefined]);
    for (const body of ['problem', 'ondemand'] as const) {
      expect(answerTo(error, { body })?.body).not.toContain('plugin');
    }
  });

  test('a failed connection is answered with 502, from resultFetch and from resilientFetch', async () => {
    const upstream = scriptedFetch([networkError('ECONNREFUSED'), networkError('ECONNREFUSED')]);
    const fetch = resilientFetch(upstream, { retry: false });
    const expected = [502, 'bad_gateway', undefined];
    expect(statusAndCode(await thrownBy(() => fetch(URL_HERE)))).toEqual(expected);
    expect(statusAndCode((await resultFetch(fetch)(URL_HERE))._unsafeUnwrapErr())).toEqual(
      expected,
    );
  });

  test('an abort is not answered', async () => {
    const fetch = resilientFetch(scriptedFetch([200]));
    const init = { signal: AbortSignal.abort() };
    expect(answerTo(await thrownBy(() => fetch(URL_HERE, init)))).toBeUndefined();
    expect(answerTo((await resultFetch(fetch)(URL_HERE, init))._unsafeUnwrapErr())).toBeUndefined();
  });

  test('a client that left is not answered, wherever the reason turns up', () => {
    const signal = signalOf({ signal: AbortSignal.abort('plain text') });
    expect(answerTo(signal.reason)).toBeUndefined();
    expect(answerTo(new Error('wrapped', { cause: signal.reason }))).toBeUndefined();
  });

  test('an UnexpectedError of holdfast is answered with 500', async () => {
    const result = await executeResult(retry({ maxRetries: 0 }), () => {
      throw new RangeError('a bug');
    });
    expect(statusAndCode(result._unsafeUnwrapErr())).toEqual([500, 'server_error', undefined]);
  });

  test("an SDK's error that holds a status is answered by its status", async () => {
    const result = await executeResult(retry({ maxRetries: 0 }), () => {
      throw Object.assign(new Error('slow down'), { status: 429, headers: { 'retry-after': '4' } });
    });
    expect(statusAndCode(result._unsafeUnwrapErr())).toEqual([503, 'resource_unavailable', '4']);
  });
});

describe("errors that are not holdfast's", () => {
  test.each<[string, unknown]>([
    ['a bug', new TypeError('x is not a function')],
    ['an error with a status', Object.assign(new Error('no'), { status: 429 })],
    ['a network error', networkError('ECONNRESET')],
    ['text', 'thrown'],
    ['nothing', undefined],
  ])('%s is passed on', (_what, error) => {
    expect(answerTo(error)).toBeUndefined();
  });

  test.each<[string, unknown, number]>([
    ['a bug', new TypeError('x is not a function'), 500],
    ['an error with a status', Object.assign(new Error('no'), { status: 429 }), 503],
    ['a network error', networkError('ECONNRESET'), 502],
    ['text', 'thrown', 500],
    ['nothing', undefined, 500],
  ])("%s is answered with otherErrors: 'answer'", (_what, error, status) => {
    expect(answerTo(error, { otherErrors: 'answer' })?.status).toBe(status);
  });

  test('a value that throws when it is looked at is passed on', () => {
    const nasty = new Proxy(new Error('x'), {
      get() {
        throw new Error('no');
      },
    });
    expect(answerTo(nasty)).toBeUndefined();
    expect(answerTo(nasty, { otherErrors: 'answer' })?.status).toBe(500);
  });
});

describe('an answer', () => {
  test('holds nothing of the address, the headers and the words of the upstream', async () => {
    for (const body of ['ondemand', 'problem'] as const) {
      const { headers, body: written } = answerTo(await httpError(503), { body })!;
      expect(JSON.stringify(headers) + written).not.toMatch(/s3cret|internal|upstream/);
    }
  });

  test('has the shape of the OnDemand contract where the options say so', async () => {
    const { headers, body } = answerTo(await httpError(503), { body: 'ondemand' })!;
    expect(headers).toEqual({ 'content-type': 'application/json', 'cache-control': 'no-store' });
    expect(Object.keys(JSON.parse(body) as object)).toEqual(['message', 'errorCode']);
  });

  test('follows RFC 9457 unless told otherwise: about:blank has the title of its status; an instance where one is given', async () => {
    const options = { instance: '/things/17' };
    const { headers, body } = answerTo(await httpError(404), options)!;
    expect(headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(body)).toEqual({
      type: 'about:blank',
      title: 'Bad Gateway',
      status: 502,
      detail: 'A service that this request needs did not answer as it should.',
      instance: '/things/17',
      errorCode: 'bad_gateway',
    });
  });
});

test.each<[object, string]>([
  [{ body: 'xml' }, "answerTo.body must be one of 'problem', 'ondemand'"],
  [{ throttledStatus: 500 }, 'answerTo.throttledStatus must be 503 or 429'],
  [
    { body: 'ondemand', typeBase: 'https://example.com/' },
    "answerTo.typeBase must be left out unless body is 'problem'",
  ],
  [{ unknown: 1 }, 'answerTo.unknown'],
])('the options %j throw', (options, message) => {
  expect(() => answerTo(new Error('x'), options as AnswerOptions)).toThrow(message);
  const owned = message.replace('answerTo', 'expressErrorHandler');
  expect(() => expressErrorHandler(options as AnswerOptions)).toThrow(owned);
});
