import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { runInThisContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  Agent,
  Client,
  fetch,
  getGlobalDispatcher,
  interceptors,
  request,
  setGlobalDispatcher,
  stream,
} from 'undici';
import { reportOf } from '../../../src/index.ts';
import { resilient } from '../../../src/undici.ts';
import { plainServer, type Answer, type PlainServer } from '../../integration/plain-server.ts';

// Where undici 6 and 7, and the one inside Node, keep it.
const GLOBAL_DISPATCHER = Symbol.for('undici.globalDispatcher.1');
const FAST = { retry: { baseDelayMs: 1, maxDelayMs: 1 } };
const BODY = JSON.stringify({ message: 'busy', errorCode: 'resource_unavailable' });

let server: PlainServer;
let answers: readonly number[];
let agent: Agent;

/** Answers with the statuses of `answers`, and with the last of them from then on. */
const scripted: Answer = (_request, response, number) => {
  const status = answers[number - 1] ?? answers.at(-1) ?? 200;
  response.writeHead(status, { 'content-type': 'application/json', 'x-number': String(number) });
  response.end(status === 200 ? '{"fine":true}' : BODY);
};

beforeEach(async () => {
  answers = [503, 503, 200];
  server = await plainServer((...exchange) => scripted(...exchange));
  agent = new Agent();
});
afterEach(async () => {
  await agent.destroy();
  await server.close();
});

describe('after two 503s and a success', () => {
  test('request gives the success', async () => {
    const { statusCode, headers, body } = await request(server.url, {
      dispatcher: agent.compose(resilient(FAST)),
    });
    expect([statusCode, headers['x-number'], await body.json()]).toEqual([
      200,
      '3',
      { fine: true },
    ]);
    expect(server.counts).toMatchObject({ requests: 3, connectionsOpened: 1 });
  });

  test('stream writes nothing but the success', async () => {
    const written: Buffer[] = [];
    const statuses: number[] = [];
    const options = { dispatcher: agent.compose(resilient(FAST)), method: 'GET' } as const;
    await stream(server.url, options, ({ statusCode }) => {
      statuses.push(statusCode);
      return new Writable({
        write(chunk: Buffer, _encoding, done) {
          written.push(chunk);
          done();
        },
      });
    });
    expect([statuses, Buffer.concat(written).toString()]).toEqual([[200], '{"fine":true}']);
  });

  test('pipeline gives the success', async () => {
    const duplex = agent
      .compose(resilient(FAST))
      .pipeline({ origin: server.url, path: '/', method: 'GET' }, ({ body }) => body);
    let text = '';
    duplex.end();
    await pipeline(duplex, async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) text += chunk.toString();
    });
    // The request's body is a stream as soon as there is a pipeline, so it is sent once.
    expect([text, server.counts.requests]).toEqual([BODY, 1]);
  });

  test('fetch gives the success', async () => {
    const response = await fetch(server.url, { dispatcher: agent.compose(resilient(FAST)) });
    expect([response.status, await response.json()]).toEqual([200, { fine: true }]);
  });

  test('the global dispatcher gives it to undici and to the fetch of the platform', async () => {
    const before = getGlobalDispatcher();
    const dispatcher = agent.compose(resilient(FAST));
    // Jest runs tests in a realm of their own; the platform's fetch looks at the one outside.
    const realms = [globalThis, runInThisContext('globalThis') as typeof globalThis];
    const outside = GLOBAL_DISPATCHER in realms[1]! ? realms[1][GLOBAL_DISPATCHER] : before;
    setGlobalDispatcher(dispatcher);
    Object.assign(realms[1]!, { [GLOBAL_DISPATCHER]: dispatcher });
    try {
      const response = await globalThis.fetch(server.url);
      expect([response.status, await response.json()]).toEqual([200, { fine: true }]);
      expect(server.counts.requests).toBe(3);
      answers = [200, 200, 200, 503, 200];
      const { statusCode, body } = await request(server.url);
      expect([statusCode, await body.json()]).toEqual([200, { fine: true }]);
      expect(server.counts.requests).toBe(5);
    } finally {
      setGlobalDispatcher(before);
      Object.assign(realms[1]!, { [GLOBAL_DISPATCHER]: outside });
    }
    answers = [503];
    const unwrapped = await globalThis.fetch(server.url);
    await unwrapped.body?.cancel();
    expect(server.counts.requests).toBe(6);
  });

  test('a dispatcher that is bound to one origin gives the success', async () => {
    const client = new Client(server.url);
    const composed = client.compose(resilient(FAST));
    const { statusCode, context, body } = await composed.request({ path: '/', method: 'GET' });
    await body.dump();
    expect([statusCode, reportOf(context)?.key]).toEqual([200, 'default']);
    await client.close();
  });
});

describe('the caller gets', () => {
  test('the last error as it came, with its body', async () => {
    answers = [503];
    const dispatcher = agent.compose(resilient(FAST));
    const exhausted = await request(server.url, { dispatcher });
    expect([exhausted.statusCode, exhausted.headers['x-number']]).toEqual([503, '4']);
    expect(await exhausted.body.text()).toBe(BODY);
    const fetched = await fetch(server.url, { dispatcher });
    expect([fetched.status, await fetched.text()]).toEqual([503, BODY]);
  });

  test('a fatal error once, with its body', async () => {
    answers = [404];
    const { statusCode, body } = await request(server.url, {
      dispatcher: agent.compose(resilient(FAST)),
    });
    expect([statusCode, await body.text(), server.counts.requests]).toEqual([404, BODY, 1]);
  });

  test('the original error where no response came', async () => {
    const { url } = server;
    await server.close();
    const dispatcher = agent.compose(resilient({ retry: { ...FAST.retry, maxRetries: 2 } }));
    const error: unknown = await request(url, { dispatcher }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    expect(reportOf(error)?.attempts).toHaveLength(3);
    server = await plainServer(scripted);
  });

  test('a report from the context of the result', async () => {
    const { context, body } = await request(server.url, {
      dispatcher: agent.compose(resilient(FAST)),
    });
    await body.dump();
    const report = reportOf(context);
    expect(report?.key).toBe(server.url);
    expect(report?.attempts.map(({ classification }) => classification?.errorCode)).toEqual([
      'resource_unavailable',
      'resource_unavailable',
      undefined,
    ]);
  });

  test('a report from the context that the factory of a stream is given', async () => {
    const contexts: unknown[] = [];
    const options = { dispatcher: agent.compose(resilient(FAST)), method: 'GET' } as const;
    await stream(server.url, options, ({ context }) => {
      contexts.push(context);
      return new Writable({ write: (_chunk, _encoding, done) => done() });
    });
    expect(contexts.map((context) => reportOf(context)?.attempts.length)).toEqual([3]);
  });

  test('the history of redirects in the context', async () => {
    const redirecting = await plainServer((_request, response, number) => {
      if (number > 1) return void response.end('there');
      response.writeHead(302, { location: '/there' }).end();
    });
    try {
      const dispatcher = agent.compose(interceptors.redirect(), resilient(FAST));
      const { context, body } = await request(redirecting.url, {
        dispatcher,
        maxRedirections: 3,
      } as object);
      expect(await body.text()).toBe('there');
      expect((context as { history: URL[] }).history.map(({ pathname }) => pathname)).toEqual([
        '/',
        '/there',
      ]);
    } finally {
      await redirecting.close();
    }
  });
});
