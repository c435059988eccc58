import { describe, expect, test } from '@jest/globals';
import { classifyThrown } from '../../../src/classify/thrown/thrown.ts';
import { stripe } from '../../../src/catalogs/stripe.ts';

const thrown = (name: string, members: object, message = 'it failed') =>
  Object.assign(Object.defineProperty(new Error(message), 'name', { value: name }), members);

/** Stainless, Octokit and others set no name: the class says what it is. */
class RateLimitError extends Error {}

describe('an error that carries a response', () => {
  test('openai and anthropic: status, headers, and what stood in `error`', () => {
    const error = Object.assign(new RateLimitError('429 You exceeded your current quota'), {
      status: 429,
      headers: new Headers({ 'retry-after': '2' }),
      error: { message: 'You exceeded your current quota', code: 'insufficient_quota' },
      code: 'insufficient_quota',
    });
    expect(classifyThrown(error)).toMatchObject({
      category: 'fatal',
      errorCode: 'insufficient_quota',
      message: 'You exceeded your current quota',
      status: 429,
    });
    const nested = Object.assign(new RateLimitError('529'), {
      status: 529,
      error: { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
    });
    expect(classifyThrown(nested)).toMatchObject({
      errorCode: 'overloaded_error',
      message: 'Overloaded',
    });
  });

  test('AWS: the code in the name, the status in $metadata', () => {
    const error = thrown('ProvisionedThroughputExceededException', {
      $fault: 'client',
      $metadata: { httpStatusCode: 400 },
    });
    expect(classifyThrown(error)).toMatchObject({
      category: 'throttle',
      errorCode: 'ProvisionedThroughputExceededException',
      status: 400,
    });
  });

  test('AWS: what the service models as retryable is, whatever its status', () => {
    const modelled = (throttling: boolean) =>
      thrown('OddException', {
        $fault: 'client',
        $metadata: { httpStatusCode: 400 },
        $retryable: { throttling },
      });
    expect(classifyThrown(modelled(false))).toMatchObject({
      category: 'retryable',
      decidedBy: 'hint',
    });
    expect(classifyThrown(modelled(true))).toMatchObject({
      category: 'throttle',
      decidedBy: 'hint',
    });
  });

  test('axios and gaxios: response.{status,data,headers}, and not the code of the client', () => {
    const error = thrown('AxiosError', {
      code: 'ERR_BAD_REQUEST',
      response: { status: 429, data: '', headers: { 'retry-after': '3' } },
    });
    expect(classifyThrown(error)).toMatchObject({
      category: 'throttle',
      errorCode: undefined,
      status: 429,
      retryAfterMs: 3_000,
    });
  });

  test('got: response.{statusCode,body,headers}', () => {
    const error = thrown('HTTPError', {
      code: 'ERR_NON_2XX_3XX_RESPONSE',
      response: {
        statusCode: 503,
        body: '{"message":"busy","errorCode":"resource_unavailable"}',
        headers: { 'retry-after': '1' },
      },
    });
    expect(classifyThrown(error)).toMatchObject({
      category: 'retryable',
      errorCode: 'resource_unavailable',
      message: 'busy',
      retryAfterMs: 1_000,
    });
  });

  test('ky: a Response whose body nobody may read again', () => {
    const response = new Response('busy', { status: 503, headers: { 'retry-after': '4' } });
    expect(classifyThrown(thrown('HTTPError', { response }))).toMatchObject({
      category: 'retryable',
      status: 503,
      retryAfterMs: 4_000,
    });
    expect(response.bodyUsed).toBe(false);
  });

  test('ofetch: status and data', () => {
    const error = thrown('FetchError', {
      status: 400,
      statusCode: 400,
      data: { error: { code: 'context_length_exceeded', message: 'too long' } },
    });
    expect(classifyThrown(error)).toMatchObject({
      category: 'fatal',
      errorCode: 'context_length_exceeded',
    });
  });

  test('Stripe: statusCode, headers and raw, with its catalog', () => {
    const error = thrown('Error', {
      type: 'StripeRateLimitError',
      statusCode: 429,
      headers: {},
      raw: { code: 'lock_timeout', type: 'invalid_request_error', message: 'locked' },
      code: 'lock_timeout',
    });
    expect(classifyThrown(error, { catalog: stripe })).toMatchObject({
      category: 'retryable',
      errorCode: 'lock_timeout',
      decidedBy: 'catalog',
    });
  });

  test('Octokit: response.data and headers', () => {
    const error = thrown('HttpError', {
      status: 403,
      response: {
        status: 403,
        headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1700000060' },
        data: { message: 'API rate limit exceeded for user ID 1.' },
      },
    });
    expect(classifyThrown(error, { now: 1_700_000_000_000 })).toMatchObject({
      category: 'throttle',
      retryAfterMs: 60_000,
    });
  });

  test('graphql-request, Octokit and Apollo: errors of a GraphQL answer in a 200', () => {
    const errors = [{ message: 'slow', path: ['a'], extensions: { code: 'THROTTLED' } }];
    for (const members of [
      { response: { status: 200, errors, headers: {} } },
      { errors, response: { data: null, errors } },
      { graphQLErrors: errors },
    ]) {
      expect(classifyThrown(thrown('ClientError', members))).toMatchObject({
        category: 'throttle',
        errorCode: 'THROTTLED',
      });
    }
  });

  test("Slack: the platform's error in a 200, and the 429 that the client did not wait for", () => {
    const platform = thrown('Error', {
      code: 'slack_webapi_platform_error',
      data: { ok: false, error: 'internal_error' },
    });
    expect(classifyThrown(platform)).toMatchObject({
      category: 'retryable',
      errorCode: 'internal_error',
    });
    const limited = thrown('Error', { code: 'slack_webapi_rate_limited_error', retryAfter: 3 });
    expect(classifyThrown(limited)).toMatchObject({ category: 'throttle', retryAfterMs: 3_000 });
  });

  test("Vercel's AI SDK: statusCode, responseHeaders, responseBody", () => {
    const error = thrown('AI_APICallError', {
      statusCode: 429,
      responseHeaders: { 'retry-after': '7' },
      responseBody: '{"error":{"code":"rate_limit_exceeded","message":"slow"}}',
      isRetryable: true,
    });
    expect(classifyThrown(error)).toMatchObject({
      category: 'throttle',
      errorCode: 'rate_limit_exceeded',
      retryAfterMs: 7_000,
    });
  });

  test('Azure: headers that are neither pairs nor a record', () => {
    const headers = { toJSON: () => ({ 'retry-after': '5' }), get: () => undefined };
    const error = thrown('RestError', {
      statusCode: 503,
      code: 'ServerBusy',
      response: { status: 503, headers, bodyAsText: '' },
    });
    expect(classifyThrown(error)).toMatchObject({ errorCode: 'ServerBusy', retryAfterMs: 5_000 });
  });

  test('a Response that was thrown itself', () => {
    const response = new Response('x', { status: 503, headers: { 'retry-after': '1' } });
    expect(classifyThrown(response)).toMatchObject({ category: 'retryable', retryAfterMs: 1_000 });
  });

  test("Kubernetes' and older Google clients: the status where others have a code", () => {
    expect(classifyThrown(thrown('ApiException', { code: 404 })).category).toBe('fatal');
    expect(classifyThrown(thrown('GaxiosError', { code: '503' })).category).toBe('retryable');
  });

  test("is not a process's exit status, a DOMException's number or an unread success", () => {
    const exit = thrown('Error', { status: 1 });
    expect(classifyThrown(exit)).toMatchObject({ category: 'fatal', status: undefined });
    const odd = thrown('Error', { status: 200 });
    expect(classifyThrown(odd)).toMatchObject({ category: 'fatal', decidedBy: 'caller' });
  });
});
