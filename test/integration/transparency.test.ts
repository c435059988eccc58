import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { resilientFetch, type Fetch } from '../../src/index.ts';
import { resilientFetch as liteFetch } from '../../src/lite.ts';
import { plainServer, type PlainServer } from './plain-server.ts';

let server: PlainServer;
beforeAll(async () => {
  server = await plainServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://localhost');
    switch (pathname) {
      case '/redirect':
        return void response.writeHead(302, { location: '/echo' }).end();
      case '/redirect-307':
        return void response.writeHead(307, { location: '/echo' }).end();
      case '/loop':
        return void response.writeHead(302, { location: '/loop' }).end();
      case '/304':
        return void response.writeHead(304).end();
      case '/204':
        return void response.writeHead(204).end();
      case '/early-hints':
        response.writeEarlyHints({ link: '</style.css>; rel=preload' });
        return void response.end('after the hints');
      default:
        response.setHeader('x-method', request.method!);
        response.setHeader('x-headers', JSON.stringify(request.rawHeaders));
        response.end(request.body);
    }
  });
});
afterAll(() => server.close());

const bare: Fetch = (input, init) => globalThis.fetch(input, init);
const resilient = resilientFetch();
const lite = liteFetch();

/** Everything of a response or an error that a program can see. */
async function seen(call: () => Promise<Response>) {
  let response: Response;
  try {
    response = await call();
  } catch (error) {
    const { name, message, cause } = error as Error;
    return { name, message, cause: (cause as Error | undefined)?.message };
  }
  const { status, statusText, url, redirected, type, ok, bodyUsed } = response;
  const headers = [...response.headers].filter(([name]) => name !== 'date');
  const body = await response.text();
  return { status, statusText, url, redirected, type, ok, bodyUsed, headers, body };
}

const expectSame = async (given: (fetch: Fetch) => Promise<Response>) => {
  const without = await seen(() => given(bare));
  expect(await seen(() => given(resilient))).toEqual(without);
  expect(await seen(() => given(lite))).toEqual(without);
  return without;
};

describe('a program cannot tell the wrapped fetch from fetch', () => {
  test.each<[string, string, RequestInit | undefined]>([
    ['an ordinary answer', '/echo', undefined],
    ['a redirect that is followed', '/redirect', undefined],
    ['a redirect that keeps method and body', '/redirect-307', { method: 'POST', body: 'kept' }],
    ['redirect: manual', '/redirect', { redirect: 'manual' }],
    ['redirect: error', '/redirect', { redirect: 'error' }],
    ['a redirect loop', '/loop', undefined],
    ['304', '/304', undefined],
    ['204', '/204', undefined],
    ['103 before the answer', '/early-hints', undefined],
    ['mode: no-cors', '/echo', { mode: 'no-cors' }],
    ['integrity that fails', '/echo', { integrity: 'sha256-AAAA' }],
    ['a method in small letters', '/echo', { method: 'put', body: 'x' }],
    ['a method that is forbidden', '/echo', { method: 'CONNECT' }],
    ['a body with GET', '/echo', { body: 'x' }],
    ['a header that is none', '/echo', { headers: { 'a b': '1' } }],
    [
      'headers in every case and order',
      '/echo',
      {
        headers: [
          ['X-B', '1'],
          ['x-a', '2'],
          ['X-B', '3'],
        ],
      },
    ],
    ['keepalive', '/echo', { keepalive: true }],
    ['credentials: include', '/echo', { credentials: 'include' }],
    ['cache: no-store', '/echo', { cache: 'no-store' }],
  ])('by %s', async (_what, path, init) => {
    await expectSame((fetch) => fetch(server.url + path, init));
  });

  test.each<[string, unknown]>([
    ['a relative address', '/things'],
    ['no address', undefined],
    ['null', null],
    ['an invalid address', 'http://'],
    ['an impossible port', 'http://127.0.0.1:99999/'],
    ['a forbidden port', 'http://127.0.0.1:1/'],
    ['an address with a user', 'http://user:secret@127.0.0.1/'],
    ['a data: address', 'data:text/plain;base64,aGVsbG8='],
    ['a broken data: address', 'data:nothing'],
    ['about:blank', 'about:blank'],
    ['a file: address', 'file:///nowhere'],
    ['a scheme that nobody knows', 'gopher://example.com/'],
    ['a number', 5],
  ])('by giving it %s', async (_what, input) => {
    await expectSame((fetch) => fetch(input as string));
  });

  test.each([0, '', false, Number.NaN, 0n, 1, 'text', true, Symbol('init')])(
    'by giving it %p instead of an init',
    async (init) => {
      await expectSame((fetch) => fetch(`${server.url}/echo`, init as unknown as RequestInit));
    },
  );

  test('an empty init leaves a Request its referrer, as the standard has it (Node 24 does not)', async () => {
    const referrer = `${server.url}/from`;
    const request = new Request(`${server.url}/echo`, { referrer, referrerPolicy: 'unsafe-url' });
    const { headers } = await resilient(request, {});
    expect(JSON.parse(headers.get('x-headers')!)).toContain(referrer);
  });

  test('by giving it a blob: address', async () => {
    const url = URL.createObjectURL(new Blob(['local'], { type: 'text/x-test' }));
    expect(await expectSame((fetch) => fetch(url))).toMatchObject({ body: 'local', url });
    URL.revokeObjectURL(url);
  });

  test('by giving it no argument at all', async () => {
    await expectSame((fetch) => (fetch as unknown as () => Promise<Response>)());
  });

  test.each<[string, () => string | URL | Request]>([
    ['a string', () => `${server.url}/echo?q=1`],
    ['a URL', () => new URL(`${server.url}/echo?q=1`)],
    [
      'a Request',
      () => new Request(`${server.url}/echo`, { method: 'PUT', body: 'x', headers: { a: 'b' } }),
    ],
    ['a Request without a body', () => new Request(`${server.url}/echo`)],
  ])('by giving it %s as input', async (_what, input) => {
    expect(await expectSame((fetch) => fetch(input()))).toMatchObject({ status: 200 });
  });

  test('a Request that has been used, as bodyUsed says, is refused a second time', async () => {
    await expectSame(async (fetch) => {
      const request = new Request(`${server.url}/echo`, { method: 'POST', body: 'x' });
      await (await fetch(request)).text();
      expect(request.bodyUsed).toBe(true);
      return fetch(request);
    });
  });

  describe('a signal that has aborted already', () => {
    const signal = AbortSignal.abort(new Error('too late'));
    const streamOf = (cancelled: (reason: unknown) => void) =>
      new ReadableStream({ cancel: cancelled });

    test('uses up the Request all the same', async () => {
      await expectSame(async (fetch) => {
        const request = new Request(`${server.url}/echo`, { method: 'POST', body: 'x', signal });
        const call = fetch(request);
        expect(request.bodyUsed).toBe(true);
        return call;
      });
    });

    test('cancels a streamed body at once, with the reason', async () => {
      await expectSame(async (fetch) => {
        const reasons: unknown[] = [];
        const body = streamOf((reason) => void reasons.push(reason));
        const init = { method: 'POST', body, duplex: 'half', signal } as RequestInit;
        const call = fetch(`${server.url}/echo`, init);
        expect(reasons).toHaveLength(1);
        return call;
      });
    });

    test.each<[string, string, RequestInit]>([
      ['a body with GET', '/echo', { body: 'x' }],
      ['a method that is none', '/echo', { method: 'a b' }],
      ['a mode that is none', '/echo', { mode: 'navigate' }],
      ['an impossible port', ':99999/', {}],
    ])('does not hide %s', async (_what, path, init) => {
      const { name } = await expectSame((fetch) => fetch(server.url + path, { ...init, signal }));
      expect(name).toBe('TypeError');
    });
  });

  test('by its name, its length or a missing this', async () => {
    expect([resilient.name, resilient.length]).toEqual([fetch.name, fetch.length]);
    const { fetch: unbound } = { fetch: resilient };
    expect((await unbound(`${server.url}/echo`)).status).toBe(200);
    expect((await Reflect.apply(resilient, undefined, [`${server.url}/echo`])).status).toBe(200);
  });

  test('a response streams: its beginning is there before its end', async () => {
    let finish = () => {};
    const streaming = await plainServer((_request, response) => {
      response.write('beginning');
      finish = () => void response.end(' and end');
    });
    try {
      const response = await resilient(streaming.url);
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
      expect((await reader.read()).value).toBe('beginning');
      finish();
      expect((await reader.read()).value).toBe(' and end');
    } finally {
      await streaming.close();
    }
  });

  test('a streamed request flows as it is made, without being kept', async () => {
    let pulled = 0;
    const body = new ReadableStream({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(1000));
        if (pulled === 20) controller.close();
      },
    });
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
    const response = await resilient(`${server.url}/echo`, init);
    expect((await response.arrayBuffer()).byteLength).toBe(20_000);
    expect(pulled).toBe(20);
    // It was the caller's own: nobody can read it once more.
    await expect(bare(`${server.url}/echo`, init)).rejects.toThrow('disturbed or locked');
  });
});
