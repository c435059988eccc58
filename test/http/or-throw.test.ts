import { describe, expect, test } from '@jest/globals';
import { fetch as undiciFetch } from 'undici';
import { defineCatalog, orThrow, resilientFetch } from '../../src/index.ts';
import { scriptedFetch, type ScriptedStep } from '../../src/testing.ts';

const ADDRESS = 'https://api.example.com/v1/things?key=s3cret';

const answered = (step: ScriptedStep, options = {}) =>
  resilientFetch(scriptedFetch([step]), { retry: false, ...options })(ADDRESS);

const thrownBy = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

describe('orThrow', () => {
  test.each([200, 204, 304])('gives a response with %d back, the same object', async (status) => {
    const response = await answered(status === 200 ? { json: { name: 'thing' } } : status);
    expect(orThrow(response)).toBe(response);
  });

  test('throws an HttpError with the classification that the fetch made', async () => {
    const body = { message: 'no such thing', errorCode: 'thing_missing' };
    const response = await answered({ status: 404, json: body });
    expect(thrownBy(() => orThrow(response))).toMatchObject({
      kind: 'http',
      status: 404,
      key: 'https://api.example.com',
      classification: { category: 'fatal', errorCode: 'thing_missing', message: 'no such thing' },
      attempts: [{ number: 1 }],
    });
  });

  test('leaves the body of the response unread', async () => {
    const response = await answered({ status: 503, body: 'come back' });
    const error = thrownBy(() => orThrow(response)) as { readonly response: Response };
    expect(error.response).toBe(response);
    await expect(error.response.text()).resolves.toBe('come back');
  });

  test('says when it is worth coming back', async () => {
    const response = await answered({ status: 503, headers: { 'retry-after': '7' } });
    expect(thrownBy(() => orThrow(response))).toMatchObject({ retryAfterMs: 7000 });
  });

  test('throws for a success that the catalog reads as an error', async () => {
    const catalog = defineCatalog({
      name: 'soapy',
      errorBodies: 'in-success',
      codes: { not_today: 'fatal' },
    });
    const step = { json: { error: { code: 'not_today', message: 'no' } } };
    const response = await answered(step, { catalog });
    expect(thrownBy(() => orThrow(response))).toMatchObject({ kind: 'http', status: 200 });
  });

  test('classifies the response of another fetch by its status and headers', () => {
    const response = new Response('slow down', { status: 429, headers: { 'retry-after': '3' } });
    expect(thrownBy(() => orThrow(response))).toMatchObject({
      kind: 'http',
      key: 'default',
      retryAfterMs: 3000,
      classification: { category: 'throttle' },
    });
  });

  test("keeps the type of undici's own response", async () => {
    const response = await undiciFetch('data:text/plain,hello');
    expect(await orThrow(response).text()).toBe('hello');
  });
});
