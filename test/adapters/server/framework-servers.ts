import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
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

/** What a route does: it gives text, or it throws. */
export type Handle = (request: RequestLike, connection: Connection) => Promise<string>;

export interface FrameworkServer {
  readonly url: string;
  close(): Promise<void>;
}

type Start = (handle: Handle, options?: AnswerOptions) => Promise<FrameworkServer>;

async function listening(server: Server): Promise<FrameworkServer> {
  if (!server.listening) await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The same one-route server in each framework. */
export const FRAMEWORKS: Readonly<Record<string, Start>> = {
  'node:http': (handle, options) => {
    const answerError = nodeErrorHandler(options);
    const server = createServer((request, response) => {
      handle(request, response).then(
        (text) => response.end(text),
        (error: unknown) => {
          if (answerError(error, response)) return;
          response.statusCode = 500;
          response.end('Internal Server Error');
        },
      );
    });
    return listening(server.listen(0, '127.0.0.1'));
  },

  express: (handle, options) => {
    const app = express();
    // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 hands rejections on
    app.get('/', async (request, response) => {
      response.send(await handle(request, response));
    });
    app.use(expressErrorHandler(options));
    // Express prints what reaches its own handler, but not in this mode.
    app.set('env', 'test');
    return listening(app.listen(0, '127.0.0.1'));
  },

  fastify: async (handle, options) => {
    const app = fastify();
    app.setErrorHandler(fastifyErrorHandler(options));
    app.get('/', async (request, reply) => handle(request, reply));
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { url } = await listening(app.server);
    return {
      url,
      async close() {
        app.server.closeAllConnections();
        await app.close();
      },
    };
  },

  hono: (handle, options) => {
    const app = new Hono();
    app.get('/', async (context) => context.text(await handle(context.req.raw, context.req)));
    app.onError(honoErrorHandler(options));
    return listening(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server);
  },

  koa: (handle, options) => {
    const app = new Koa();
    app.silent = true;
    app.use(koaMiddleware(options));
    app.use(async (context) => {
      context.body = await handle(context.req, context.res);
    });
    return listening(app.listen(0, '127.0.0.1'));
  },
};
