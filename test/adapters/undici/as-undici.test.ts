import { EventEmitter } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, Readable, Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Agent, DecoratorHandler, errors, type Dispatcher } from 'undici';
import { resilient } from '../../../src/undici.ts';

let server: Server;
let origin: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    const { url, socket } = request;
    if (url !== '/reset') request.resume();
    if (url === '/half') {
      response.write('half');
    } else if (url === '/half-then-reset') {
      response.write('half', () => setTimeout(() => socket.resetAndDestroy(), 20));
    } else if (url === '/reset') {
      request.once('data', () => socket.resetAndDestroy());
    } else if (url === '/early') {
      response.writeHead(413).end('too large', () => socket.end());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** What a program can see of an error: its class by undici's own `instanceof` as well. */
const described = (error: unknown): string => {
  const { name, code, message } = error as Partial<Error & { code: unknown }>;
  const classes = [errors.RequestAbortedError, errors.UndiciError];
  const known = classes.filter((one) => error instanceof one).map((one) => one.name);
  // Whether a reset meets a read or a write is chance.
  const words = message?.replace(/^(?:read|write) (?=ECONNRESET)/, '');
  return [name, code, words, ...known].join(' / ');
};

interface Log {
  readonly lines: string[];
  of<Emitter extends EventEmitter>(emitter: Emitter, name: string): Emitter;
}

function newLog(): Log {
  const lines: string[] = [];
  return {
    lines,
    of(emitter, name) {
      emitter.on('error', (error) => lines.push(`${name} error: ${described(error)}`));
      for (const event of ['close', 'end', 'finish']) {
        emitter.on(event, () => lines.push(`${name} ${event}`));
      }
      return emitter;
    },
  };
}

/** A body of 200 kB that takes 400 ms. */
function upload(): Readable {
  let left = 200;
  return new Readable({
    read() {
      left -= 1;
      setTimeout(() => this.push(left > 0 ? 'x'.repeat(1_000) : null), 2);
    },
  });
}

type Scenario = (dispatcher: Dispatcher, log: Log) => Promise<unknown>;

/** Aborts without a reason, as only an emitter can. */
function abortSoon(): EventEmitter {
  const signal = new EventEmitter();
  setTimeout(() => signal.emit('abort'), 40);
  return signal;
}

const post = (path: string) => ({ origin, path, method: 'POST' as const });
const half = () => ({ origin, path: '/half', method: 'GET' as const });

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'a stream that is aborted while it uploads': (dispatcher, log) => {
    const body = log.of(upload(), 'body');
    return dispatcher.stream(
      { ...post('/silent'), body, signal: abortSoon() },
      () => new PassThrough(),
    );
  },
  'a stream that is aborted with a reason': (dispatcher, log) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 40);
    const body = log.of(upload(), 'body');
    const options = { ...post('/silent'), body, signal: controller.signal };
    return dispatcher.stream(options, () => new PassThrough());
  },
  'a stream that is aborted in the midst of its answer': (dispatcher, log) => {
    const signal = new EventEmitter();
    return dispatcher.stream({ ...half(), signal }, () =>
      log.of(new PassThrough(), 'answer').once('data', () => signal.emit('abort')),
    );
  },
  'a stream whose target fails': (dispatcher, log) =>
    dispatcher.stream(half(), () => {
      const full = (_chunk: unknown, _encoding: unknown, done: (error: Error) => void) =>
        done(new Error('the disk is full'));
      return log.of(new Writable({ write: full }), 'target');
    }),
  'a stream whose factory throws': (dispatcher) =>
    dispatcher.stream(half(), () => {
      throw new Error('no target');
    }),
  'a stream whose connection drops while it uploads': (dispatcher, log) =>
    dispatcher.stream(
      { ...post('/reset'), body: log.of(upload(), 'body') },
      () => new PassThrough(),
    ),
  'a pipeline that is aborted before its answer': async (dispatcher, log) => {
    const options = { ...post('/silent'), signal: abortSoon() };
    log
      .of(
        dispatcher.pipeline(options, ({ body }) => body),
        'pipeline',
      )
      .write('x');
  },
  'a pipeline that is aborted in the midst of its answer': async (dispatcher, log) => {
    const signal = new EventEmitter();
    const pipeline = log.of(
      dispatcher.pipeline({ ...post('/half'), signal }, ({ body }) => log.of(body, 'answer')),
      'pipeline',
    );
    pipeline.once('data', () => signal.emit('abort')).end('x');
    await new Promise((resolve) => pipeline.once('close', resolve));
  },
  'a pipeline that is destroyed before its answer': async (dispatcher, log) => {
    const pipeline = log.of(
      dispatcher.pipeline(post('/silent'), ({ body }) => body),
      'pipeline',
    );
    pipeline.write('x');
    await pause(40);
    pipeline.destroy();
  },
  'a pipeline that is destroyed in the midst of its answer': async (dispatcher, log) => {
    const pipeline = log.of(
      dispatcher.pipeline(post('/half'), ({ body }) => log.of(body, 'answer')),
      'pipeline',
    );
    pipeline.once('data', () => pipeline.destroy()).end('x');
    await new Promise((resolve) => pipeline.once('close', resolve));
  },
  'a pipeline whose connection drops': async (dispatcher, log) => {
    log
      .of(
        dispatcher.pipeline(post('/reset'), ({ body }) => body),
        'pipeline',
      )
      .write('x');
  },
  'a request whose connection drops while it uploads': (dispatcher, log) =>
    dispatcher.request({ ...post('/reset'), body: log.of(upload(), 'body') }),
  'a PUT whose connection drops while it uploads': (dispatcher, log) =>
    dispatcher.request({ ...post('/reset'), method: 'PUT', body: log.of(upload(), 'body') }),
  'a request that is aborted while it uploads': (dispatcher, log) =>
    dispatcher.request({
      ...post('/silent'),
      body: log.of(upload(), 'body'),
      signal: abortSoon(),
    }),
  'a request that is aborted before it begins': (dispatcher, log) =>
    dispatcher.request({
      ...post('/silent'),
      body: log.of(upload(), 'body'),
      signal: AbortSignal.abort(),
    }),
  'a request whose upload is destroyed': (dispatcher, log) => {
    const body = log.of(upload(), 'body');
    setTimeout(() => body.destroy(), 40);
    return dispatcher.request({ ...post('/silent'), body });
  },
  'a request whose connection drops in its answer, while it uploads': async (dispatcher, log) => {
    const body = log.of(upload(), 'body');
    const answer = await dispatcher.request({ ...post('/half-then-reset'), body });
    return log.of(answer.body, 'answer').text();
  },
  'a request that is answered before it is uploaded': async (dispatcher, log) => {
    const body = log.of(upload(), 'body');
    const answer = await dispatcher.request({ ...post('/early'), body });
    return `${answer.statusCode} ${await answer.body.text()}`;
  },
  'a request whose answer is destroyed': async (dispatcher, log) => {
    const { body } = await dispatcher.request(half());
    log.of(body, 'answer').once('data', () => body.destroy());
    await new Promise((resolve) => body.once('close', resolve));
  },
};

/** What a program sees: what the call gave, and what its streams said, in any order. */
async function seen(dispatcher: Dispatcher, scenario: Scenario): Promise<readonly string[]> {
  const log = newLog();
  const outcome = await scenario(dispatcher, log).then(
    (value) => `gave ${typeof value === 'string' ? value : typeof value}`,
    (error: unknown) => `threw ${described(error)}`,
  );
  // Until nothing more is said, however busy the machine is.
  for (let before = -1; before !== log.lines.length;) {
    before = log.lines.length;
    await pause(120);
  }
  return [outcome, ...log.lines].toSorted();
}

/** Makes of every handler one of the newer kind, as undici's own interceptors do. */
const decorating: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) =>
  dispatch(options, new DecoratorHandler(handler) as Dispatcher.DispatchHandler);

describe.each<[string, () => Dispatcher]>([
  ['alone', () => new Agent().compose(resilient())],
  ['under another interceptor', () => new Agent().compose(resilient(), decorating)],
])('through holdfast, %s, a program sees what it sees through bare undici', (_where, compose) => {
  test.each(Object.keys(SCENARIOS))('%s', async (name) => {
    const scenario = SCENARIOS[name] as Scenario;
    const [bare, wrapped] = [new Agent(), compose()];
    const expected = await seen(bare, scenario);
    expect(expected.length).toBeGreaterThan(0);
    expect(await seen(wrapped, scenario)).toEqual(expected);
    await Promise.all([bare.destroy(), wrapped.destroy()]);
  });
});

test("an upload from a client's request does not take the client's connection with it", async () => {
  const proxy = createServer((incoming, response) => {
    const dispatcher = new Agent().compose(resilient());
    dispatcher.request({ ...post('/reset'), body: incoming }).catch(() => {
      response.writeHead(502).end('bad gateway');
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  const client = new Agent();
  const { statusCode } = await client.request({
    origin: `http://127.0.0.1:${port}`,
    path: '/',
    method: 'POST',
    body: Buffer.alloc(1_000_000),
  });
  expect(statusCode).toBe(502);
  await client.destroy();
  proxy.closeAllConnections();
  proxy.close();
});
