import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { Server } from 'node:net';
import { serve } from '@hono/node-server';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import type { Dashboard } from 'holdfast/dashboard';
import { listening, type FrameworkServer } from '../server/framework-servers.ts';

/** Where the dashboards of these tests are mounted. */
export const PLACE = '/internal/holdfast';

/** A dashboard within a program of each framework, as the documentation says. */
export const MOUNTS: Readonly<Record<string, (board: Dashboard) => Promise<FrameworkServer>>> = {
  'node:http': (board) =>
    listening(
      createServer((request, response) => void board.handler(request, response)).listen(
        0,
        '127.0.0.1',
      ),
    ),

  express: (board) => {
    const app = express();
    app.use(express.json());
    app.use(PLACE, board.handler);
    return listening(app.listen(0, '127.0.0.1'));
  },

  fastify: async (board) => {
    const app = fastify();
    app.all(`${PLACE}/*`, async (request, reply) => {
      reply.hijack();
      await board.handler(request.raw, reply.raw);
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return listening(app.server);
  },

  hono: (board) => {
    const app = new Hono();
    app.all(`${PLACE}/*`, (context) => board.fetch(context.req.raw));
    return listening(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server);
  },

  koa: (board) => {
    const app = new Koa();
    app.use(async (context) => {
      context.respond = false;
      await board.handler(context.req, context.res);
    });
    return listening(app.listen(0, '127.0.0.1'));
  },
};

/** The same over HTTP/2. */
export const overHttp2 = (board: Dashboard): Promise<FrameworkServer> =>
  listening(
    createHttp2Server((request, response) => void board.handler(request, response)).listen(
      0,
      '127.0.0.1',
    ),
  );
