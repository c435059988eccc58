import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { splitterFor } from '../../src/classify/streams/stream-form.ts';
import { eventStreams, reportOf, resilientFetch, type Fetch } from '../../src/index.ts';
import { plainServer, type PlainServer } from '../integration/plain-server.ts';
import { chunksOf, streams, type GeneratedStream } from './generated-streams.ts';

// Together more than 2,000 streams. HOLDFAST_STREAM_RUNS=20000 runs more of them.
const RUNS = Number(process.env['HOLDFAST_STREAM_RUNS'] ?? 1800);
const RUNS_OVER_A_SOCKET = 300;

const reading = eventStreams({ streamIdleTimeoutMs: 60_000, firstByteTimeoutMs: 60_000 });

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** A fetch whose bodies are streams of this kind. */
function streaming(stream: GeneratedStream, kind: 'bytes' | 'chunks'): Fetch {
  return async () => {
    const chunks = chunksOf(stream);
    const pull = async (controller: {
      enqueue(chunk: Uint8Array<ArrayBuffer>): void;
      close(): void;
      readonly byobRequest?: { respond(bytes: number): void } | null;
    }) => {
      if (stream.slow) await turn();
      const chunk = chunks.shift();
      if (chunk !== undefined) return controller.enqueue(chunk);
      controller.close();
      controller.byobRequest?.respond(0);
    };
    const body =
      kind === 'bytes'
        ? new ReadableStream({ type: 'bytes', pull })
        : new ReadableStream({ pull }, { highWaterMark: 0 });
    return new Response(body, { headers: { 'content-type': stream.contentType } });
  };
}

type Way = 'reader' | 'byob' | 'iterator' | 'arrayBuffer' | 'clone' | 'text';

/** All bytes of a body, read in one of the ways that there are. */
async function bytesOf(response: Response, way: Way): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const { body } = response;
  if (way === 'text') return Buffer.from(await response.text());
  if (way === 'arrayBuffer' || body === null) return Buffer.from(await response.arrayBuffer());
  if (way === 'clone') {
    const [copy, original] = await Promise.all([
      response.clone().arrayBuffer(),
      response.arrayBuffer(),
    ]);
    expect(Buffer.from(copy).equals(Buffer.from(original))).toBe(true);
    return Buffer.from(original);
  }
  if (way === 'iterator') {
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>)
      parts.push(chunk.slice());
    return Buffer.concat(parts);
  }
  if (way === 'byob') {
    const reader = body.getReader({ mode: 'byob' });
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(7));
      if (done) return Buffer.concat(parts);
      parts.push(value.slice());
    }
  }
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(parts);
    parts.push(value.slice());
  }
}

const ways: fc.Arbitrary<Way> = fc.constantFrom(
  'reader',
  'byob',
  'iterator',
  'arrayBuffer',
  'clone',
  'text',
);

test('every generated stream has the same bytes as from bare fetch, however it is cut and read', async () => {
  await fc.assert(
    fc.asyncProperty(
      streams,
      ways,
      fc.constantFrom('bytes', 'chunks'),
      async (stream, way, kind) => {
        // A stream of whole chunks cannot be read into a buffer of one's own, wrapped or not.
        const chosen = way === 'byob' && kind === 'chunks' ? 'reader' : way;
        const bare = streaming(stream, kind);
        const wrapped = resilientFetch(bare, { streams: reading, retry: false });
        const response = await wrapped('https://api.example.com/');
        // None of them is an error, though some hold the word.
        const { classification } = reportOf(response)?.attempts[0] ?? {};
        fc.pre(classification?.stream === 'begun');
        const expected = await bytesOf(await bare('https://api.example.com/'), chosen);
        expect((await bytesOf(response, chosen)).equals(expected)).toBe(true);
      },
    ),
    { numRuns: RUNS },
  );
}, 60_000);

test('the events of a generated stream are the same, however it is cut', () => {
  fc.assert(
    fc.property(streams, ({ bytes, cuts, contentType }) => {
      const eventsIn = (chunks: readonly Uint8Array[]) => {
        const splitter = splitterFor(contentType);
        return [
          ...chunks.flatMap((chunk) => splitter?.push(chunk) ?? []),
          ...(splitter?.end() ?? []),
        ];
      };
      const whole = eventsIn([bytes]);
      expect(eventsIn(chunksOf({ bytes, cuts }))).toEqual(whole);
      expect(eventsIn(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(whole);
    }),
    { numRuns: 200 },
  );
});

let server: PlainServer;
const toSend = new Map<string, GeneratedStream>();
beforeAll(async () => {
  server = await plainServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const stream = toSend.get(pathname) as GeneratedStream;
    const encoding = searchParams.get('encoding') ?? 'identity';
    response.writeHead(200, {
      'content-type': stream.contentType,
      ...(encoding === 'gzip' && { 'content-encoding': 'gzip' }),
    });
    const { bytes } = stream;
    const sent = encoding === 'gzip' ? new Uint8Array(gzipSync(bytes)) : bytes;
    const chunks = chunksOf({ bytes: sent, cuts: stream.cuts.slice(0, 4) });
    const sendOn = (): void => {
      const chunk = chunks.shift();
      if (chunk === undefined) return void response.end();
      response.write(chunk);
      if (stream.slow) setImmediate(sendOn);
      else sendOn();
    };
    sendOn();
  });
});
afterAll(() => server.close());

test('over a real socket the bytes are the same too, compressed or not', async () => {
  const wrapped = resilientFetch(globalThis.fetch, { streams: reading, retry: false });
  let number = 0;
  await fc.assert(
    fc.asyncProperty(
      streams,
      ways,
      fc.constantFrom('identity', 'gzip'),
      async (stream, way, encoding) => {
        const path = `/${(number += 1)}`;
        toSend.set(path, stream);
        const url = `${server.url}${path}?encoding=${encoding}`;
        const response = await wrapped(url);
        const bare = await fetch(url);
        expect([...response.headers].filter(([name]) => name !== 'date')).toEqual(
          [...bare.headers].filter(([name]) => name !== 'date'),
        );
        expect(response).toMatchObject({
          url: bare.url,
          type: bare.type,
          redirected: bare.redirected,
        });
        const expected = await bytesOf(bare, way);
        expect((await bytesOf(response, way)).equals(expected)).toBe(true);
        toSend.delete(path);
      },
    ),
    { numRuns: RUNS_OVER_A_SOCKET },
  );
  expect(server.counts.inFlight).toBe(0);
}, 60_000);
