import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  circuitBreaker,
  reportOf,
  resilientFetch,
  type Fetch,
  type ResilienceEvent,
  type ResilientFetchOptions,
} from '../../src/index.ts';
import { namesAnotherEnd } from '../../src/http/redirect.ts';
import { faultyServer, networkError, ondemandFault, type FaultyServer } from '../../src/testing.ts';

/** Takes orders, and sends whoever has ordered on to where the order can be seen. */
let shop: Server;
let shopUrl: string;
/** Where the shop sends its customers. */
let target: FaultyServer;
let location: string;
let status = 303;
const orders: string[] = [];

beforeAll(async () => {
  target = await faultyServer();
  shop = createServer((request, response) => {
    request.resume().on('end', () => {
      orders.push(request.method!);
      response.writeHead(status, { location }).end();
    });
  });
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
  shopUrl = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await target.close();
  shop.closeAllConnections();
  await new Promise((resolve) => shop.close(resolve));
});
beforeEach(() => {
  orders.length = 0;
  status = 303;
  location = `${target.url}/orders/1`;
});

const QUICK = { baseDelayMs: 0 };
const order = { method: 'POST', body: 'one of these' };

async function end(
  init: RequestInit,
  options: ResilientFetchOptions = {},
): Promise<Response | Error> {
  const fetch = resilientFetch(undefined, { retry: QUICK, ...options });
  return fetch(`${shopUrl}/orders`, init).catch((error: Error) => error);
}

describe('a POST that was redirected has been acted on, and is not repeated', () => {
  test.each([301, 302, 303, 307, 308])(
    'where the target of a %i refuses connections',
    async (code) => {
      status = code;
      location = target.refusedUrl;
      expect(await end(order)).toMatchObject({ name: 'TypeError', message: 'fetch failed' });
      expect(orders).toEqual(['POST']);
    },
  );

  test('where the name of the target cannot be resolved', async () => {
    location = 'http://nowhere.invalid/orders/1';
    expect(await end(order)).toMatchObject({ name: 'TypeError', message: 'fetch failed' });
    expect(orders).toEqual(['POST']);
  });

  test.each<[string, object]>([
    ['503 with Retry-After', { status: 503, headers: { 'retry-after': '0' } }],
    ['429', { status: 429, headers: { 'retry-after': '0' } }],
    ['421', { status: 421 }],
    ['503 that says to retry', { status: 503, headers: { 'x-should-retry': 'true' } }],
  ])('where the target answers %s', async (_what, answer) => {
    const fetch: Fetch = async (input, init) => {
      const { url } = await globalThis.fetch(input, init);
      const { status: code, headers } = answer as { status: number; headers?: HeadersInit };
      const response = new Response(null, { status: code, ...(headers && { headers }) });
      return Object.defineProperties(response, {
        redirected: { value: true },
        url: { value: url },
      });
    };
    const wrapped = resilientFetch(fetch, { retry: QUICK });
    const response = await wrapped(`${shopUrl}/orders`, order);
    expect(response.status).toBe((answer as { status: number }).status);
    expect(orders).toEqual(['POST']);
    expect(reportOf(response)!.attempts[0]!.classification).toMatchObject({
      unprocessed: false,
      redirectedTo: 'another-origin',
    });
  });

  test('where such requests have been redirected before, and an error does not say at which end', async () => {
    const path = `${shopUrl}/orders-of-today`;
    location = `${target.url}/plugin/v1/list`;
    let isDown = false;
    const fetch = resilientFetch(
      (input, init) =>
        isDown ? Promise.reject(networkError('ECONNREFUSED')) : globalThis.fetch(input, init),
      { retry: QUICK },
    );
    expect((await fetch(path, order)).ok).toBe(true);
    isDown = true;
    const error = await fetch(path, order).catch((thrown: unknown) => thrown);
    expect(reportOf(error)!.attempts).toHaveLength(1);
  });

  test('but with an Idempotency-Key it is, and where the user says so', async () => {
    location = target.refusedUrl;
    await end({ ...order, headers: { 'idempotency-key': 'one' } });
    expect(orders).toHaveLength(4);
    await end(order, { retry: { ...QUICK, unsafeMethods: 'retry' } });
    expect(orders).toHaveLength(8);
  });

  test('while one that never arrived is repeated', async () => {
    const fetch = resilientFetch(undefined, { retry: QUICK });
    const error = await fetch(target.refusedUrl, order).catch((thrown: unknown) => thrown);
    expect(reportOf(error)!.attempts).toHaveLength(4);
  });

  test('nor is it known to have been acted on where no redirect is followed', async () => {
    const fetch = resilientFetch(() => Promise.reject(networkError('ECONNREFUSED')), {
      retry: QUICK,
    });
    const init = { ...order, redirect: 'manual' } as const;
    const error = await fetch(`${shopUrl}/orders-of-today`, init).catch(
      (thrown: unknown) => thrown,
    );
    expect(reportOf(error)!.attempts).toHaveLength(4);
  });
});

test('a POST whose redirect was followed is sent once, whatever became of the target', async () => {
  location = target.refusedUrl;
  await end(order);
  location = `${target.url}/nowhere`;
  await end(order);
  expect(orders).toEqual(['POST', 'POST']);
});

describe('the target of a redirect that fails, at another origin', () => {
  test('pauses nobody at the first one', async () => {
    target.play([
      ondemandFault('rate_limit_exceeded', { retryAfter: { form: 'seconds', ms: 600_000 } }),
    ]);
    const events: ResilienceEvent[] = [];
    const fetch = resilientFetch(undefined, {
      retry: false,
      onEvent: (event) => void events.push(event),
    });
    location = `${target.url}/plugin/v1/list`;
    expect((await fetch(`${shopUrl}/orders`)).status).toBe(429);
    expect(events.map(({ type }) => type)).not.toContain('key-paused');
  });

  test('does not open the circuit of the first one', async () => {
    location = target.refusedUrl;
    const breaker = circuitBreaker();
    const fetch = resilientFetch(undefined, { retry: false, circuitBreaker: breaker });
    for (let call = 0; call < 30; call += 1) await fetch(`${shopUrl}/orders`).catch(() => {});
    expect(breaker.state(shopUrl)).toBe('closed');
    expect(orders).toHaveLength(30);
  });
});

describe('an error names another end', () => {
  const at = (url: string) => ({ url, origin: new URL(url).origin, isRemote: true });
  const api = at('https://api.example.com/things');

  test.each<[string, object, boolean]>([
    ['no end at all', { code: 'ECONNREFUSED' }, false],
    ['its own name', { hostname: 'api.example.com' }, false],
    ['its own name in capitals', { hostname: 'API.example.com' }, false],
    ['another name', { hostname: 'other.example.com' }, true],
    ['another name, of a certificate', { host: 'other.example.com' }, true],
    ['its own port', { address: '203.0.113.5', port: 443 }, false],
    ['another port', { address: '203.0.113.5', port: 8443 }, true],
    ['another port, of a socket', { socket: { remotePort: 8443 } }, true],
    [
      'another URL, as node-fetch does',
      { message: 'request to http://b.example/ failed, reason: x' },
      true,
    ],
    ['its own URL', { message: 'request to https://api.example.com/b failed, reason: x' }, false],
  ])('by %s', (_what, cause, expected) => {
    const error = new TypeError('fetch failed', { cause });
    expect(namesAnotherEnd(error, api)).toBe(expected);
    const several = new TypeError('fetch failed', { cause: { errors: [cause, cause] } });
    expect(namesAnotherEnd(several, api)).toBe(expected);
  });

  test('by an address, where the request has one', () => {
    const local = at('http://[::1]:8080/');
    expect(namesAnotherEnd({ address: '::1', port: 8080 }, local)).toBe(false);
    expect(namesAnotherEnd({ address: '127.0.0.1', port: 8080 }, local)).toBe(true);
  });

  test('and hostile ones name none', () => {
    const loop: { cause?: unknown } = {};
    loop.cause = loop;
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const error of [loop, proxy, undefined, null, 5, 'x']) {
      expect(namesAnotherEnd(error, api)).toBe(false);
    }
  });
});
