import { expect, test } from '@jest/globals';
import fastify from 'fastify';
import { circuitBreaker, resilientFetch } from '../../../src/index.ts';
import { fastifyErrorHandler, incomingSignal, signalOf } from '../../../src/server.ts';
import { pause } from '../../integration/plain-server.ts';
import { listening } from './framework-servers.ts';
import { answerOf, useTestServers } from './test-servers.ts';

const servers = useTestServers();

test("a route's own serializer does not encode the answer a second time", async () => {
  const breaker = circuitBreaker();
  breaker.forceOpen('http://127.0.0.1:2');
  const refusing = resilientFetch(fetch, { circuitBreaker: breaker });
  const app = fastify();
  app.setErrorHandler(fastifyErrorHandler());
  app.get('/', async (_request, reply) => {
    reply.serializer((payload) => JSON.stringify({ wrapped: payload as unknown }));
    return (await refusing('http://127.0.0.1:2/')).text();
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { status, text } = await answerOf(await servers.keep(listening(app.server)));
  expect([status, JSON.parse(text)]).toMatchObject([503, { errorCode: 'resource_unavailable' }]);
});

test('a request that is injected and answered is no client that left', async () => {
  const app = fastify();
  const signals: AbortSignal[] = [];
  app.get('/', async (request, reply) => {
    signals.push(signalOf(reply), incomingSignal(request, reply, { maxMs: 40 }));
    return 'fine';
  });
  expect((await app.inject('/')).body).toBe('fine');
  await pause(50);
  expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
});
