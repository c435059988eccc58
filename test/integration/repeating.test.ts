import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { reportOf, resilientFetch, type ResilientFetchOptions } from '../../src/index.ts';
import { ondemand } from '../../src/catalogs.ts';
import {
  faultyServer,
  ondemandFault,
  type Fault,
  type FaultyServer,
  type OndemandErrorCode,
} from '../../src/testing.ts';

let server: FaultyServer;
beforeEach(async () => {
  server = await faultyServer();
});
afterEach(() => server.close());

const QUICK = { baseDelayMs: 1, maxDelayMs: 1 };
const QUERY = '/chat/v1/sessions/session-1/query';

/** Sends one request into `fault`, and says how often it reached the server. */
async function attemptsAfter(
  fault: Fault,
  init: RequestInit,
  options: ResilientFetchOptions = {},
): Promise<number> {
  server.play(fault);
  const fetch = resilientFetch(undefined, { retry: QUICK, rateLimit: false, ...options });
  await fetch(server.url + QUERY, init).then(
    (response) => response.text(),
    () => 'failed',
  );
  return server.requests.length;
}

const POST = { method: 'POST', body: '{"query":"?"}' };
const answered = (errorCode: OndemandErrorCode): Fault =>
  ondemandFault(errorCode, { retryAfter: { form: 'retry-after-ms', ms: 1 } });

describe('a POST', () => {
  test.each<[string, Fault]>([
    ['500', ondemandFault('server_error')],
    ['502', ondemandFault('bad_gateway')],
    ['504', ondemandFault('plugin_execution_timeout')],
    ['a reset connection', { kind: 'reset', when: 'before-headers' }],
    ['bytes that are no HTTP', { kind: 'not-http' }],
  ])('is not repeated after %s', async (_what, fault) => {
    expect(await attemptsAfter(fault, POST)).toBe(1);
  });

  test.each<[string, Fault]>([
    ['429', answered('rate_limit_exceeded')],
    ['503', answered('resource_unavailable')],
  ])('is repeated after %s: it was not processed', async (_what, fault) => {
    expect(await attemptsAfter(fault, POST)).toBe(2);
  });

  test('is repeated after a refused connection: it never arrived', async () => {
    let attempts = 0;
    const fetch = resilientFetch(
      (input, init) => {
        attempts += 1;
        // The address that was asked for refuses; what fails elsewhere may have been redirected there.
        return globalThis.fetch(attempts === 1 ? input : server.url + QUERY, init);
      },
      { retry: QUICK },
    );
    const response = await fetch(server.refusedUrl, POST);
    expect([response.status, attempts, server.requests.length]).toEqual([200, 2, 1]);
  });

  test.each<[string, Fault]>([
    ['500', ondemandFault('server_error')],
    ['502', ondemandFault('bad_gateway')],
    ['a reset connection', { kind: 'reset', when: 'before-headers' }],
  ])('with an Idempotency-Key is repeated after %s', async (_what, fault) => {
    const headers = { 'Idempotency-Key': 'one' };
    expect(await attemptsAfter(fault, { ...POST, headers })).toBe(2);
    const bodies = server.bodiesByIdempotencyKey.get('one')!;
    expect(bodies.map((body) => Buffer.from(body).toString())).toEqual([POST.body, POST.body]);
  });

  test.each<[string, Fault]>([
    ['503', ondemandFault('resource_unavailable')],
    ['500', ondemandFault('server_error')],
    ['a reset connection', { kind: 'reset', when: 'before-headers' }],
  ])('is sent twice with one key after %s, with idempotencyKey "auto"', async (_what, fault) => {
    expect(await attemptsAfter(fault, POST, { idempotencyKey: 'auto' })).toBe(2);
    const bodies = [...server.bodiesByIdempotencyKey.values()];
    expect(bodies.map((all) => all.map((body) => Buffer.from(body).toString()))).toEqual([
      [POST.body, POST.body],
    ]);
  });

  test.each<OndemandErrorCode>([
    'rate_limit_exceeded',
    'bad_gateway',
    'resource_unavailable',
    'plugin_execution_timeout',
  ])('to OnDemand is repeated after %s, as its contract documents', async (errorCode) => {
    expect(await attemptsAfter(answered(errorCode), POST, { catalog: ondemand })).toBe(2);
  });

  test.each<OndemandErrorCode>([
    'invalid_request',
    'context_length_exceeded',
    'unauthenticated',
    'unauthorized',
    'not_found',
    'method_not_allowed',
  ])('to OnDemand is sent once if it is answered %s', async (errorCode) => {
    expect(await attemptsAfter(ondemandFault(errorCode), POST, { catalog: ondemand })).toBe(1);
  });
});

test.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])(
  'a %s is repeated after 500',
  async (method) => {
    expect(await attemptsAfter(ondemandFault('server_error'), { method })).toBe(2);
  },
);

describe('a body on the wire', () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 31) % 256);
  const twice = { catalog: ondemand };

  test.each<[string, () => BodyInit]>([
    ['a string', () => 'héllo\r\n\u0000'],
    ['bytes', () => bytes.slice()],
    ['an ArrayBuffer', () => bytes.slice().buffer],
    ['URLSearchParams', () => new URLSearchParams({ a: '1&2', ü: '?' })],
    ['a Blob', () => new Blob([bytes, 'end'])],
  ])('is the same in both attempts: %s', async (_what, body) => {
    await attemptsAfter(answered('bad_gateway'), { method: 'POST', body: body() }, twice);
    const expected = Buffer.from(await new Response(body()).arrayBuffer());
    expect(server.requests.map((request) => Buffer.from(request.body).equals(expected))).toEqual([
      true,
      true,
    ]);
    const [first, second] = server.requests.map(({ headers }) => headers);
    expect(second).toEqual(first);
  });

  test('is the same in both attempts: FormData, but for the boundary', async () => {
    const form = new FormData();
    form.append('field', 'välue');
    form.append('file', new File([bytes], 'file.bin'));
    await attemptsAfter(answered('bad_gateway'), { method: 'POST', body: form }, twice);
    const plain = server.requests.map(({ body, headers }) => {
      const boundary = /boundary=(.*)$/.exec(headers['content-type']!)![1]!;
      return Buffer.from(body).toString('latin1').replaceAll(boundary, '');
    });
    expect(plain).toHaveLength(2);
    expect(plain[1]).toBe(plain[0]);
  });

  test('is that of a Request in both attempts', async () => {
    server.play(answered('bad_gateway'));
    const request = new Request(server.url + QUERY, { method: 'POST', body: bytes });
    const response = await resilientFetch(undefined, { retry: QUICK, ...twice })(request);
    expect([response.status, request.bodyUsed]).toEqual([200, true]);
    expect(server.requests.map(({ body }) => Buffer.from(body).equals(bytes))).toEqual([
      true,
      true,
    ]);
  });

  test('is what it was when fetch was called, whatever the caller does to the bytes then', async () => {
    const body = bytes.slice();
    server.play(answered('bad_gateway'));
    const fetch = resilientFetch(undefined, { retry: QUICK, ...twice });
    const call = fetch(server.url + QUERY, { method: 'POST', body });
    body.fill(0);
    expect((await call).status).toBe(200);
    expect(server.requests.map((request) => Buffer.from(request.body).equals(bytes))).toEqual([
      true,
      true,
    ]);
  });

  test('that is a stream goes out once, whole, and the report says why', async () => {
    server.play(answered('bad_gateway'));
    const init = { method: 'POST', body: new Blob([bytes]).stream(), duplex: 'half' };
    const fetch = resilientFetch(undefined, { retry: QUICK, ...twice });
    const response = await fetch(server.url + QUERY, init as RequestInit);
    expect([response.status, server.requests.length]).toEqual([502, 1]);
    expect(Buffer.from(server.requests[0]!.body).equals(bytes)).toBe(true);
    expect(reportOf(response)!.stoppedBecause).toContain('the body is a stream');
  });
});

describe('what remains after the last attempt', () => {
  test('is the last response: its body readable, unused and whole', async () => {
    server.startOutage(ondemandFault('resource_unavailable', { paddedToBytes: 300_000 }));
    const fetch = resilientFetch(undefined, { retry: { ...QUICK, maxRetries: 2 } });
    const response = await fetch(`${server.url}/plugin/v1/list`);
    expect([response.status, response.bodyUsed, response.url]).toEqual([
      503,
      false,
      `${server.url}/plugin/v1/list`,
    ]);
    expect(response.clone().bodyUsed).toBe(false);
    expect(((await response.json()) as { details: string }).details.length).toBeGreaterThan(
      299_000,
    );
    expect(server.requests).toHaveLength(3);
  });

  test('is the original error, the very object', async () => {
    const thrown: unknown[] = [];
    const fetch = resilientFetch(
      async (input, init) => {
        try {
          return await globalThis.fetch(input, init);
        } catch (error) {
          thrown.push(error);
          throw error;
        }
      },
      { retry: { ...QUICK, maxRetries: 2 } },
    );
    const error = await fetch(server.refusedUrl).catch((reason: unknown) => reason);
    expect(thrown).toHaveLength(3);
    expect(error).toBe(thrown[2]);
    expect(reportOf(error)!.attempts).toHaveLength(3);
  });
});

describe('an upload whose own source breaks off', () => {
  test('while it waits for its turn does not end the process: its error is fetch’s to tell', async () => {
    const fetch = resilientFetch(undefined, { rateLimit: { ratePerSecond: 4, burst: 1 } });
    await (await fetch(`${server.url}/plugin/v1/list`)).text();
    const body = createReadStream('no such file');
    const init = { method: 'POST', body, duplex: 'half' } as unknown as RequestInit;
    const error = await fetch(server.url + QUERY, init).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'TypeError', cause: { code: 'ENOENT' } });
  });

  test('says nothing about the server, however often it happens', async () => {
    const circuitBreaker = { minimumCalls: 2, failureRatio: 0.1 };
    const fetch = resilientFetch(undefined, { retry: QUICK, circuitBreaker });
    const url = `${server.url}/media/v1/public/file`;
    for (let upload = 0; upload < 5; upload += 1) {
      // What Node's server says of a client that left in the middle of its request.
      const left = Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
      const body = Readable.from(
        (async function* leaving() {
          yield Buffer.from('the beginning');
          await new Promise(setImmediate);
          throw left;
        })(),
      );
      const init = { method: 'POST', body, duplex: 'half' } as unknown as RequestInit;
      const error = (await fetch(url, init).catch((thrown: unknown) => thrown)) as Error;
      expect(error).toMatchObject({ name: 'TypeError', cause: left });
      expect(reportOf(error)?.attempts.map((attempt) => attempt.classification)).toMatchObject([
        { category: 'fatal', decidedBy: 'caller' },
      ]);
    }
    expect((await fetch(`${server.url}/plugin/v1/list`)).status).toBe(200);
  });
});
