import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Agent } from 'undici';
import { reportOf, resilientFetch } from '../../src/index.ts';
import { canMakeCertificates, selfSigned, type Certificate } from './certificates.ts';

const withCertificates = canMakeCertificates() ? describe : describe.skip;

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

interface Listening {
  readonly url: string;
  connections: number;
}

async function listen(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    listening.connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo;
  const listening = { url: `https://127.0.0.1:${port}`, connections: 0 };
  return listening;
}

const https = (certificate: Certificate, options = {}) =>
  listen(createHttpsServer({ ...certificate, ...options }, (_request, answer) => answer.end('ok')));

/** undici's own: what Node's fetch takes as `dispatcher`, to trust what nobody else does. */
function trusting({ cert }: Certificate): RequestInit {
  const dispatcher = new Agent({ connect: { ca: cert } });
  closers.push(() => dispatcher.destroy());
  return { dispatcher } as RequestInit;
}

const fetch = resilientFetch(undefined, { retry: { maxRetries: 2, baseDelayMs: 1 } });
const failure = (url: string, init?: RequestInit): Promise<Error> =>
  fetch(url, init).then(
    () => {
      throw new Error('it succeeded');
    },
    (error: Error) => error,
  );
const attempts = (outcome: unknown) => reportOf(outcome)?.attempts.map((one) => one.classification);

withCertificates('over TLS', () => {
  let ours: Certificate;
  let elsewhere: Certificate;
  beforeAll(() => {
    ours = selfSigned('IP:127.0.0.1');
    elsewhere = selfSigned('DNS:elsewhere.example');
  });

  test('a certificate that nobody vouches for is fatal: one attempt, one connection', async () => {
    const server = await https(ours);
    const error = await failure(server.url);
    expect(error).toMatchObject({ name: 'TypeError', message: 'fetch failed' });
    expect(attempts(error)).toMatchObject([
      { category: 'fatal', errorCode: 'DEPTH_ZERO_SELF_SIGNED_CERT', decidedBy: 'network' },
    ]);
    expect(server.connections).toBe(1);
  });

  test('a certificate for somebody else is fatal: one attempt', async () => {
    const server = await https(elsewhere);
    const error = await failure(server.url, trusting(elsewhere));
    expect(attempts(error)).toMatchObject([
      { category: 'fatal', errorCode: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    ]);
  });

  test('a server that offers only what is too old is fatal: one attempt', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
    const server = await https(ours, old);
    const error = await failure(server.url, trusting(ours));
    expect(attempts(error)).toMatchObject([{ category: 'fatal', decidedBy: 'network' }]);
  });

  test('a server that speaks no TLS is fatal: one attempt', async () => {
    const server = await listen(
      createServer((socket) => {
        socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      }),
    );
    const error = await failure(server.url);
    expect(attempts(error)).toMatchObject([{ category: 'fatal', decidedBy: 'network' }]);
  });

  test('a handshake that breaks off is a connection that was never made: a POST is repeated too', async () => {
    const server = await listen(
      createServer((socket) => {
        socket.once('data', () => socket.destroy());
      }),
    );
    const error = await failure(server.url, { method: 'POST', body: 'hello' });
    const verdict = { category: 'retryable', errorCode: 'ECONNRESET', unprocessed: true };
    expect(attempts(error)).toMatchObject([verdict, verdict, verdict]);
    expect(server.connections).toBeGreaterThanOrEqual(3);
  });

  test('the dispatcher of init reaches every attempt: a trusted server that failed once answers', async () => {
    let requests = 0;
    const server = await listen(
      createHttpsServer(ours, (_request, answer) => {
        requests += 1;
        answer.writeHead(requests === 1 ? 503 : 200).end('ok');
      }),
    );
    const response = await fetch(server.url, trusting(ours));
    expect(await response.text()).toBe('ok');
    expect(attempts(response)).toMatchObject([{ status: 503 }, { category: 'success' }]);
  });
});
