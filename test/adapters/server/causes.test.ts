import { afterAll, describe, expect, test } from '@jest/globals';
import { Agent, fetch as undiciFetch } from 'undici';
import { circuitBreaker } from '../../../src/index.ts';
import { answerTo, signalOf } from '../../../src/server.ts';
import { resilient } from '../../../src/undici.ts';
import { FRAMEWORKS } from './framework-servers.ts';
import { NOBODY, answerOf, useErrorsOfBothRealms, useTestServers } from './test-servers.ts';

useErrorsOfBothRealms();
const servers = useTestServers();
const agents: Agent[] = [];
afterAll(() => Promise.all(agents.map((agent) => agent.destroy())));

const dispatcherWith = (options: Parameters<typeof resilient>[0]) => {
  const agent = new Agent();
  agents.push(agent);
  return agent.compose(resilient(options));
};

describe.each(Object.entries(FRAMEWORKS))(
  "%s: undici's fetch over a dispatcher",
  (_name, start) => {
    test('an upstream that is not there is answered 502', async () => {
      const dispatcher = dispatcherWith({ retry: false });
      const handle = async () => (await undiciFetch(NOBODY, { dispatcher })).text();
      const { status, text } = await answerOf(await servers.keep(start(handle)));
      expect([status, JSON.parse(text)]).toMatchObject([502, { errorCode: 'bad_gateway' }]);
    });

    test('an open circuit is answered 503 with Retry-After', async () => {
      const upstream = await servers.upstream((_request, response) => {
        response.statusCode = 503;
        response.end();
      });
      const dispatcher = dispatcherWith({
        retry: false,
        circuitBreaker: { mode: 'classic', minimumCalls: 1, failureRatio: 1 },
      });
      const handle = async () => (await undiciFetch(upstream.url, { dispatcher })).text();
      await handle();
      const { status, headers } = await answerOf(await servers.keep(start(handle)));
      expect(status).toBe(503);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    });
  },
);

describe('an error of holdfast within others', () => {
  const refusal = async (): Promise<unknown> => {
    const breaker = circuitBreaker();
    breaker.forceOpen();
    return breaker.execute(async () => 'fine').catch((error: unknown) => error);
  };
  const within = (error: unknown, depth: number): unknown =>
    depth === 0 ? error : new Error('wrapped', { cause: within(error, depth - 1) });

  test('is answered as it would be by itself', async () => {
    expect(answerTo(within(await refusal(), 2))).toEqual(answerTo(await refusal()));
  });

  test('a client that has left is known by its reason, however it is wrapped', () => {
    const { reason } = signalOf({ signal: AbortSignal.abort() });
    expect(answerTo(within(reason, 3), { otherErrors: 'answer' })).toBeUndefined();
  });

  test('is not found deeper than anybody looks, nor where causes go round in circles', async () => {
    expect(answerTo(within(await refusal(), 20))).toBeUndefined();
    const circle = new Error('circle');
    circle.cause = new Error('round', { cause: circle });
    expect(answerTo(circle)).toBeUndefined();
  });

  test('is not answered where the outermost error has an answer of its own', async () => {
    const notFound = Object.assign(new Error('no such thing', { cause: await refusal() }), {
      expose: true,
    });
    expect(answerTo(notFound)).toBeUndefined();
  });
});
