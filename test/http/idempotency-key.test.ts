import { describe, expect, jest, test } from '@jest/globals';
import {
  OptionError,
  asMiddleware,
  defineCatalog,
  resilientFetch,
  retry,
  type ResilientFetchOptions,
} from '../../src/index.ts';
import * as provided from '../../src/catalogs.ts';
import { repeat, scriptedFetch, virtualClock, type ScriptedStep } from '../../src/testing.ts';

const API = 'https://api.example.com/orders';
const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

function setUp(options: ResilientFetchOptions = {}, steps: readonly ScriptedStep[] = [503, 200]) {
  const clock = virtualClock();
  const upstream = scriptedFetch(steps, { clock });
  const fetch = resilientFetch(upstream, { clock, idempotencyKey: 'auto', ...options });
  /** The keys that arrived, an attempt each. */
  const keysOf = async (input: string | URL | Request, init?: RequestInit, name = HEADER) => {
    const before = upstream.calls.length;
    await clock.run(fetch(input, init));
    return upstream.calls.slice(before).map(({ headers }) => headers.get(name));
  };
  return { clock, fetch, upstream, keysOf };
}
const HEADER = 'idempotency-key';
const post = (headers: HeadersInit = {}): RequestInit => ({ method: 'POST', body: '{}', headers });

describe('idempotencyKey', () => {
  test.each(['POST', 'PATCH', 'post'])(
    'gives a %s one key, the same in each attempt, so that it is repeated',
    async (method) => {
      const { keysOf } = setUp({}, [500, 502, 200]);
      const keys = await keysOf(API, { method, body: '{}' });
      expect(keys).toEqual([expect.stringMatching(UUID), keys[0], keys[0]]);
    },
  );

  test('gives each call a key of its own', async () => {
    const { keysOf } = setUp({}, [repeat(200)]);
    const keys = [await keysOf(API, post()), await keysOf(API, post())].flat();
    expect(new Set(keys).size).toBe(2);
  });

  test.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])('gives a %s none', async (method) => {
    const { keysOf } = setUp();
    expect(await keysOf(API, { method })).toEqual([null, null]);
  });

  test('is off by default: nothing is sent, and nothing is repeated', async () => {
    for (const idempotencyKey of [undefined, false] as const) {
      const { keysOf } = setUp({ idempotencyKey }, [500, 200]);
      expect(await keysOf(API, post())).toEqual([null]);
    }
  });

  test.each<[string, HeadersInit]>([
    ['a record', { 'Idempotency-Key': 'mine' }],
    ['a list', [['IDEMPOTENCY-KEY', 'mine']]],
    ['Headers', new Headers({ 'idempotency-key': 'mine' })],
  ])('keeps a key of the caller’s own, in %s', async (_what, headers) => {
    const { keysOf } = setUp();
    expect(await keysOf(API, post(headers))).toEqual(['mine', 'mine']);
  });

  test('sends none beside an X-Idempotency-Key', async () => {
    const { keysOf } = setUp();
    expect(await keysOf(API, post({ 'x-idempotency-key': 'mine' }))).toEqual([null, null]);
  });

  test.each<[string, () => HeadersInit]>([
    ['a record', () => ({ 'X-One': '1' })],
    ['a list', () => [['X-One', '1']]],
    ['Headers', () => new Headers({ 'X-One': '1' })],
    ['an iterator', () => new Map([['X-One', '1']]).entries() as unknown as HeadersInit],
  ])(
    'leaves init and its headers as they are, and sends the others too: %s',
    async (_what, make) => {
      const { fetch, clock, upstream } = setUp();
      const given = make();
      const init = Object.freeze(post(given));
      const before = given instanceof Headers ? [...given] : undefined;
      await clock.run(fetch(API, init));
      for (const { headers, bodyText } of upstream.calls) {
        expect(headers.get('x-one')).toBe('1');
        expect(headers.get(HEADER)).toMatch(UUID);
        expect(bodyText).toBe('{}');
      }
      expect(init.headers).toBe(given);
      if (before) expect([...(given as Headers)]).toEqual(before);
    },
  );

  test('goes with a Request, whose body and headers stay', async () => {
    const { fetch, clock, upstream } = setUp();
    const request = new Request(API, { method: 'POST', body: 'bytes', headers: { 'x-one': '1' } });
    await clock.run(fetch(request));
    expect(upstream.calls.map(({ headers }) => headers.get('x-one'))).toEqual(['1', '1']);
    expect(upstream.calls.map(({ bodyText }) => bodyText)).toEqual(['bytes', 'bytes']);
    const [first, second] = upstream.calls.map(({ headers }) => headers.get(HEADER));
    expect(first).toMatch(UUID);
    expect(second).toBe(first);
    expect(request.headers.has(HEADER)).toBe(false);
  });

  test('may be a function of the arguments, asked once a call', async () => {
    const keyOf = jest.fn((input: string | URL | Request, init?: RequestInit) =>
      init?.body === '{}' ? `order to ${input as string}` : undefined,
    );
    const { keysOf } = setUp({ idempotencyKey: keyOf }, [503, 200, 500, 200]);
    expect(await keysOf(API, post())).toEqual([`order to ${API}`, `order to ${API}`]);
    expect(keyOf).toHaveBeenCalledTimes(1);
    expect(await keysOf(API, { method: 'POST', body: 'no order' })).toEqual([null]);
    expect(await keysOf(API)).toEqual([null]);
    expect(keyOf).toHaveBeenCalledTimes(2);
  });

  test('rejects the call where such a function throws, and sends nothing', async () => {
    const error = new Error('no key for this');
    const idempotencyKey = () => {
      throw error;
    };
    const { fetch, upstream } = setUp({ idempotencyKey });
    await expect(fetch(API, post())).rejects.toBe(error);
    expect(upstream.calls).toEqual([]);
  });

  test('goes out under the name that the catalog says, which counts for a caller’s own too', async () => {
    const catalog = defineCatalog({ name: 'paypal', idempotencyHeader: 'PayPal-Request-Id' });
    const { keysOf } = setUp({ catalog }, [500, 200]);
    const keys = await keysOf(API, post(), 'paypal-request-id');
    expect(keys).toEqual([expect.stringMatching(UUID), keys[0]]);
    const own = setUp({ catalog, idempotencyKey: false }, [500, 200]);
    const headers = { 'PayPal-Request-Id': 'mine' };
    expect(await own.keysOf(API, post(headers), 'paypal-request-id')).toEqual(['mine', 'mine']);
  });

  test('sends none where the catalog says that there is no such header', async () => {
    const { keysOf } = setUp({ catalog: provided.openai }, [500, 200]);
    expect(await keysOf(API, post())).toEqual([null]);
  });

  test('finds the catalog by host', async () => {
    const { keysOf } = setUp({ catalog: provided.byHost }, [500, 200, 500]);
    const keys = await keysOf('https://api.stripe.com/v1/charges', post());
    expect(keys).toEqual([expect.stringMatching(UUID), keys[0]]);
    expect(await keysOf('https://api.github.com/repos/a/b/issues', post())).toEqual([null]);
  });

  test('sends none to GitHub’s GraphQL, Slack and OnDemand, which every fetch knows', async () => {
    const { keysOf } = setUp({ retry: false }, [repeat(200)]);
    for (const url of [
      'https://api.github.com/graphql',
      'https://slack.com/api/chat.postMessage',
      'https://api.on-demand.io/chat/v1/sessions',
    ]) {
      expect(await keysOf(url, post())).toEqual([null]);
    }
  });

  test('is an option of asMiddleware too', async () => {
    const clock = virtualClock();
    const upstream = scriptedFetch([500, 200], { clock });
    const fetch = asMiddleware(retry({ clock }), { idempotencyKey: 'auto' })(upstream);
    expect((await clock.run(fetch(API, post()))).status).toBe(200);
  });

  test.each([true, 'a key', 5, null])('refuses %p', (given) => {
    const idempotencyKey = given as unknown as 'auto';
    expect(() => resilientFetch(fetch, { idempotencyKey })).toThrow(OptionError);
    expect(() => resilientFetch(fetch, { idempotencyKey })).toThrow(
      "resilientFetch.idempotencyKey must be 'auto', a function, or false",
    );
  });

  test.each([true, '', 'no name', 5])('refuses a catalog’s header %p', (given) => {
    const idempotencyHeader = given as unknown as string;
    expect(() => defineCatalog({ name: 'mine', idempotencyHeader })).toThrow(
      'catalog.idempotencyHeader must be the name of a header, or false',
    );
  });

  test('is inherited by a catalog that extends another', () => {
    expect(defineCatalog({ extends: provided.stripe }).idempotencyHeader).toBe('Idempotency-Key');
    expect(defineCatalog({ extends: provided.openai }).idempotencyHeader).toBe(false);
    const mine = defineCatalog({ extends: provided.openai, idempotencyHeader: 'X-Once' });
    expect(mine.idempotencyHeader).toBe('X-Once');
  });
});
