import { check, expectSame, expectThat, type Check } from './check.ts';
import { seenOf, twin, type Fetch, type Observe, type Twin } from './twin.ts';

const with_ =
  (init: object | undefined): Observe =>
  async (fetch, url) =>
    seenOf(await fetch(url, init as RequestInit));

const redirect = (status: number): Pick<Twin, 'steps'> => ({
  steps: [{ status, headers: { location: '?there' } }, { body: 'there' }],
});

const ANSWER: Twin = {
  steps: [{ headers: { 'x-one': '1', 'content-type': 'text/plain; charset=utf-8' }, body: 'grün' }],
};

const inits: Readonly<Record<string, object | undefined>> = {
  'init undefined': undefined,
  'an empty init': {},
  'headers in every case': { headers: { 'X-B': '1', 'x-a': '2', ACCEPT: 'text/x' } },
  'headers as pairs': {
    headers: [
      ['x-a', '1'],
      ['X-A', '2'],
    ],
  },
  'a method in small letters': { method: 'put', body: 'x' },
  'a method of its own': { method: 'PROPFIND' },
  'a forbidden method': { method: 'CONNECT' },
  'a body with GET': { method: 'GET', body: 'x' },
  'a header that is none': { headers: { 'a b': '1' } },
  'a signal that is none': { signal: 'now' },
  'cache: no-store': { cache: 'no-store' },
  'credentials: omit': { credentials: 'omit' },
  keepalive: { keepalive: true },
  'referrerPolicy: no-referrer': { referrerPolicy: 'no-referrer' },
  'an integrity that holds not': { integrity: 'sha256-AAAA' },
  'mode: no-cors': { mode: 'no-cors' },
  'mode: same-origin': { mode: 'same-origin' },
  'fields that fetch does not know': { next: { revalidate: 1 }, unknownToAll: true },
  'an init that is a number': 7 as unknown as object,
};

/** What is in a response beside its data. */
const shapes: readonly Check[] = [
  twin(
    'a clone, read side by side',
    async (fetch, url) => {
      const response = await fetch(url);
      const copy = response.clone();
      const [first, second] = await Promise.all([response.text(), copy.text()]);
      return { first, second, used: [response.bodyUsed, copy.bodyUsed], type: copy.type };
    },
    ANSWER,
  ),
  twin(
    'a body that streams in while the server still writes',
    async (fetch, url) => {
      const response = await fetch(url);
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      const decoder = new TextDecoder();
      let text = '';
      let reads = 0;
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        reads += 1;
        text += decoder.decode(value, { stream: true });
      }
      return { text, inPieces: reads > 1, bodyUsed: response.bodyUsed };
    },
    { steps: [{ chunks: ['a', 'b', 'c', 'd'], chunkDelayMs: 60 }] },
  ),
  twin(
    'a body that is left unread and cancelled',
    async (fetch, url) => {
      const response = await fetch(url);
      await response.body?.cancel();
      return response.bodyUsed;
    },
    { steps: [{ body: 'x'.repeat(1 << 18) }] },
  ),
  twin('the class of a response', async (fetch, url) => {
    const response = await fetch(url);
    await response.text();
    const tag = Object.prototype.toString.call(response);
    return [response instanceof Response, response.constructor.name, tag];
  }),
  twin(
    'bytes, a Blob, JSON and a form',
    async (fetch, url) => {
      const type = { 'content-type': 'application/x-www-form-urlencoded' };
      const bytes = await (await fetch(url)).arrayBuffer();
      const blob = await (await fetch(url)).blob();
      const json: unknown = await (await fetch(url)).json();
      const form = [...(await (await fetch(`${url}?form`, { headers: type })).formData())];
      return [bytes.byteLength, blob.size, blob.type, json, form];
    },
    {
      steps: [
        { body: '[1]' },
        { body: '[1]', headers: { 'content-type': 'text/x' } },
        { body: '[1]' },
        { body: 'a=1&b=2', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      ],
    },
  ),
];

const requests: readonly Check[] = [
  twin('a Request, and what is left of it', async (fetch, url) => {
    const request = new Request(url, { method: 'POST', body: 'b', headers: { 'x-a': '1' } });
    const seen = await seenOf(await fetch(request));
    return [seen, request.bodyUsed, await fetch(request).then(seenOf, ({ name }) => String(name))];
  }),
  twin('a Request without a body, twice', async (fetch, url) => {
    const request = new Request(url, { headers: { accept: 'text/x' } });
    const first = await seenOf(await fetch(request));
    return [first, request.bodyUsed, await seenOf(await fetch(request))];
  }),
  twin('a Request and an init', async (fetch, url) => {
    const request = new Request(url, { method: 'POST', body: 'b', headers: { 'x-a': '1' } });
    const init = { method: 'PUT', headers: { 'x-b': '2' } };
    return [await seenOf(await fetch(request, init)), request.bodyUsed];
  }),
  twin('a Request as the init', async (fetch, url) => {
    const init = new Request(url, { method: 'POST', headers: { 'x-a': '1' } });
    return seenOf(await fetch(url, init));
  }),
  twin('a URL', async (fetch, url) => seenOf(await fetch(new URL(`${url}?q=ü#part`)))),
  twin('anything with a text of its own', async (fetch, url) =>
    seenOf(await fetch({ toString: () => url } as unknown as string)),
  ),
  twin('no argument at all', async (fetch) => (fetch as unknown as () => unknown)(), {}),
  twin('an address that is none', async (fetch) => fetch('http://['), {}),
  twin('a scheme that nobody knows', async (fetch) => fetch('foo://bar'), {}),
  twin('called as a method', async (fetch, url) => {
    const owner = { call: (input: string) => fetch(input) };
    return seenOf(await owner.call(url));
  }),
  twin('data:', async (fetch) => seenOf(await fetch('data:text/x,grün')), {}),
  twin(
    'blob:',
    async (fetch) => {
      const url = URL.createObjectURL(new Blob(['in a blob'], { type: 'text/x' }));
      const { url: address, ...seen } = (await seenOf(await fetch(url))) as { url: string };
      return [seen, address === url];
    },
    {},
  ),
];

const loop: Twin = { steps: [{ status: 302, headers: { location: '?on' } }], mayBeRepeated: true };

/** Each of these is done with fetch and with the wrapped one, and compared. */
export const transparency: readonly Check[] = [
  ...Object.entries(inits).map(([name, init]) =>
    twin(name, with_(init), { ...ANSWER, mayBeRepeated: true }),
  ),
  ...[200, 201, 203, 206, 226, 304, 400, 404, 410, 418, 451, 501].map((status) =>
    twin(`status ${status}`, with_({}), {
      steps: [{ status, body: 'body', headers: { 'x-a': 'b' } }],
    }),
  ),
  twin('status 204', with_({}), { steps: [{ status: 204 }] }),
  twin('HEAD', with_({ method: 'HEAD' }), ANSWER),
  ...[301, 302, 303, 307, 308].map((status) =>
    twin(
      `a POST that is redirected by ${status}`,
      with_({ method: 'POST', body: 'b' }),
      redirect(status),
    ),
  ),
  twin('redirect: manual', with_({ redirect: 'manual' }), redirect(302)),
  twin('redirect: error', with_({ redirect: 'error' }), loop),
  twin('a redirect without end', with_({}), loop),
  twin(
    'an answer of a mebibyte',
    async (fetch, url) => {
      const body = await (await fetch(url)).arrayBuffer();
      return body.byteLength;
    },
    { steps: [{ body: 'x'.repeat(1 << 20) }] },
  ),
  ...shapes,
  ...requests,

  check(
    'is named fetch, takes one argument, and gives unknown fields to the fetch inside',
    async (tools) => {
      const seen: unknown[] = [];
      const inner = async (...given: unknown[]): Promise<Response> => {
        seen.push(...given);
        return new Response('ok');
      };
      Object.defineProperty(inner, 'name', { value: 'fetch' });
      Object.defineProperty(inner, 'length', { value: 1 });
      const wrapped = tools.holdfast.resilientFetch(inner as Fetch);
      const standard = tools.holdfast.resilientFetch();
      expectSame('name and length', [wrapped.name, wrapped.length], ['fetch', 1]);
      expectSame('name and length by default', [standard.name, standard.length], ['fetch', 1]);
      const init = { cf: { cacheTtl: 5 }, dispatcher: {} };
      await wrapped('https://api.example.com/', init as RequestInit);
      expectThat(seen.length === 2, `it was given ${seen.length} arguments`);
      const { cf, dispatcher } = seen[1] as typeof init;
      expectThat(cf === init.cf && dispatcher === init.dispatcher, 'fields were lost or copied');
    },
  ),
];
