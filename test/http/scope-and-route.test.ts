import { describe, expect, test } from '@jest/globals';
import {
  asMiddleware,
  definePolicy,
  pipeline,
  resilientFetch,
  retry,
  type MiddlewareOptions,
} from '../../src/index.ts';
import { scriptedFetch } from '../../src/testing.ts';

const API = 'https://api.example.com/users/123?secret=1';

/** What a policy is told of a call, after an answer. */
async function told(
  input: string | Request,
  init: RequestInit | undefined,
  options: MiddlewareOptions = {},
  meddle: () => void = () => {},
) {
  const seen: { scope: string; route: string }[] = [];
  const observer = definePolicy({
    enter: () => undefined,
    left: (_pass, _attempt, { scope, route }) => void seen.push({ scope, route }),
  });
  const call = asMiddleware(observer, options)(scriptedFetch([200]))(input, init);
  meddle();
  await call;
  return seen[0]!;
}

describe('a policy is told', () => {
  test('the key as scope and the folded path as route', async () => {
    expect(await told(API, undefined)).toEqual({
      scope: 'https://api.example.com',
      route: 'GET /users/:id',
    });
  });

  test('of a Request too', async () => {
    const request = new Request(API, { method: 'PUT', headers: { 'x-api-key': 'k' } });
    const { scope, route } = await told(request, undefined);
    expect(route).toBe('PUT /users/:id');
    expect(scope).toMatch(/^https:\/\/api\.example\.com [0-9a-f]{16}$/);
  });

  test('whose credential it was when the call began', async () => {
    const headers = new Headers({ authorization: 'alice' });
    const init = { headers };
    const alice = await told(API, init);
    const meddled = await told(API, init, {}, () => headers.set('authorization', 'carol'));
    expect(meddled.scope).toBe(alice.scope);
    expect((await told(API, init)).scope).not.toBe(alice.scope);
  });

  test('what the options say instead', async () => {
    expect(
      await told(
        API,
        { method: 'PUT' },
        { scope: 's', route: (_input, init) => `all of ${init?.method}` },
      ),
    ).toEqual({
      scope: 's',
      route: 'all of PUT',
    });
  });

  test('the default where a function of the options throws or gives no text', async () => {
    const options = {
      scope: () => undefined as never,
      route: () => {
        throw new Error('no route');
      },
    };
    expect(await told(API, undefined, options)).toEqual({
      scope: 'https://api.example.com',
      route: 'GET /users/:id',
    });
  });
});

test('neither is worked out for a call that nobody asks about', async () => {
  let asked = 0;
  const count = () => `${(asked += 1)}`;
  const fetch = asMiddleware(pipeline(retry()), { scope: count, route: count });
  await fetch(scriptedFetch([200]))(API);
  expect(asked).toBe(0);
});

test('wrong ones throw at construction', () => {
  expect(() => resilientFetch(undefined, { scope: 5 as never })).toThrow(
    'resilientFetch.scope must be a string or a function, but it is 5',
  );
  expect(() => resilientFetch(undefined, { route: {} as never })).toThrow(
    'resilientFetch.route must be a string or a function',
  );
});
