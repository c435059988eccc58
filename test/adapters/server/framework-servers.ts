import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo, Server, Socket } from 'node:net';
import { serve } from '@hono/node-server';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import {
  expressErrorHandler,
  fastifyErrorHandler,
  honoErrorHandler,
  koaMiddleware,
  nodeErrorHandler,
  type AnswerOptions,
  type Connection,
  type RequestLike,
} from '../../../src/server.ts';

/** Sets a header of the answer as the framework's own programs do. */
type SetHeader = (name: string, value: string) => void;

/** What a route does: it gives text, or it throws. */
export type Handle = (
  request: RequestLike,
  connection: Connection,
  setHeader: SetHeader,
) => Promise<string>;

export interface FrameworkServer {
  readonly url: string;
  close(): Promise<void>;
}

export type Start = (handle: Handle, options?: AnswerOptions) => Promise<FrameworkServer>;

/** Waits until the server listens; whoever is still connected when it closes is cut off. */
export async function listening(server: Server): Promise<FrameworkServer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  if (!server.listening) await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

const answering = (handle: Handle, options?: AnswerOptions) => {
  const answerError = nodeErrorHandler(options);
  return (request: RequestLike, response: Parameters<typeof answerError>[1]): void => {
    handle(request, response, (name, value) => response.setHeader(name, value)).then(
      (text) => response.end(text),
      (error: unknown) => {
        if (answerError(error, response)) return;
        response.statusCode = 500;
        response.end('Internal Server Error');
      },
    );
  };
};

const koaApp = (handle: Handle, options?: AnswerOptions): Koa => {
  const app = new Koa();
  app.silent = true;
  app.use(koaMiddleware(options));
  app.use(async (context) => {
    context.body = await handle(context.req, context.res, (name, value) =>
      context.set(name, value),
    );
  });
  return app;
};

/** The same one-route server in each framework. */
export const FRAMEWORKS: Readonly<Record<string, Start>> = {
  'node:http': (handle, options) =>
    listening(createServer(answering(handle, options)).listen(0, '127.0.0.1')),

  express: (handle, options) => {
    const app = express();
    // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 hands rejections on
    app.get('/', async (request, response) => {
      response.send(
        await handle(request, response, (name, value) => response.setHeader(name, value)),
      );
    });
    app.use(expressErrorHandler(options));
    // Express prints what reaches its own handler, but not in this mode.
    app.set('env', 'test');
    return listening(app.listen(0, '127.0.0.1'));
  },

  fastify: async (handle, options) => {
    const app = fastify();
    app.setErrorHandler(fastifyErrorHandler(options));
    app.get('/', async (request, reply) =>
      handle(request, reply, (name, value) => void reply.header(name, value)),
    );
    await app.listen({ port: 0, host: '127.0.0.1' });
    return listening(app.server);
  },

  hono: (handle, options) => {
    const app = new Hono();
    app.get('/', async (context) =>
      context.text(
        await handle(context.req.raw, context.req, (name, value) => context.header(name, value)),
      ),
    );
    app.onError(honoErrorHandler(options));
    return listening(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server);
  },

  koa: (handle, options) => listening(koaApp(handle, options).listen(0, '127.0.0.1')),
};

/** The same over HTTP/2, without TLS. */
export const HTTP2_FRAMEWORKS: Readonly<Record<string, Start>> = {
  'node:http2': (handle, options) =>
    listening(createHttp2Server(answering(handle, options)).listen(0, '127.0.0.1')),

  fastify: async (handle, options) => {
    const app = fastify({ http2: true });
    app.setErrorHandler(fastifyErrorHandler(options));
    app.get('/', async (request, reply) =>
      handle(request, reply, (name, value) => void reply.header(name, value)),
    );
    await app.listen({ port: 0, host: '127.0.0.1' });
    return listening(app.server);
  },

  koa: (handle, options) => {
    const answer = koaApp(handle, options).callback();
    const server = createHttp2Server((request, response) => void answer(request, response));
    return listening(server.listen(0, '127.0.0.1'));
  },
};
