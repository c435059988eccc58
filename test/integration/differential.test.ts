import { gzipSync, brotliCompressSync, deflateSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { resilientFetch, type Fetch } from '../../src/index.ts';
import { plainServer, type PlainServer } from './plain-server.ts';

// The same generated request through fetch and through the wrapped fetch, to the same server.
// HOLDFAST_DIFFERENTIAL_RUNS=2000 runs more of them.
const RUNS = Number(process.env['HOLDFAST_DIFFERENTIAL_RUNS'] ?? 200);

const ENCODINGS = { gzip: gzipSync, br: brotliCompressSync, deflate: deflateSync } as const;

/** What the server is asked to do, in the query. */
interface Wish {
  readonly status: number;
  readonly redirects: number;
  readonly redirectStatus: number;
  readonly encoding: keyof typeof ENCODINGS | 'identity' | 'garbage';
  readonly length: number;
  readonly end: 'whole' | 'cut off' | 'reset';
}

let server: PlainServer;
beforeAll(async () => {
  server = await plainServer((request, response) => {
    const url = new URL(request.url!, 'http://localhost');
    const wish = JSON.parse(url.searchParams.get('wish')!) as Wish;
    if (wish.redirects > 0) {
      const next = JSON.stringify({ ...wish, redirects: wish.redirects - 1 });
      response.writeHead(wish.redirectStatus, { location: `/?wish=${encodeURIComponent(next)}` });
      return void response.end('elsewhere');
    }
    if (wish.end === 'reset') return void request.socket.resetAndDestroy();
    const { connection: _1, host: _2, ...headers } = request.headers;
    const echo = { method: request.method, headers, body: request.body.toString('base64') };
    const text = Buffer.from(`${JSON.stringify(echo)}${'.'.repeat(wish.length)}`);
    const { encoding, status } = wish;
    const compress =
      encoding in ENCODINGS ? ENCODINGS[encoding as keyof typeof ENCODINGS] : undefined;
    const body = compress?.(text) ?? text;
    response.writeHead(status, {
      'x-echo': 'yes',
      'set-cookie': ['a=1', 'b=2'],
      ...(encoding !== 'identity' && {
        'content-encoding': encoding === 'garbage' ? 'gzip' : encoding,
      }),
      ...(status !== 204 && status !== 304 && { 'content-length': String(body.byteLength) }),
    });
    if (wish.end === 'whole' || status === 204 || status === 304) return void response.end(body);
    response.write(body.subarray(0, body.byteLength >> 1), () =>
      setTimeout(() => request.socket.destroy(), 5),
    );
  });
});
afterAll(() => server.close());

const often = <T>(usual: T, ...others: readonly T[]) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant(usual) },
    { weight: 2, arbitrary: fc.constantFrom(...others) },
  );

const wishes: fc.Arbitrary<Wish> = fc.record({
  // What holdfast repeats is for other tests: the two would differ in how often the server is asked.
  status: fc.constantFrom(
    200,
    200,
    201,
    203,
    204,
    206,
    299,
    304,
    400,
    401,
    402,
    403,
    404,
    409,
    410,
    418,
    422,
    451,
  ),
  redirects: often(0, 1, 2, 21),
  redirectStatus: fc.constantFrom(301, 302, 303, 307, 308),
  encoding: often('identity', 'gzip', 'br', 'deflate', 'garbage'),
  length: fc.constantFrom(0, 1, 1000, 100_000),
  end: often('whole', 'cut off', 'reset'),
});

const token = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/).map((name) => `x-${name}`);
const headers = fc.array(fc.tuple(token, fc.stringMatching(/^[ -~]{0,20}$/)), { maxLength: 4 });
const body = fc.oneof(
  fc.constant(undefined),
  fc.constant(null),
  fc.string({ unit: 'grapheme' }),
  fc.uint8Array({ maxLength: 2000 }),
  fc.uint8Array({ maxLength: 100 }).map((bytes) => bytes.buffer),
  fc.webQueryParameters().map((query) => new URLSearchParams(query)),
  fc.uint8Array({ maxLength: 100 }).map((bytes) => new Blob([bytes], { type: 'image/x-test' })),
);

const requests = fc.record({
  wish: wishes,
  method: fc.constantFrom(
    'GET',
    'GET',
    'HEAD',
    'POST',
    'PUT',
    'PATCH',
    'DELETE',
    'OPTIONS',
    'put',
    'patch',
    'TRACE',
    'X-OWN',
    'no method',
  ),
  headers,
  headersAs: fc.constantFrom('list', 'record', 'Headers'),
  body,
  redirect: fc.constantFrom(undefined, 'follow', 'manual', 'error'),
  input: fc.constantFrom('string', 'URL', 'Request'),
  consume: fc.constantFrom('arrayBuffer', 'text', 'clone', 'stream'),
});

type GeneratedRequest = typeof requests extends fc.Arbitrary<infer T> ? T : never;

function send(fetch: Fetch, request: GeneratedRequest): Promise<Response> {
  const address = `${server.url}/?wish=${encodeURIComponent(JSON.stringify(request.wish))}`;
  const { method, redirect } = request;
  const headersGiven =
    request.headersAs === 'list'
      ? request.headers
      : request.headersAs === 'record'
        ? Object.fromEntries(request.headers)
        : new Headers(request.headers);
  const init = {
    method,
    headers: headersGiven,
    ...(request.body !== undefined && { body: request.body }),
    ...(redirect !== undefined && { redirect }),
  } as RequestInit;
  switch (request.input) {
    case 'string':
      return fetch(address, init);
    case 'URL':
      return fetch(new URL(address), init);
    default:
      return fetch(new Request(address, init));
  }
}

const outcomeOf = (error: unknown) => {
  const { name, message, cause } = error as Error & { cause?: { name: string; code?: string } };
  return { name, message, cause: cause && `${cause.name} ${cause.code}` };
};

async function consumed(response: Response, how: GeneratedRequest['consume']): Promise<string> {
  switch (how) {
    case 'text':
      return response.text();
    case 'clone':
      return Buffer.from(await response.clone().arrayBuffer()).toString('base64');
    case 'stream': {
      const chunks: Uint8Array[] = [];
      if (response.body) for await (const chunk of response.body) chunks.push(chunk as Uint8Array);
      return Buffer.concat(chunks).toString('base64');
    }
    default:
      return Buffer.from(await response.arrayBuffer()).toString('base64');
  }
}

/** Everything that a program can see of one exchange. */
async function seen(fetch: Fetch, request: GeneratedRequest) {
  let response: Response;
  try {
    response = await send(fetch, request);
  } catch (error) {
    return { rejected: outcomeOf(error) };
  }
  const { status, statusText, ok, url, redirected, type, bodyUsed } = response;
  const visible = { status, statusText, ok, url, redirected, type, bodyUsed };
  const given = [...response.headers].filter(([name]) => name !== 'date');
  // Why a body broke off is a race in fetch itself where it is both garbled and cut off.
  const text = await consumed(response, request.consume).catch(String);
  return { ...visible, headers: given, body: text };
}

const bare: Fetch = (input, init) => globalThis.fetch(input, init);

test(
  'generated requests give the same through fetch and through the wrapped fetch',
  async () => {
    // Everything on; what is repeated (a reset) must in the end look the same too.
    const wrapped = resilientFetch(bare, {
      retry: { maxRetries: 2, baseDelayMs: 1, maxDelayMs: 2 },
      rateLimit: { ratePerSecond: 1e6, burst: 1000 },
      circuitBreaker: { mode: 'classic', consecutiveFailures: 1_000_000, minimumCalls: 1_000_000 },
    });
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        const [without, through] = await Promise.all([seen(bare, request), seen(wrapped, request)]);
        expect(through).toEqual(without);
      }),
      { numRuns: RUNS },
    );
  },
  20_000 + RUNS * 50,
);
