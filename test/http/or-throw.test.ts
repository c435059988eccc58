import { describe, expect, test } from '@jest/globals';
import { HttpError, isResilienceError, orThrow, resilientFetch } from '../../src/index.ts';
import { slack } from '../../src/catalogs.ts';
import { ondemandFault, scriptedFetch, virtualClock } from '../../src/testing.ts';

const API = 'https://api.example.com/things';

async function thrownFor(...args: Parameters<typeof scriptedFetch>): Promise<HttpError> {
  const clock = virtualClock();
  const fetch = resilientFetch(scriptedFetch(args[0], { clock }), { clock, retry: false });
  const response = await clock.run(fetch(API));
  try {
    orThrow(response);
  } catch (error) {
    expect(error).toBeInstanceOf(HttpError);
    expect((error as HttpError).response).toBe(response);
    return error as HttpError;
  }
  throw new Error('it was ok');
}

describe('orThrow', () => {
  test.each([200, 201, 204, 299])('gives a %i back, the very response', (status) => {
    const response = new Response(null, { status });
    expect(orThrow(response)).toBe(response);
  });

  test('throws an HttpError that carries what was read of the body, which stays unread', async () => {
    const error = await thrownFor([ondemandFault('invalid_request')]);
    expect(isResilienceError(error)).toBe(true);
    expect(error).toMatchObject({
      kind: 'http',
      status: 400,
      key: 'https://api.example.com',
      classification: { category: 'fatal', errorCode: 'invalid_request' },
      attempts: [{ number: 1 }],
    });
    expect(await error.response!.json()).toMatchObject({ errorCode: 'invalid_request' });
  });

  test('tells when to come back', async () => {
    const error = await thrownFor([{ status: 429, headers: { 'retry-after': '7' } }]);
    expect(error.retryAfterMs).toBe(7000);
  });

  test('reads a response of a bare fetch by its status and headers', () => {
    const response = new Response('{}', { status: 503, headers: { 'retry-after': '7' } });
    expect(() => orThrow(response)).toThrow(HttpError);
    try {
      orThrow(response);
    } catch (error) {
      expect(error).toMatchObject({
        key: 'default',
        attempts: [],
        retryAfterMs: 7000,
        classification: { category: 'retryable', status: 503 },
      });
    }
  });

  test.each([304, 302])('a %i is not ok either', (status) => {
    expect(() => orThrow(new Response(null, { status }))).toThrow(/answered \d+ \(fatal\)/);
  });

  test('an error in a 2xx is not ok where the catalog says that this API does so', async () => {
    const clock = virtualClock();
    const upstream = scriptedFetch([{ json: { ok: false, error: 'channel_not_found' } }], {
      clock,
    });
    const response = await clock.run(resilientFetch(upstream, { clock, catalog: slack })(API));
    expect(() => orThrow(response)).toThrow(/channel_not_found/);
  });
});
