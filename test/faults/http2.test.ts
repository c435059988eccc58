import { once } from 'node:events';
import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Agent, fetch as undiciFetch } from 'undici';
import { reportOf, resilientFetch, type Fetch } from '../../src/index.ts';
import { canMakeCertificates, selfSigned, type Certificate } from './certificates.ts';

const withCertificates = canMakeCertificates() ? describe : describe.skip;

type Play = (stream: ServerHttp2Stream) => void;
const resetWith =
  (code: number): Play =>
  (stream) =>
    stream.close(code);
const ok: Play = (stream) => {
  stream.respond({ ':status': 200 });
  stream.end(`over ${stream.session?.alpnProtocol}`);
};

let certificate: Certificate;
let server: Http2SecureServer;
let url: string;
let dispatcher: Agent;
let streams = 0;
let plays: Play[] = [];
const sessions = new Set<ServerHttp2Session>();

withCertificates.each<[string, Fetch]>([
  ['Node’s own fetch with an HTTP/2 dispatcher', (input, init) => fetch(input, init)],
  ['undici’s fetch', undiciFetch as unknown as Fetch],
])('HTTP/2 through %s', (_name, platform) => {
  beforeAll(async () => {
    certificate = selfSigned('IP:127.0.0.1');
    server = createSecureServer(certificate);
    server.on('session', (session) => {
      sessions.add(session);
      session.on('error', () => {});
      session.on('close', () => sessions.delete(session));
    });
    server.on('stream', (stream) => {
      streams += 1;
      stream.on('error', () => {});
      (plays.shift() ?? ok)(stream);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(async () => {
    for (const session of sessions) session.destroy();
    server.close();
    await once(server, 'close');
  });
  beforeEach(() => {
    streams = 0;
    dispatcher = new Agent({ allowH2: true, connect: { ca: certificate.cert } });
  });
  afterEach(() => dispatcher.destroy());

  const options = {
    retry: { maxRetries: 2, baseDelayMs: 1 },
    rateLimit: false,
    attemptTimeoutMs: 500,
  } as const;
  const send = (init: object, ...faults: readonly Play[]): Promise<Response> => {
    plays = [...faults];
    return resilientFetch(platform, options)(url, { dispatcher, ...init } as RequestInit);
  };
  const post = { method: 'POST', body: 'hello' };
  const verdicts = (outcome: unknown) =>
    reportOf(outcome)?.attempts.map((attempt) => attempt.classification);

  test('a success is one stream, and it really is HTTP/2', async () => {
    const response = await send({});
    expect(await response.text()).toBe('over h2');
    expect(streams).toBe(1);
  });

  test('a 503 is tried again on the same session', async () => {
    const busy: Play = (stream) => {
      stream.respond({ ':status': 503, 'retry-after': '0' });
      stream.end('busy');
    };
    const response = await send(post, busy);
    expect(await response.text()).toBe('over h2');
    expect(verdicts(response)).toMatchObject([{ status: 503 }, { category: 'success' }]);
    expect(sessions.size).toBe(1);
  });

  test('a refused stream was not acted on: a POST is repeated', async () => {
    const response = await send(post, resetWith(constants.NGHTTP2_REFUSED_STREAM));
    expect(response.status).toBe(200);
    expect(verdicts(response)?.[0]).toMatchObject({ category: 'retryable', unprocessed: true });
  });

  test.each<[string, Play]>([
    ['a stream reset as an internal error', resetWith(constants.NGHTTP2_INTERNAL_ERROR)],
    ['a cancelled stream', resetWith(constants.NGHTTP2_CANCEL)],
    ['a GOAWAY in good order', (stream) => (stream.session as ServerHttp2Session).goaway()],
    ['a session that is torn down', (stream) => stream.session?.destroy()],
    ['a stream that stays silent', () => {}],
  ])('%s may have been acted on: a GET is sent again, a POST is not', async (_what, fault) => {
    const response = await send({}, fault);
    expect(await response.text()).toBe('over h2');
    expect(verdicts(response)?.[0]).toMatchObject({ category: 'retryable', unprocessed: false });
    const before = streams;
    const error: unknown = await send(post, fault).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: expect.stringMatching(/Error$/) });
    expect(streams - before).toBe(1);
  });

  test.each<[string, Play]>([
    ['of the stream', resetWith(constants.NGHTTP2_ENHANCE_YOUR_CALM)],
    [
      'of the session',
      (stream) =>
        (stream.session as ServerHttp2Session).goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM),
    ],
  ])('ENHANCE_YOUR_CALM %s is a throttle', async (_what, fault) => {
    const response = await send({}, fault);
    expect(response.status).toBe(200);
    expect(verdicts(response)?.[0]?.category).toBe('throttle');
  });
});
