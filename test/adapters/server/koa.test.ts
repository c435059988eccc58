import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import Koa from 'koa';
import { circuitBreaker, resilientFetch } from '../../../src/index.ts';
import { koaMiddleware } from '../../../src/server.ts';
import { listening } from './framework-servers.ts';
import { answerOf, useTestServers } from './test-servers.ts';

const servers = useTestServers();

const refused = () => {
  const breaker = circuitBreaker();
  breaker.forceOpen('http://127.0.0.1:2');
  return resilientFetch(fetch, { circuitBreaker: breaker })('http://127.0.0.1:2/');
};

function serverWith(route: Koa.Middleware) {
  const app = new Koa();
  app.silent = true;
  app.use(koaMiddleware());
  app.use(route);
  return servers.keep(listening(app.listen(0, '127.0.0.1')));
}

test('a route that answers for itself and fails before it has begun is answered', async () => {
  const server = await serverWith(async (context) => {
    context.respond = false;
    await refused();
  });
  const { status, text } = await answerOf(server);
  expect([status, JSON.parse(text)]).toMatchObject([503, { errorCode: 'resource_unavailable' }]);
});

test("an error that is not holdfast's does not cut off an answer that is going well", async () => {
  const rows = async function* () {
    yield 'first ';
    await new Promise((resolve) => {
      setTimeout(resolve, 40);
    });
    yield 'last';
  };
  const server = await serverWith(async (context) => {
    context.respond = false;
    Readable.from(rows()).pipe(context.res);
    while (!context.res.headersSent) await new Promise(setImmediate);
    throw new Error('the audit log cannot be written');
  });
  expect((await answerOf(server)).text).toBe('first last');
});

test('an error of holdfast after the answer has ended cuts off nothing', async () => {
  const text = 'x'.repeat(1 << 22);
  const server = await serverWith(async (context) => {
    context.respond = false;
    context.res.end(text);
    await refused();
  });
  expect((await answerOf(server)).text).toHaveLength(text.length);
});
