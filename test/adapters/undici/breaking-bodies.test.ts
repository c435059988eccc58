import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createServer, type Server } from 'node:http';
import {
  constants,
  createServer as createHttp2Server,
  type Http2Server,
  type ServerHttp2Stream,
} from 'node:http2';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Agent, H2CClient, interceptors, request, type Dispatcher } from 'undici';
import { reportOf } from '../../../src/index.ts';
import { resilient, type ResilientDispatcherOptions } from '../../../src/undici.ts';
import {
  eventually,
  plainServer,
  type Answer,
  type PlainServer,
} from '../../integration/plain-server.ts';

let agent: Agent;
let leftOver: (() => unknown)[];
beforeEach(() => {
  agent = new Agent();
  leftOver = [() => agent.destroy()];
});
afterEach(async () => {
  for (const end of leftOver) await end();
});

async function serve(answer: Answer): Promise<PlainServer> {
  const server = await plainServer(answer);
  leftOver.push(() => server.close());
  return server;
}

const composed = (options: ResilientDispatcherOptions = {}) =>
  agent.compose(resilient({ retry: { baseDelayMs: 1, maxDelayMs: 1 }, ...options }));

const upload = (url: string, body: unknown, dispatcher: Dispatcher) =>
  request(url, { method: 'POST', body: body as Readable, dispatcher });

const failure = (promise: Promise<unknown>): Promise<any> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

async function listening(server: Server | Http2Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  leftOver.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A body whose end does not come. */
function endless(): Readable {
  const body = new Readable({ read() {} });
  body.push('abc');
  return body;
}

const reset = () => Object.assign(new Error('the source is gone'), { code: 'ECONNRESET' });

async function* breakingSource(error: Error) {
  yield Buffer.from('abc');
  await turn();
  throw error;
}

const SOURCES: [string, (error: Error) => unknown][] = [
  ['stream', (error) => Readable.from(breakingSource(error))],
  ['iterator', breakingSource],
  ['ReadableStream', (error) => Readable.toWeb(Readable.from(breakingSource(error)))],
];

describe('while the call waits', () => {
  async function paused(retryAfterMs: number) {
    const { url, counts } = await serve((_request, response, number) => {
      const header = { 'retry-after-ms': String(retryAfterMs) };
      response.writeHead(number === 1 ? 429 : 200, header).end();
    });
    const dispatcher = composed({ retry: false });
    await (await request(url, { dispatcher })).body.dump();
    return { url, counts, dispatcher };
  }

  test('a stream that breaks ends the call at once, with its error', async () => {
    const { url, counts, dispatcher } = await paused(1500);
    const startedAt = performance.now();
    const error = await failure(upload(url, createReadStream('/no/such/file'), dispatcher));
    expect(error.code).toBe('ENOENT');
    expect(performance.now() - startedAt).toBeLessThan(1000);
    await pause(20);
    expect(counts.requests).toBe(1);
  });

  test('a stream that has broken before ends the call at once, with its error', async () => {
    const { url, counts, dispatcher } = await paused(1500);
    const body = new Readable({ read() {} }).on('error', () => {});
    body.destroy(reset());
    await turn();
    const startedAt = performance.now();
    expect((await failure(upload(url, body, dispatcher))).message).toBe('the source is gone');
    expect(performance.now() - startedAt).toBeLessThan(1000);
    expect(counts.requests).toBe(1);
  });

  test('a stream that its caller has paused ends the call at once too', async () => {
    const { url, dispatcher } = await paused(1500);
    const body = endless().pause();
    const startedAt = performance.now();
    const call = failure(upload(url, body, dispatcher));
    body.destroy(reset());
    expect((await call).message).toBe('the source is gone');
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  test('a stream that has just been destroyed is listened to until it has said so', async () => {
    const { url, dispatcher } = await paused(1500);
    const body = new Readable({ read() {} });
    body.destroy(reset());
    const told = new Promise((resolve) => {
      dispatcher.dispatch({ origin: url, path: '/', method: 'POST', body }, {
        onRequestStart() {},
        onResponseError: (_controller: unknown, error: Error) => resolve(error.message),
      } as Dispatcher.DispatchHandler);
    });
    expect(await told).toBe('the source is gone');
    await turn();
  });

  test('a stream that does not break is sent whole, and nobody listens to it afterwards', async () => {
    const { url, counts, dispatcher } = await paused(50);
    const listenersLeft = async (through: Dispatcher) => {
      const body = Readable.from(['pay', 'load']);
      const { statusCode, body: answer } = await upload(url, body, through);
      await answer.dump();
      await turn();
      return [statusCode, body.listenerCount('error')];
    };
    // undici itself leaves one behind.
    expect(await listenersLeft(dispatcher)).toEqual(await listenersLeft(agent));
    expect(counts.requests).toBe(3);
  });
});

describe('the side that failed', () => {
  test.each(SOURCES)('is the caller where its %s breaks off', async (_what, source) => {
    const { url } = await serve((_request, response) => void response.end());
    const dispatcher = composed();
    for (let number = 1; number <= 12; number += 1) {
      const given = reset();
      const error = await failure(upload(url, source(given), dispatcher));
      expect(error).toBe(given);
      expect(reportOf(error)?.attempts.map(({ classification }) => classification)).toMatchObject([
        {
          category: 'fatal',
          decidedBy: 'caller',
          rule: 'the body of the request broke off at its source',
        },
      ]);
    }
    expect((await request(url, { dispatcher })).statusCode).toBe(200);
  });

  test('is not the upstream of a proxy whose clients leave in the midst of their uploads', async () => {
    const { url, counts } = await serve((_request, response) => void response.end());
    const dispatcher = composed();
    const errors: any[] = [];
    const proxy = await listening(
      createServer((incoming) => {
        upload(url, incoming, dispatcher).catch((error: unknown) => errors.push(error));
      }),
    );
    for (let number = 1; number <= 10; number += 1) {
      const client = connect(Number(new URL(proxy).port), '127.0.0.1');
      client.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc');
      await eventually(() => counts.requests === number);
      client.destroy();
      await eventually(() => errors.length === number);
    }
    expect(errors.map(({ code }) => code)).toEqual(Array(10).fill('ECONNRESET'));
    expect((await request(url, { dispatcher })).statusCode).toBe(200);
  });

  test('is the caller where its body had broken off before the call', async () => {
    const { url } = await serve((_request, response) => void response.end());
    const dispatcher = composed();
    for (let number = 1; number <= 12; number += 1) {
      const body = new Readable({ read() {} }).on('error', () => {});
      body.destroy(reset());
      await failure(upload(url, body, dispatcher));
    }
    expect((await request(url, { dispatcher })).statusCode).toBe(200);
  });

  test.each<[string, () => unknown]>([
    ['stream', endless],
    ['stream that is all there', () => Readable.from(['abc'])],
    ['iterator', () => endless()[Symbol.asyncIterator]()],
  ])('is the server where it breaks off while it is sent a %s', async (_what, body) => {
    const url = await listening(createServer((incoming) => void incoming.socket.destroy()));
    const dispatcher = composed();
    const codes: string[] = [];
    for (let number = 1; number <= 12; number += 1) {
      const error = await failure(upload(url, body(), dispatcher));
      codes.push(error.kind ?? reportOf(error)?.attempts[0]?.classification?.decidedBy);
    }
    expect([codes[0], codes.at(-1)]).toEqual(['network', 'circuit-open']);
  });

  // undici destroys the body too, before it tells of the first, and after it has told of the second.
  test.each<[string, (stream: ServerHttp2Stream) => void]>([
    ['resets its stream', (stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR)],
    ['closes its session', (stream) => stream.session?.destroy()],
  ])('is the server where it %s of HTTP/2 in the midst of an upload', async (_what, fail) => {
    const server = createHttp2Server();
    server.on('stream', (stream) => fail(stream.on('error', () => {})));
    const url = await listening(server);
    const client = new H2CClient(url);
    leftOver.push(() => client.destroy());
    const error = await failure(upload(url, endless(), client.compose(resilient())));
    expect(reportOf(error)?.attempts[0]?.classification?.decidedBy).toBe('network');
  });

  test('is the caller where its stream breaks off on its way through HTTP/2', async () => {
    const url = await listening(createHttp2Server());
    const client = new H2CClient(url);
    leftOver.push(() => client.destroy());
    const given = reset();
    const body = Readable.from(breakingSource(given));
    const error = await failure(upload(url, body, client.compose(resilient())));
    expect(error).toBe(given);
    expect(reportOf(error)?.attempts[0]?.classification?.decidedBy).toBe('caller');
  });

  test('is the server where it cannot be reached, whatever becomes of the body', async () => {
    const { url, close } = await plainServer(() => {});
    await close();
    const error = await failure(upload(url, Readable.from(['abc']), composed()));
    expect(error.code).toBe('ECONNREFUSED');
    expect(reportOf(error)?.attempts[0]?.classification?.decidedBy).toBe('network');
  });
});

describe('an answer that comes before the body is through', () => {
  test.each<[string, boolean]>([
    ['reaches the caller', true],
    ['reaches the caller, though the connection breaks then', false],
  ])('%s', async (_what, isWhole) => {
    const url = await listening(
      createServer((incoming, response) => {
        response.writeHead(413, { 'content-length': '10', connection: 'close' });
        response.write('too ');
        if (isWhole) response.end('large!');
        else setTimeout(() => incoming.socket.resetAndDestroy(), 20);
      }),
    );
    const { statusCode, body: answer } = await upload(url, endless(), composed());
    const text = await answer.text().catch(() => 'broken off');
    expect([statusCode, text]).toEqual([413, isWhole ? 'too large!' : 'broken off']);
  });

  test('is a redirect that is followed inside, and drops the body', async () => {
    const url = await listening(
      createServer((incoming, response) => {
        if (incoming.url === '/there') return void response.end('there');
        response.writeHead(303, { location: '/there', connection: 'close' }).end();
      }),
    );
    const redirect = interceptors.redirect({ maxRedirections: 1 });
    const dispatcher = agent.compose(redirect, resilient());
    const { statusCode, body: answer } = await upload(url, endless(), dispatcher);
    expect([statusCode, await answer.text()]).toEqual([200, 'there']);
  });
});

test('an iterable that a policy of your own gives twice is sent twice', async () => {
  const bodies: string[] = [];
  const { url } = await serve((incoming, response) => {
    bodies.push(incoming.body.toString());
    response.end();
  });
  const policy = {
    execute: async (operation: (context: never) => unknown, options: unknown) => {
      await operation(options as never);
      return operation(options as never);
    },
  };
  const { statusCode } = await upload(
    url,
    ['pay', 'load'],
    agent.compose(resilient(policy as never)),
  );
  expect([statusCode, bodies]).toEqual([200, ['payload', 'payload']]);
});
