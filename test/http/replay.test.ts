import { describe, expect, test } from '@jest/globals';
import { asMiddleware, reportOf, resilientFetch, retry, type Fetch } from '../../src/index.ts';
import { prepareReplay } from '../../src/http/replay.ts';
import { scriptedFetch, virtualClock } from '../../src/testing.ts';

const API = 'https://api.example.com/things';

/** What the server got in each of two attempts; `meddle` runs while the first is under way. */
async function twoAttempts(
  input: string | URL | Request,
  init?: RequestInit,
  meddle: () => void = () => {},
) {
  const clock = virtualClock();
  const upstream = scriptedFetch(
    [{ status: 503, headers: { 'retry-after': '0' }, delayMs: 10 }, 200],
    { clock },
  );
  const call = resilientFetch(upstream, { clock })(input, init);
  meddle();
  const response = await clock.run(call);
  return { calls: upstream.calls, response, report: reportOf(response)! };
}

const POST = { method: 'POST' };
const BYTES = Uint8Array.from({ length: 256 }, (_, index) => index);
const bytesAt = (offset: number): [ArrayBuffer, Uint8Array<ArrayBuffer>] => {
  const buffer = new ArrayBuffer(BYTES.byteLength + 2 * offset);
  const view = new Uint8Array(buffer, offset, BYTES.byteLength);
  view.set(BYTES);
  return [buffer, view];
};

describe('a body is replayed byte for byte', () => {
  test.each<[string, () => BodyInit, string | null]>([
    ['a string', () => 'päck\u0000\r\n🐙', 'text/plain;charset=UTF-8'],
    ['an empty string', () => '', 'text/plain;charset=UTF-8'],
    ['an ArrayBuffer', () => BYTES.slice().buffer, null],
    ['a Uint8Array', () => BYTES.slice(), null],
    ['a view into a larger buffer', () => bytesAt(16)[1], null],
    ['a DataView', () => new DataView(bytesAt(8)[0], 8, 100), null],
    ['a Float64Array', () => new Float64Array([0.1, NaN, -0]), null],
    ['a Buffer', () => Buffer.from('pooled'), null],
    [
      'URLSearchParams',
      () => new URLSearchParams({ a: '1 2', b: '&' }),
      'application/x-www-form-urlencoded;charset=UTF-8',
    ],
    ['a Blob', () => new Blob([BYTES, 'x'], { type: 'image/x-test' }), 'image/x-test'],
  ])('where it is %s', async (_what, body, contentType) => {
    const { calls } = await twoAttempts(API, { ...POST, body: body() });
    const expected = new Uint8Array(await new Response(body()).arrayBuffer());
    expect(calls).toHaveLength(2);
    for (const call of calls) {
      expect(call.body ?? new Uint8Array()).toEqual(expected);
      expect(call.headers.get('content-type')).toBe(contentType);
    }
  });

  test('bytes that change while the first attempt waits for its token go out as they were', async () => {
    const clock = virtualClock();
    const upstream = scriptedFetch([200, 503, 200], { clock });
    const rateLimit = { ratePerSecond: 1, burst: 1 };
    const fetch = resilientFetch(upstream, { clock, rateLimit });
    await fetch(API);
    const body = new Uint8Array([1, 2, 3]);
    const headers = new Headers({ 'x-mine': 'as it was' });
    const call = fetch(API, { method: 'PUT', body, headers });
    body.fill(0);
    headers.set('x-mine', 'changed');
    await clock.run(call);
    const sent = upstream.calls.slice(1);
    expect(sent.map((one) => [[...one.body!], one.headers.get('x-mine')])).toEqual([
      [[1, 2, 3], 'as it was'],
      [[1, 2, 3], 'as it was'],
    ]);
  });

  test('where it is FormData, but for the boundary that fetch chooses anew', async () => {
    const form = new FormData();
    form.append('name', 'välue');
    form.append('file', new File([BYTES], 'a "quoted".bin', { type: 'image/x-test' }));
    const { calls } = await twoAttempts(API, { ...POST, body: form });
    const plain = calls.map(({ body, headers }) => {
      const boundary = /boundary=(.*)$/.exec(headers.get('content-type')!)![1]!;
      return Buffer.from(body!).toString('latin1').replaceAll(boundary, 'BOUNDARY');
    });
    expect(plain).toHaveLength(2);
    expect(plain[1]).toBe(plain[0]);
    expect(plain[0]).toContain('filename="a %22quoted%22.bin"');
  });

  test('where it is that of a Request, and the caller’s own Request is used up as fetch uses it', async () => {
    const request = new Request(API, { ...POST, body: BYTES, headers: { 'x-mine': '1' } });
    const { calls } = await twoAttempts(request);
    expect(calls.map(({ body }) => body)).toEqual([BYTES, BYTES]);
    expect(calls.map(({ headers }) => headers.get('x-mine'))).toEqual(['1', '1']);
    expect(request.bodyUsed).toBe(true);
  });

  test('a body in init goes before that of the Request', async () => {
    const request = new Request(API, { ...POST, body: 'of the request' });
    const { calls } = await twoAttempts(request, { body: 'of init' });
    expect(calls.map(({ bodyText }) => bodyText)).toEqual(['of init', 'of init']);
  });

  test('null in init leaves the body of the Request in place, as it does for fetch', async () => {
    const request = new Request(API, { ...POST, body: 'of the request' });
    const { calls } = await twoAttempts(request, { body: null });
    expect(calls.map(({ bodyText }) => bodyText)).toEqual(['of the request', 'of the request']);
  });
});

describe('what the caller changes while the call is under way is not what is repeated', () => {
  test('bytes are repeated as they were', async () => {
    const [buffer, view] = bytesAt(4);
    const { calls } = await twoAttempts(API, { ...POST, body: view }, () => {
      new Uint8Array(buffer).fill(0xff);
    });
    // Like fetch itself, which reads the first attempt's bytes when it is called.
    expect(calls[1]!.body).toEqual(BYTES);
  });

  test('URLSearchParams are repeated as they were', async () => {
    const body = new URLSearchParams({ a: '1' });
    const { calls } = await twoAttempts(API, { ...POST, body }, () => body.set('a', '2'));
    expect(calls[1]!.bodyText).toBe('a=1');
  });

  test('FormData is repeated as it was', async () => {
    const body = new FormData();
    body.set('a', 'before');
    const { calls } = await twoAttempts(API, { ...POST, body }, () => body.set('a', 'after'));
    expect(calls[1]!.bodyText).toContain('before');
    expect(calls[1]!.bodyText).not.toContain('after');
  });

  test.each<[string, () => { headers: HeadersInit; change: () => void }]>([
    [
      'a record of headers',
      () => {
        const headers: Record<string, string> = { 'idempotency-key': 'one' };
        return { headers, change: () => (headers['idempotency-key'] = 'two') };
      },
    ],
    [
      'a list of headers',
      () => {
        const headers: [string, string][] = [['idempotency-key', 'one']];
        return { headers, change: () => (headers[0]![1] = 'two') };
      },
    ],
    [
      'a Headers object',
      () => {
        const headers = new Headers({ 'idempotency-key': 'one' });
        return { headers, change: () => headers.set('idempotency-key', 'two') };
      },
    ],
  ])('%s is repeated as it was', async (_what, make) => {
    const { headers, change } = make();
    const { calls } = await twoAttempts(API, { ...POST, headers, body: 'x' }, change);
    expect(calls.map((call) => call.headers.get('idempotency-key'))).toEqual(['one', 'one']);
  });

  test('the fields of init are repeated as they were', async () => {
    const init = { ...POST, body: 'first' };
    const { calls } = await twoAttempts(API, init, () => {
      Object.assign(init, { method: 'PUT', body: 'second' });
    });
    expect(calls.map(({ method, bodyText }) => [method, bodyText])).toEqual([
      ['POST', 'first'],
      ['POST', 'first'],
    ]);
  });

  test('a URL object is repeated as it was', async () => {
    const url = new URL(API);
    const { calls } = await twoAttempts(url, undefined, () => (url.pathname = '/elsewhere'));
    expect(calls.map((call) => call.url)).toEqual([API, API]);
  });
});

describe('what can be sent only once', () => {
  const streamOf = (text: string): ReadableStream => new Blob([text]).stream();
  async function* generated() {
    yield Buffer.from('generated');
  }

  test.each<[string, () => unknown]>([
    ['a stream', () => streamOf('streamed')],
    ['an async iterable', () => generated()],
  ])('%s goes to fetch as given, once, and the report says why', async (_what, make) => {
    const body = make() as ReadableStream;
    const seen: unknown[] = [];
    const upstream = scriptedFetch([503]);
    const spy: Fetch = (input, init) => {
      seen.push(init!.body);
      return upstream(input, init);
    };
    const init = { method: 'PUT', body, duplex: 'half' } as RequestInit;
    const response = await resilientFetch(spy)(API, init);
    expect(response.status).toBe(503);
    expect(seen).toEqual([body]);
    expect(seen[0]).toBe(body);
    expect(reportOf(response)!.stoppedBecause).toMatch(
      /^the body is a stream, which can be sent only once \(give the body as a string/,
    );
  });

  test('a stream that was sent without trouble is nobody’s obstacle', async () => {
    const upstream = scriptedFetch([200]);
    const init = { ...POST, body: streamOf('streamed'), duplex: 'half' } as RequestInit;
    const response = await resilientFetch(upstream)(API, init);
    expect(upstream.calls[0]!.bodyText).toBe('streamed');
    expect(reportOf(response)!.stoppedBecause).toBeUndefined();
  });

  test('a stream is not read before fetch reads it', () => {
    const stream = streamOf('x');
    prepareReplay([API, { ...POST, body: stream }]);
    expect(stream.locked).toBe(false);
  });

  test('the body of the caller’s Request is not looked at, since Deno sends it chunked then', async () => {
    const request = new Request(API, { ...POST, body: 'x' });
    const look = () => {
      throw new Error('looked at');
    };
    Object.defineProperty(request, 'body', { get: look });
    const replay = prepareReplay([request]);
    expect(replay?.obstacle).toBeUndefined();
    expect(await (replay!.again()[0] as Request).text()).toBe('x');
  });

  test('a Request that is used up or locked is fetch’s to refuse', async () => {
    const used = new Request(API, { ...POST, body: 'x' });
    await used.text();
    const locked = new Request(API, { ...POST, body: 'x' });
    locked.body!.getReader();
    for (const request of [used, locked]) {
      const refusal = await globalThis.fetch(request).catch((error: unknown) => error);
      const given = await resilientFetch()(request).catch((error: unknown) => error);
      expect(given).toMatchObject({
        name: (refusal as Error).name,
        message: (refusal as Error).message,
      });
    }
  });

  test('what cannot be copied is fetch’s to refuse', async () => {
    const detached = new Uint8Array(8);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    const headers = Object.defineProperty({}, 'x', {
      enumerable: true,
      get() {
        throw new Error('no header');
      },
    });
    for (const init of [{ ...POST, body: detached }, { headers }]) {
      const refusal = await globalThis.fetch(API, init).catch((error: unknown) => error);
      const given = await resilientFetch()(API, init).catch((error: unknown) => error);
      expect(String(given)).toBe(String(refusal));
    }
  });
});

describe('what is kept for further attempts', () => {
  test('is let go when the first attempt succeeds', async () => {
    const request = new Request(API, { ...POST, body: BYTES });
    const clones: Request[] = [];
    const clone = request.clone.bind(request);
    request.clone = () => {
      const copy = clone();
      clones.push(copy);
      return copy;
    };
    await asMiddleware(retry())(scriptedFetch([200]))(request);
    expect(clones).toHaveLength(1);
    expect(clones[0]!.bodyUsed).toBe(true);
  });

  test('is nothing where nothing is ever repeated', async () => {
    const request = new Request(API, { ...POST, body: BYTES });
    request.clone = () => {
      throw new Error('cloned in vain');
    };
    const init = { ...POST, body: 'x' };
    const none = asMiddleware(retry({ maxRetries: 0 }))(scriptedFetch([200, 200]));
    expect((await none(request)).status).toBe(200);
    expect((await none(API, init)).status).toBe(200);
  });

  test('a Request without a body is neither cloned nor kept', async () => {
    const request = new Request(API);
    request.clone = () => {
      throw new Error('cloned in vain');
    };
    const { calls } = await twoAttempts(request);
    expect(calls).toHaveLength(2);
  });
});
