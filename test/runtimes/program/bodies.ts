import { check, expectSame, expectThat, textOf, type Check } from './check.ts';
import type { SeenRequest } from './protocol.ts';

const bytes = new Uint8Array([0, 1, 127, 128, 254, 255]);

function form(): FormData {
  const data = new FormData();
  data.append('field', 'grün & rot');
  data.append('file', new Blob([bytes], { type: 'application/x-bytes' }), 'bytes.bin');
  return data;
}

/** Each kind of body that can be sent twice, made anew. */
const BODIES: Readonly<Record<string, () => NonNullable<RequestInit['body']>>> = {
  'a string': () => 'grün & rot',
  'a view of some bytes': () => new Uint8Array([9, ...bytes, 9]).subarray(1, 7),
  'an ArrayBuffer': () => bytes.slice().buffer,
  'a Blob': () => new Blob(['blob'], { type: 'text/x-blob' }),
  URLSearchParams: () => new URLSearchParams({ q: 'grün & rot', page: '2' }),
  FormData: form,
};

/** What was sent, with the boundary of multipart, which is a new one each time, left out. */
function sentAs({ method, headers, body }: SeenRequest): object {
  const type = headers['content-type'] ?? '';
  const boundary = /boundary="?([^";]+)/.exec(type)?.[1];
  if (boundary === undefined) return { method, type, body, custom: headers['x-custom'] };
  return {
    method,
    type: type.replace(boundary, 'BOUNDARY'),
    body: body.replaceAll(boundary, 'BOUNDARY'),
    custom: headers['x-custom'],
  };
}

const init = (body: NonNullable<RequestInit['body']>): RequestInit => ({
  method: 'POST',
  headers: { 'x-custom': 'kept' },
  body,
});

const repeated = Object.entries(BODIES).flatMap(([kind, make]) => [
  check(`sends ${kind} three times, each time as fetch sends it`, async (tools) => {
    const plain = await tools.scripts.play({});
    await fetch(plain.url, init(make()));
    const wanted = (await plain.seen()).map(sentAs);

    const script = await tools.scripts.play({ status: 503 }, { status: 503 }, {});
    const response = await quick(tools)(script.url, init(make()));
    expectSame('status', response.status, 200);
    expectSame('sent', (await script.seen()).map(sentAs), [...wanted, ...wanted, ...wanted]);
  }),
  check(`sends a Request made of ${kind} three times`, async (tools) => {
    const plain = await tools.scripts.play({});
    await fetch(new Request(plain.url, init(make())));
    const wanted = (await plain.seen()).map(sentAs);

    const script = await tools.scripts.play({ status: 503 }, { status: 503 }, {});
    const request = new Request(script.url, init(make()));
    const response = await quick(tools)(request);
    expectSame('status', response.status, 200);
    expectSame('sent', (await script.seen()).map(sentAs), [...wanted, ...wanted, ...wanted]);
    expectSame('bodyUsed', request.bodyUsed, true);
  }),
]);

const quick = ({ holdfast }: Parameters<Check['run']>[0]) =>
  holdfast.resilientFetch(undefined, {
    retry: { maxRetries: 2, baseDelayMs: 1, unsafeMethods: 'retry' },
  });

function stream(...chunks: readonly string[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const left = [...chunks];
  return new ReadableStream({
    pull(controller) {
      const chunk = left.shift();
      if (chunk === undefined) controller.close();
      else controller.enqueue(encoder.encode(chunk));
    },
  });
}

const streamed = (body: ReadableStream): RequestInit =>
  ({ method: 'POST', body, duplex: 'half' }) as RequestInit;

/** Bodies arrive as given, as often as needed. */
export const bodies: readonly Check[] = [
  ...repeated,

  check('sends the init beside a Request again as well', async (tools) => {
    const script = await tools.scripts.play({ status: 503 }, {});
    const request = new Request(script.url, { method: 'POST', body: 'of the Request' });
    await quick(tools)(request, { headers: { 'x-custom': 'of the init' }, body: 'of the init' });
    const seen = (await script.seen()).map(sentAs);
    expectSame('second', seen[1], seen[0]);
    expectSame(
      'bodies',
      (await script.seen()).map(({ body }) => body),
      ['of the init', 'of the init'],
    );
  }),

  check('sends the bytes as they were when it was called', async (tools) => {
    const script = await tools.scripts.play({ status: 503 }, {});
    const body = new TextEncoder().encode('before');
    const call = quick(tools)(script.url, { method: 'POST', body });
    body.fill(33);
    await call;
    expectSame('second body', (await script.seen())[1]?.body, 'before');
  }),

  check('sends a stream once and does not repeat it', async (tools) => {
    const plain = await tools.scripts.play({ status: 503 });
    try {
      await fetch(plain.url, streamed(stream('one', 'two')));
    } catch (error) {
      const script = await tools.scripts.play({ status: 503 });
      const thrown = await quick(tools)(script.url, streamed(stream('one', 'two'))).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expectSame('error', textOf(thrown), textOf(error));
      return `fetch sends no stream over HTTP/1.1 (${textOf(error)}), and neither does the wrapped one`;
    }
    const script = await tools.scripts.play({ status: 503 }, { status: 200 });
    const response = await quick(tools)(script.url, streamed(stream('one', 'two')));
    expectSame('status', response.status, 503);
    const seen = await script.seen();
    expectSame('sent', seen.map(sentAs), (await plain.seen()).map(sentAs));
    expectSame('requests', seen.length, 1);
    const { stoppedBecause = '' } = tools.holdfast.reportOf(response) ?? {};
    expectThat(stoppedBecause.includes('stream'), `it stopped because ${stoppedBecause}`);
    return undefined;
  }),
];
