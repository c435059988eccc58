import type { Server } from 'node:net';
import { serve } from '@hono/node-server';
import { describe, expect, test } from '@jest/globals';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import Koa from 'koa';
import {
  answerTo,
  expressErrorHandler,
  fastifyErrorHandler,
  honoErrorHandler,
  koaMiddleware,
  type AnswerOptions,
} from '../../../src/server.ts';
import { listening } from './framework-servers.ts';
import { answerOf, useTestServers } from './test-servers.ts';

const servers = useTestServers();

describe.each<AnswerOptions>([{ otherErrors: 'pass' }, { otherErrors: 'answer' }])(
  "with %j, a client's own mistake is the framework's to answer",
  (options) => {
    test('express: JSON that cannot be read', async () => {
      const app = express();
      app.use(express.json());
      app.use(expressErrorHandler(options));
      app.set('env', 'test');
      const server = await servers.keep(listening(app.listen(0, '127.0.0.1')));
      const headers = { 'content-type': 'application/json' };
      const { status } = await answerOf(server, { method: 'POST', body: '{bad', headers });
      expect(status).toBe(400);
    });

    test('fastify: a parameter that is missing, and a body of no known type', async () => {
      const app = fastify();
      app.setErrorHandler(fastifyErrorHandler(options));
      const querystring = { type: 'object', required: ['a'], properties: { a: {} } };
      app.get('/', { schema: { querystring } }, async () => 'fine');
      app.post('/', async () => 'fine');
      await app.listen({ port: 0, host: '127.0.0.1' });
      const server = await servers.keep(listening(app.server));
      const headers = { 'content-type': 'text/csv' };
      expect((await answerOf(server)).status).toBe(400);
      expect((await answerOf(server, { method: 'POST', body: 'a', headers })).status).toBe(415);
    });

    test('koa: context.throw(404)', async () => {
      const app = new Koa();
      app.silent = true;
      app.use(koaMiddleware(options));
      app.use((context) => context.throw(404, 'no such thing'));
      const server = await servers.keep(listening(app.listen(0, '127.0.0.1')));
      expect(await answerOf(server)).toMatchObject({ status: 404, text: 'no such thing' });
    });

    test('hono: an HTTPException', async () => {
      const app = new Hono();
      app.onError(honoErrorHandler(options));
      app.get('/', () => {
        throw new HTTPException(401, { message: 'who are you' });
      });
      const starting = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server;
      const server = await servers.keep(listening(starting));
      expect(await answerOf(server)).toMatchObject({ status: 401, text: 'who are you' });
    });
  },
);

describe('known by its shape', () => {
  test.each<[string, object]>([
    ['http-errors, Express, Koa', { expose: true, status: 400 }],
    ['Fastify', { code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE', statusCode: 415 }],
    ['a schema of Fastify', { validation: [{ message: 'must have a' }], statusCode: 400 }],
    ['Hono', { getResponse: () => new Response('no', { status: 401 }), status: 401 }],
  ])("what %s has for the client is passed on with otherErrors: 'answer' too", (_whose, fields) => {
    const error = Object.assign(new Error('no'), fields);
    expect(answerTo(error, { otherErrors: 'answer' })).toBeUndefined();
  });

  test('an error that is not for the client is answered', () => {
    const error = Object.assign(new Error('no'), { expose: false, status: 500 });
    expect(answerTo(error, { otherErrors: 'answer' })?.status).toBe(502);
  });
});
