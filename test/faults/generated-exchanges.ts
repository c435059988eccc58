import { createHash } from 'node:crypto';
import fc from 'fast-check';

/** What the server answers, every time that it is asked. */
export interface Plan {
  readonly status: number;
  readonly retryAfter: '0' | '1' | undefined;
  readonly body: 'none' | 'an error of the contract' | 'text';
  readonly framing: 'chunked' | 'content-length';
  readonly earlyHints: boolean;
  readonly location: string | undefined;
  readonly end: 'whole' | 'reset' | 'cut' | 'garbage';
}

export const BODIES = {
  none: '',
  'an error of the contract': '{"message":"busy","errorCode":"resource_unavailable"}',
  text: 'some text '.repeat(2000),
} as const;

const mostly = <T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );

export const plans: fc.Arbitrary<Plan> = fc.record({
  status: fc.oneof(
    fc.constantFrom(200, 200, 204, 205, 300, 301, 302, 303, 304, 305, 307, 308),
    fc.constantFrom(408, 409, 413, 423, 425, 429, 500, 501, 502, 503, 504, 507, 520, 529),
    // Node's own fetch repeats a request after a 421 (as the Fetch standard says), with a body that
    // it has used up already: what arrives then, and when, is a race.
    fc.integer({ min: 200, max: 599 }).filter((status) => status !== 421),
  ),
  retryAfter: mostly<Plan['retryAfter']>(undefined, '0', '1'),
  body: fc.constantFrom(...(Object.keys(BODIES) as Plan['body'][])),
  framing: fc.constantFrom('chunked', 'content-length'),
  earlyHints: mostly(false, true),
  location: mostly<string | undefined>(
    undefined,
    '/end?of#the-line',
    '#here',
    'ftp://127.0.0.1/',
    'data:text/plain,hello',
    'http://[nonsense',
    'http://user:word@127.0.0.1/',
  ),
  end: fc.oneof(
    { weight: 6, arbitrary: fc.constant<Plan['end']>('whole') },
    { weight: 2, arbitrary: fc.constantFrom<Plan['end']>('reset', 'cut', 'garbage') },
  ),
});

const integrity = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`;

/** Fields of init that are no method, headers or body; some of them are wrong. */
const fields = fc.record(
  {
    credentials: mostly<string>('include', 'omit', 'no'),
    mode: mostly<string>('cors', 'same-origin', 'no-cors', 'navigate'),
    cache: mostly<string>('no-store', 'only-if-cached', 'reload'),
    redirect: fc.constantFrom('follow', 'manual', 'error', 'sometimes'),
    referrer: mostly('about:client', '', 'http://127.0.0.1/page', 'http://[nonsense'),
    referrerPolicy: mostly<string>('no-referrer', 'origin', 'whenever'),
    integrity: fc.constantFrom('', integrity(BODIES.text), integrity('another text')),
    keepalive: fc.boolean(),
    priority: fc.constantFrom('high', 'low', 'auto'),
    window: mostly<unknown>(null, 5),
    signal: mostly<'null' | 'aborted' | 'live' | 'none at all'>(
      'live',
      'null',
      'aborted',
      'none at all',
    ),
    unknownToAnybody: fc.constant({ deep: true }),
  },
  { requiredKeys: [] },
);

const headerName = fc.oneof(
  { weight: 8, arbitrary: fc.stringMatching(/^x-[a-z]{1,6}$/) },
  {
    weight: 4,
    arbitrary: fc.constantFrom('Accept', 'cookie', 'Content-Type', 'x-should-retry', 'referer'),
  },
  { weight: 1, arbitrary: fc.constantFrom('not a name', '', 'x-ü', 'Idempotency-Key', 'host') },
);
const headerValue = fc.oneof(
  { weight: 8, arbitrary: fc.stringMatching(/^[!-~]{0,10}$/) },
  { weight: 1, arbitrary: fc.constantFrom(' padded ', 'ÿ', '€', 'a\nb', 'a\0b') },
);

const BODY_KINDS = [
  'none',
  'none',
  'null',
  'text',
  'lone surrogates',
  'bytes',
  'view',
  'buffer',
  'blob',
  'form',
  'query',
  'stream',
  'stream without duplex',
  'stream that breaks',
  'async iterable',
  'a number',
] as const;

export const requests = fc.record({
  method: fc.oneof(
    fc.constantFrom('GET', 'GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'),
    fc.constantFrom('get', 'post', 'PURGE', 'CONNECT', 'TRACE', '', 'two words'),
  ),
  input: mostly('string', 'URL', 'Request', 'Request and init', 'Request as init'),
  address: mostly(
    'the server',
    'with a fragment',
    'with a user',
    'bad port',
    'refused port',
    'ftp://127.0.0.1/',
    'data:text/plain;base64,aGVsbG8=',
    'data:broken',
    'about:blank',
    'javascript:1',
    'nonsense',
  ),
  headers: fc.array(fc.tuple(headerName, headerValue), { maxLength: 4 }),
  headersAs: fc.constantFrom('list', 'record', 'Headers', 'iterator'),
  bodyKind: fc.constantFrom(...BODY_KINDS),
  bytes: fc.uint8Array({ maxLength: 500 }),
  fields,
});

export type GeneratedRequest = typeof requests extends fc.Arbitrary<infer T> ? T : never;

/** The signal and the reason that an aborted call should reject with. */
export const REASON = new Error('the caller has had enough');

/** A request's arguments, made anew: neither side may use up what the other one needs. */
export function argumentsOf(
  request: GeneratedRequest,
  server: { readonly url: string; readonly refusedUrl: string },
): [input: string | URL | Request, init?: RequestInit] {
  const { headers, headersAs, method, fields: given } = request;
  const { body, duplex } = bodyOf(request);
  const { signal, ...others } = given;
  const init = {
    method,
    headers: headersGiven(headers, headersAs),
    ...(body !== undefined && { body }),
    ...(duplex && { duplex: 'half' }),
    ...others,
    ...(signal !== undefined && { signal: SIGNALS[signal]() }),
  } as RequestInit;
  const address = addressOf(request.address, server);
  switch (request.input) {
    case 'URL':
      return [new URL(address), init];
    case 'Request':
      return [new Request(address, init)];
    case 'Request and init':
      return [new Request(address, { headers: { 'x-of': 'the request' } }), init];
    case 'Request as init':
      return [address, new Request(server.url, init)];
    default:
      return [address, init];
  }
}

function headersGiven(headers: [string, string][], as: GeneratedRequest['headersAs']): unknown {
  switch (as) {
    case 'list':
      return headers;
    case 'record':
      return Object.fromEntries(headers);
    case 'Headers':
      return new Headers(headers);
    case 'iterator':
      // Can be read once only, as `map.entries()`.
      return headers.values();
  }
}

const SIGNALS = {
  null: () => null,
  live: () => new AbortController().signal,
  aborted: () => AbortSignal.abort(REASON),
  'none at all': () => ({ aborted: 'perhaps' }),
};

function addressOf(
  address: string,
  { url, refusedUrl }: { readonly url: string; readonly refusedUrl: string },
): string {
  const addresses: Readonly<Record<string, string>> = {
    'the server': `${url}/a%20path?q=1`,
    'with a fragment': `${url}/#fragment`,
    'with a user': `${url.replace('//', '//user:word@')}/`,
    'bad port': 'http://127.0.0.1:25/',
    'refused port': refusedUrl,
  };
  return addresses[address] ?? address;
}

function bodyOf({ bodyKind, bytes }: GeneratedRequest): { body?: unknown; duplex?: boolean } {
  const own = bytes.slice();
  switch (bodyKind) {
    case 'none':
      return {};
    case 'null':
      return { body: null };
    case 'text':
      return { body: Buffer.from(own).toString('base64') };
    case 'lone surrogates':
      return { body: 'a\uD800b\uDC00c' };
    case 'bytes':
      return { body: own };
    case 'view':
      return { body: new DataView(own.buffer, own.byteLength >> 1) };
    case 'buffer':
      return { body: own.buffer };
    case 'blob':
      return { body: new Blob([own], { type: 'image/x-test' }) };
    case 'form': {
      const form = new FormData();
      form.append('name', 'value');
      form.append('file', new Blob([own]), 'file.bin');
      return { body: form };
    }
    case 'query':
      return { body: new URLSearchParams({ a: 'b c', d: 'é' }) };
    case 'stream':
      return { body: streamOf(own), duplex: true };
    case 'stream without duplex':
      return { body: streamOf(own) };
    case 'stream that breaks':
      return { body: streamOf(own, new Error('the stream broke')), duplex: true };
    case 'async iterable':
      return {
        duplex: true,
        body: (async function* pieces() {
          // Never empty: Node's own fetch waits for ever after a piece without bytes.
          yield Buffer.from([0, ...own]);
          yield Buffer.from([1, ...own]);
        })(),
      };
    case 'a number':
      return { body: 42 };
  }
}

function streamOf(bytes: Uint8Array, error?: Error): ReadableStream<Uint8Array> {
  let pulls = 0;
  return new ReadableStream({
    pull(controller) {
      pulls += 1;
      if (pulls <= 2) controller.enqueue(bytes.byteLength === 0 ? new Uint8Array(1) : bytes);
      else if (error) controller.error(error);
      else controller.close();
    },
  });
}
