import { afterEach, describe, expect, test } from '@jest/globals';
import { endpoints, resilientFetch, type ResilienceEvent } from '../../src/index.ts';
import { eventually, plainServer, type Answer, type PlainServer } from './plain-server.ts';

const servers: PlainServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function started(answer: Answer): Promise<PlainServer> {
  const server = await plainServer(answer);
  servers.push(server);
  return server;
}

describe('over real sockets', () => {
  test('calls pass a black hole, a throttle and a revoked key, byte for byte, and come back', async () => {
    let isDead = true;
    const echo: Answer = (request, response) => {
      const { method, url, headers, body } = request;
      const seen = { method, url, key: headers['x-api-key'], body: body.toString('hex') };
      response.end(JSON.stringify(seen));
    };
    const blackHole = await started((...exchange) => void (isDead || echo(...exchange)));
    const throttled = await started((_request, response) => {
      response.writeHead(429, { 'retry-after': '30' }).end('slow down');
    });
    const revoked = await started((_request, response) => response.writeHead(401).end());
    const good = await started(echo);
    const list = [blackHole, throttled, revoked, good].map(({ url }, index) => ({
      url: `${url}/v${index}`,
      headers: { 'x-api-key': `key ${index}` },
      // The others may be slow on a busy machine.
      firstByteTimeoutMs: index === 0 ? 300 : undefined,
    }));
    const events: ResilienceEvent[] = [];
    const fetch = resilientFetch(globalThis.fetch, {
      circuitBreaker: false,
      endpoints: endpoints(list, { onEvent: (event) => events.push(event) }),
    });
    const body = Uint8Array.from({ length: 256 }, (_, index) => index);
    const put = () => fetch(`${list[0]!.url}/things?x=1`, { method: 'PUT', body });
    const seen = { method: 'PUT', key: 'key 3', body: Buffer.from(body).toString('hex') };

    expect(await (await put()).json()).toEqual({ ...seen, url: '/v3/things?x=1' });
    for (let call = 0; call < 10; call += 1) await (await put()).text();
    expect(blackHole.counts.requests).toBe(3);
    expect([throttled.counts.requests, revoked.counts.requests]).toEqual([1, 1]);
    expect(events.filter(({ type }) => type === 'endpoint-out')).toHaveLength(3);

    isDead = false;
    const isBack = async () => {
      const { url } = (await (await put()).json()) as { url: string };
      return url.startsWith('/v0/');
    };
    expect(await eventually(isBack, 10_000)).toBe(true);
    expect(await eventually(() => good.counts.inFlight === 0)).toBe(true);
    expect(await eventually(() => blackHole.counts.inFlight === 0)).toBe(true);
  });

  test('a POST to a server that is gone goes on, and one that was sent stays', async () => {
    const received: string[] = [];
    const gone = await started((_request, response) => response.end());
    await servers.pop()!.close();
    const torn = await started((request, response) => {
      received.push(request.body.toString());
      response.destroy();
    });
    const good = await started((request, response) => {
      received.push(request.body.toString());
      response.end('done');
    });
    const over = (...urls: string[]) =>
      resilientFetch(globalThis.fetch, {
        retry: { baseDelayMs: 1 },
        endpoints: endpoints(urls.map((url) => ({ url }))),
      });
    const post = (body: string) => ({ method: 'POST', body });
    const passed = await over(gone.url, good.url)(gone.url, post('first'));
    expect(await passed.text()).toBe('done');
    await expect(over(torn.url, good.url)(torn.url, post('second'))).rejects.toThrow(
      'fetch failed',
    );
    expect(received).toEqual(['first', 'second']);
  });
});
